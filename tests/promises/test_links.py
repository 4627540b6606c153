"""Links between the documents lead somewhere, and so do the documents that the code names."""

import re
from pathlib import Path

import pytest

from tests.promises.documents import DOCS, ROOT, documents, headings, lines, name

_LINK = re.compile(r"\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_CODE = re.compile(r"`[^`]*`")
_NAMED = re.compile(r"docs/[\w./-]*\w\.md")
_ABROAD = re.compile(r"[a-z]+:|//")


def links(path: Path) -> list[tuple[int, str]]:
    return [
        (row, target)
        for row, line, block in lines(path)
        if block is None
        for target in _LINK.findall(_CODE.sub("", line))
        if not _ABROAD.match(target)
    ]


def anchor(heading: str) -> str:
    """As GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", documents(), ids=name)
def test_every_link_resolves(path: Path) -> None:
    broken = []
    for row, target in links(path):
        file, _, fragment = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            broken.append(f"{name(path)}:{row}: there is no {target}")
        elif fragment and fragment not in map(anchor, headings(there)):
            broken.append(f"{name(path)}:{row}: no heading of {file or 'this page'} is #{fragment}")
    assert not broken, "mend these links:\n" + "\n".join(broken)


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=name)
def test_every_page_can_be_found_from_the_readme(path: Path) -> None:
    listed = {target.partition("#")[0] for _, target in links(ROOT / "README.md")}
    assert name(path) in listed, f"README.md: link to {name(path)} under 'Where to read on'"


def test_every_document_that_the_code_names_exists() -> None:
    sources = [
        path
        for folder in ("bot", "handlers", "migrations")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    missing = [
        f"{name(path)}: {named}"
        for path in sources
        for named in _NAMED.findall(path.read_text("utf-8"))
        if not (ROOT / named).is_file()
    ]
    assert not missing, "these name documents that are not there:\n" + "\n".join(missing)
