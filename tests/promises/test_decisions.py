"""The decision records are numbered, complete, and listed in docs/architecture.md."""

import re
from pathlib import Path

import pytest

from tests.promises.documents import DOCS, headings, name, sections

RECORDS = sorted((DOCS / "decisions").glob("*.md"))
PARTS = ["Context", "Decision", "Consequences", "Looked at"]

#: About 40 lines. A longer one is two decisions, or a document.
LONGEST = 60


def test_they_are_numbered_without_gaps() -> None:
    numbers = [path.name[:5] for path in RECORDS]
    assert numbers == [f"{n:04}-" for n in range(1, len(RECORDS) + 1)], (
        "docs/decisions: number the files 0001-..., 0002-... without gaps or doubles"
    )


@pytest.mark.parametrize("path", RECORDS, ids=name)
def test_a_record_has_its_parts(path: Path) -> None:
    title, *parts = headings(path)
    number = str(int(path.name[:4]))
    assert title.startswith(f"{number}. "), f"{name(path)}: begin with '# {number}. ...'"
    assert parts == PARTS, f"{name(path)}: the headings must be {PARTS}"
    length = len(path.read_text("utf-8").splitlines())
    assert length <= LONGEST, f"{name(path)}: has {length} lines, {LONGEST} is the most"


@pytest.mark.parametrize("path", RECORDS, ids=name)
def test_a_record_is_listed(path: Path) -> None:
    section = sections(DOCS / "architecture.md")["Decisions"]
    listed = re.findall(r"\]\((decisions/[^)]+)\)", section)
    assert listed.count(f"decisions/{path.name}") == 1, (
        f"docs/architecture.md, Decisions: list once [{headings(path)[0]}](decisions/{path.name})"
    )
