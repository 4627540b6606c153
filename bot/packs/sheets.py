"""XLSForm files as sheets of rows.

Markdown and CSV are not read by pyxform, which loses empty rows (so that its row numbers are wrong
from there on), drops surplus cells of CSV and fails on those of Markdown.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from pathlib import Path

from bot.packs.faults import Report, shown
from bot.packs.files import read_text
from bot.packs.workbook import read_workbook

SUFFIXES = (".xlsx", ".csv", ".md")
SHEETS = ("survey", "choices", "settings")

_RULE = re.compile(r"[\s|:]*-[\s|:-]*")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Row:
    number: int  #: In its sheet; the header is row 1.
    cells: Mapping[str, str]  #: Column → what stands there; empty cells are left out.


@dataclass(frozen=True, slots=True)
class Sheet:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]  #: Those that are not empty.


def read_sheets(path: Path, report: Report) -> Mapping[str, Sheet] | None:
    """The sheets by name, in small letters. None if the file cannot be read as a table."""
    if path.suffix == ".xlsx":
        book = read_workbook(path, SHEETS, report)
        if book is None:
            return None
        return {name: _sheet(lines, report.within(name)) for name, lines in book.items()}
    text = read_text(path, report)
    if text is None:
        return None
    lines = _markdown(text) if path.suffix == ".md" else csv.reader(StringIO(text, newline=""))
    try:
        return _split(lines, report)
    except csv.Error as error:
        report(f"is not valid CSV: {error}.")
        return None


def _markdown(text: str) -> Iterator[list[str]]:
    for line in text.replace("\r", "\n").split("\n"):
        row = line.strip()
        if row.startswith("|") and not _RULE.fullmatch(row):
            _, *cells = _PIPE.split(row)
            yield [cell.replace(r"\|", "|") for cell in (cells[:-1] if not cells[-1] else cells)]


def _split(lines: Iterable[list[str]], report: Report) -> Mapping[str, Sheet]:
    """A sheet begins with its name in the first column; the header is the first row after it."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] | None = None
    for line in lines:
        name, *cells = [cell.strip() for cell in line] or [""]
        if name:
            if name.lower() in SHEETS and name.lower() in found:
                report.within(name.lower())(f"there are two sheets '{shown(name)}'. Join them.")
            rows = found.setdefault(name.lower(), [])
        if rows is not None and (rows or any(cells)):
            rows.append(cells)
    return {name: _sheet(rows, report.within(name)) for name, rows in found.items()}


def _sheet(lines: list[list[str]], report: Report) -> Sheet:
    columns, *others = lines or [[]]
    columns = [" ".join(column.split()) for column in columns]
    for column in dict.fromkeys(columns):
        if column and columns.count(column) > 1:
            report(f"two columns are headed '{column}'. Rename or remove one.", 1)
    if not any(columns) and any(map(any, others)):
        report("the first row is empty: it must hold the names of the columns.", 1)
        return Sheet((), ())
    rows = []
    for number, cells in enumerate(others, start=2):
        filled = [(column, cell) for column, cell in zip_longest(columns, cells) if cell]
        lost = next((cell for column, cell in filled if not column), None)
        if lost is not None:
            report(
                f"has a cell under no column, '{shown(lost)}': is there a separator too many, "
                "or a merged cell?",
                number,
            )
        if filled:
            rows.append(Row(number, {column: cell for column, cell in filled if column}))
    return Sheet(tuple(dict.fromkeys(column for column in columns if column)), tuple(rows))
