import os
from pathlib import Path

import pytest

from tests.packs.forms import Folder

#: The forms of another project are tried where they are: they are not ours to keep.
collect_ignore = [] if os.environ.get("MINIPUBLIC_PYXFORM_TESTS") else ["test_public_forms.py"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
