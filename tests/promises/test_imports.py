"""Imports point inward, and each platform's SDK stays in its own folder."""

import subprocess
import sys
from pathlib import Path

from tests.promises.documents import ROOT


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert result.returncode == 0, (
        "an import breaks a contract of [tool.importlinter] in pyproject.toml: move the code, or "
        f"have what it needs passed in by bot/app.py\n{result.stdout}{result.stderr}"
    )
    assert "0 broken" in result.stdout
