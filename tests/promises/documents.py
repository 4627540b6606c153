"""The project's documents as the tests of this folder read them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_HEADING = re.compile(r"(#{1,6}) +(.+)")
_FENCE = re.compile(r"(```+|~~~+)(\w*)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_ESCAPED_PIPE = "\\|"


def documents() -> list[Path]:
    """Every text that people read about this project."""
    return [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        *sorted(DOCS.rglob("*.md")),
        *sorted((ROOT / "examples").glob("*/README.md")),
    ]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> Iterator[tuple[int, str, str | None]]:
    """Row, line, and the language of the code block that it stands in; None outside of one."""
    fence: tuple[str, str] | None = None
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        found = _FENCE.match(line.strip())
        if found and (fence is None or line.strip() == fence[0]):
            fence = None if fence else (found[1], found[2])
            continue
        yield row, line, fence[1] if fence else None


def headings(path: Path) -> list[str]:
    return [
        found[2].strip()
        for _, line, block in lines(path)
        if block is None and (found := _HEADING.fullmatch(line))
    ]


def sections(path: Path) -> Mapping[str, str]:
    """Heading → what stands under it, up to the next heading of whatever level."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for _, line, block in lines(path):
        heading = _HEADING.fullmatch(line) if block is None else None
        if heading:
            current = found.setdefault(heading[2].strip(), [])
        else:
            current.append(line)
    return {heading: "\n".join(body) for heading, body in found.items()}


def rows(text: str) -> list[list[str]]:
    """The cells of every table row in `text`, without headers and rules."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = line.replace(_ESCAPED_PIPE, "\0").strip().strip("|").split("|")
        cells = [cell.strip().replace("\0", "|") for cell in cells]
        if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            found.pop()  # what stood above the rule was the header
        else:
            found.append(cells)
    return found


def code_in(text: str) -> list[str]:
    """The words in `backticks`."""
    return _SPAN.findall(text)


def shell_words(path: Path) -> Iterator[tuple[int, str]]:
    """Row and text of all that may be typed: lines of shell blocks, and words in backticks."""
    for row, line, block in lines(path):
        if block in ("sh", "bash", "console"):
            yield row, line
        elif block is None:
            for words in code_in(line):
                yield row, words


def code_blocks(path: Path) -> Iterator[tuple[str, str]]:
    """The line above each code block, and what stands in it."""
    above, block = "", None
    for line in path.read_text("utf-8").splitlines():
        if _FENCE.match(line.strip()):
            if block is None:
                block = []
            else:
                yield above, "\n".join(block) + "\n"
                above, block = "", None
        elif block is not None:
            block.append(line)
        elif line.strip():
            above = line.strip()
