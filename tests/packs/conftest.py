"""The forms of another project are tried where they are: they are not ours to keep."""

import os

collect_ignore = [] if os.environ.get("MINIPUBLIC_PYXFORM_TESTS") else ["test_public_forms.py"]
