"""XLSForm files as sheets of rows, and pyxform's opinion of them. The only home of pyxform.

Markdown and CSV are read here and not by pyxform, which loses empty rows (so that its row numbers
are wrong from there on), drops surplus cells of CSV and fails on those of Markdown.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from pathlib import Path

from pyxform.errors import PyXFormError  # type: ignore[import-untyped]
from pyxform.xls2json_backends import xlsx_to_dict  # type: ignore[import-untyped]
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.packs.faults import Report
from bot.packs.files import read_text

SUFFIXES = (".xlsx", ".csv", ".md")
SHEETS = ("survey", "choices", "settings")

_RULE = re.compile(r"[\s|:]*-[\s|:-]*")
_PIPE = re.compile(r"(?<!\\)\|")
_PLACE = re.compile(r"\[row : (\d+)\]\s*(?:On the '(\w+)' sheet, )?")
_ELEMENT = re.compile(r"element named '([^']+)'")


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
        return _workbook(path, report)
    text = read_text(path, report)
    if text is None:
        return None
    lines = _markdown(text) if path.suffix == ".md" else csv.reader(StringIO(text, newline=""))
    try:
        return _split(lines, report)
    except csv.Error as error:
        report(f"is not valid CSV: {error}.")
        return None


def _workbook(path: Path, report: Report) -> Mapping[str, Sheet] | None:
    try:
        book = xlsx_to_dict(str(path))
    except Exception as error:  # A damaged file makes the readers beneath raise about anything.
        report(f"cannot be read as .xlsx: {error}. Save it again from a spreadsheet program.")
        return None
    sheets = dict.fromkeys((name.lower() for name in book["sheet_names"]), Sheet((), ()))
    for name in [name for name in book if f"{name}_header" in book]:
        rows = (Row(number, cells) for number, cells in enumerate(book[name], start=2) if cells)
        columns = tuple(column for header in book[f"{name}_header"] for column in header)
        sheets[name] = Sheet(columns, tuple(rows))
    return sheets


def _markdown(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
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
            rows = found.setdefault(name.lower(), [])
        if rows is not None and (rows or any(cells)):
            rows.append(cells)
    return {name: _sheet(rows, report.within(name)) for name, rows in found.items()}


def _sheet(lines: list[list[str]], report: Report) -> Sheet:
    columns, *others = lines or [[]]
    for column in dict.fromkeys(columns):
        if column and columns.count(column) > 1:
            report(f"two columns are headed '{column}'. Rename or remove one.", 1)
    rows = []
    for number, cells in enumerate(others, start=2):
        filled = [(column, cell) for column, cell in zip_longest(columns, cells) if cell]
        if not all(column for column, _ in filled):
            report("has a cell under no column: is there one separator too many?", number)
        if filled:
            rows.append(Row(number, {column: cell for column, cell in filled if column}))
    return Sheet(tuple(dict.fromkeys(column for column in columns if column)), tuple(rows))


def check_by_pyxform(sheets: Mapping[str, Sheet], report: Report) -> None:
    """Note what pyxform finds beyond the faults already known of this file.

    It stops at its first error and does not always say where. So an error is noted only if its row
    has no fault yet, and one without a row only if nothing else is wrong.
    """
    try:
        convert(_book(sheets), validate=False)
        return
    except PyXFormError as error:
        messages = re.split(r"\n(?=\[row)", str(error))
    except Exception as error:  # It is known to raise bare IndexError and the like.
        messages = [f"pyxform cannot read this form ({type(error).__name__}: {error})."]
    mine = [fault for fault in report.found if fault.file == report.file]
    for message in messages:
        sheet_name, row = _place(message, sheets)
        known = any(fault.sheet == sheet_name and fault.row == row for fault in mine)
        if not known and (row or not mine):
            where = report.within(sheet_name) if sheet_name else report
            where(_PLACE.sub("", message, count=1).strip(), row)


def _book(sheets: Mapping[str, Sheet]) -> Mapping[str, object]:
    """The sheets as pyxform takes them, empty rows included, so that it counts as we do.

    Without the authors' own columns: it would make XML elements of them.
    """
    book: dict[str, object] = {"sheet_names": list(sheets)}
    for name in SHEETS:
        if name not in sheets:
            continue
        columns = [column for column in sheets[name].columns if not column.startswith("_")]
        rows = {row.number: row.cells for row in sheets[name].rows}
        book[f"{name}_header"] = [dict.fromkeys(columns)]
        book[name] = [
            {column: cell for column, cell in rows.get(number, {}).items() if column in columns}
            for number in range(2, max(rows, default=1) + 1)
        ]
    return book


def _place(message: str, sheets: Mapping[str, Sheet]) -> tuple[str | None, int | None]:
    if match := _PLACE.search(message):
        return match[2] or "survey", int(match[1])
    if (element := _ELEMENT.search(message)) and "survey" in sheets:
        for row in sheets["survey"].rows:
            if row.cells.get("name") == element[1]:
                return "survey", row.number
    return None, None
