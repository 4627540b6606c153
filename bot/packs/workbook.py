"""Workbooks (.xlsx) as lines of text cells.

Not pyxform's reader: that gives up after 20 empty columns and 60 empty rows, and says nothing of
cells under no heading and of formulas that were never calculated.
"""

import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from bot.packs.faults import Report

_FORMULA = (b"<f>", b"<f ", b"<f/>")


def read_workbook(
    path: Path, wanted: Collection[str], report: Report
) -> Mapping[str, list[list[str]]] | None:
    """Sheet → lines, in the order of the workbook. None if it cannot be read.

    Names are in small letters. Of sheets that are not `wanted` there are no lines.

    A formula counts as what it was last calculated to.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of openpyxl, about styles and validation of cells
            return {
                name: [
                    [_text(value, name, row, report) for value in cells]
                    for row, cells in enumerate(lines, start=1)
                ]
                for name, lines in _sheets(path, wanted, report)
            }
    except Exception as error:  # A damaged file makes openpyxl raise about anything.
        report(
            f"cannot be read as .xlsx ({type(error).__name__}: {error}). "
            "Save it again from a spreadsheet program."
        )
        return None


def _sheets(
    path: Path, wanted: Collection[str], report: Report
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    if not zipfile.is_zipfile(path):
        raise ValueError("this is no workbook, whatever its name says")
    values = _values(path, wanted, data_only=True)
    if _has_formulas(path):
        formulas = _values(path, wanted, data_only=False)
        for name, lines in values.items():
            for row, cells in enumerate(lines, start=1):
                for value, formula in zip(cells, formulas[name][row - 1], strict=False):
                    if value is None and formula is not None:
                        report.within(name)(
                            f"the formula {formula} has no result yet. Open the file in a "
                            "spreadsheet program and save it, or write the words themselves.",
                            row,
                        )
    yield from values.items()


def _values(
    path: Path, wanted: Collection[str], data_only: bool
) -> dict[str, list[tuple[Any, ...]]]:
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # takes 0.2 s to import

    book = load_workbook(path, read_only=True, data_only=data_only)
    try:
        sheets: dict[str, list[tuple[Any, ...]]] = {}
        for sheet in book.worksheets:
            name = sheet.title.strip().lower()
            sheets[name] = []
            if name in wanted:
                sheet.reset_dimensions()  # they may claim a million rows that are not there
                sheets[name] = [tuple(cells) for cells in sheet.iter_rows(values_only=True)]
        return sheets
    finally:
        book.close()


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(
            any(tag in archive.read(name) for tag in _FORMULA)
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
        )


def _text(value: Any, sheet: str, row: int, report: Report) -> str:
    match value:
        case None:
            return ""
        case str():
            if value.startswith("#") and value in _ERRORS:
                report.within(sheet)(f"a cell holds the error {value}.", row)
                return ""
            return value.strip()
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
