"""Nothing in the repository ties it to the machine where it was written."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.promises.documents import ROOT

# Put together here, so that this file does not hold what it looks for.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
        ("anaconda", "com"),
    )
]
FOLDERS = ["work", "workspace", "workspaces", "root", "home", "Users"]

_HOST = re.compile("|".join(rf"\b{re.escape(host)}\b" for host in HOSTS))
_FOLDER = re.compile(rf"(?<![\w./~-])/(?:{'|'.join(FOLDERS)})/\w")


def files() -> list[Path]:
    """What is under version control, and what would come under it with the next commit."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"],
        cwd=ROOT, capture_output=True, timeout=60,
    )  # fmt: skip
    if listing.returncode:
        pytest.skip("this is no git checkout, so nothing says which files belong to it")
    names = listing.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def faults(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:  # a picture
            continue
        for row, line in enumerate(text.splitlines(), start=1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{row}: {match[0]}")
    return found


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert not faults(_HOST), (
        "people get packages from the registry that their own pip is set to; remove the host "
        "from\n" + "\n".join(faults(_HOST))
    )


def test_no_file_holds_the_path_of_somebodys_machine() -> None:
    assert not faults(_FOLDER), (
        "these paths exist on one machine only; write them relative to the repository:\n"
        + "\n".join(faults(_FOLDER))
    )


def test_the_patterns_find_what_they_look_for() -> None:
    assert all(_HOST.search(f"from https://{host}/simple") for host in HOSTS)
    assert all(_FOLDER.search(f"see /{folder}/somebody/file") for folder in FOLDERS)
    assert not _FOLDER.search("briefings/work/and") and not _HOST.search("a pypi-like index")
