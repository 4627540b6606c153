"""pyxform's opinion of a form, as a second pair of eyes. The only home of pyxform.

It is given the source language alone: what it knows beyond us has nothing to do with translations,
of which forty make it slow.
"""

import re
from collections.abc import Mapping

from bot.packs.columns import source_columns
from bot.packs.faults import Report
from bot.packs.item_types import split_type
from bot.packs.logic import SPACED
from bot.packs.sheets import SHEETS, Sheet

_PLACE = re.compile(r"\[row : (\d+)\]\s*(?:On the '(\w+)' sheet, )?")
_ELEMENT = re.compile(r"element named '([^']+)'")


def check_by_pyxform(sheets: Mapping[str, Sheet], source: str, report: Report) -> None:
    """Note what pyxform finds beyond the faults already known of this file.

    It stops at its first error and does not always say where. So an error is noted only if its row
    has no fault yet, and one without a row only if nothing else is wrong.
    """
    from pyxform.errors import PyXFormError  # type: ignore[import-untyped]  # takes 0.5 s to import
    from pyxform.xls2xform import convert  # type: ignore[import-untyped]

    try:
        convert(_book(sheets, source), validate=False)
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


def _book(sheets: Mapping[str, Sheet], source: str) -> Mapping[str, object]:
    """The sheets as pyxform takes them, empty rows included, so that it counts as we do.

    Without the authors' own columns: it would make XML elements of them.
    """
    book: dict[str, object] = {"sheet_names": list(sheets)}
    for name in SHEETS:
        if name not in sheets:
            continue
        columns = source_columns(sheets[name], source)
        rows = {row.number: row.cells for row in sheets[name].rows}
        book[f"{name}_header"] = [dict.fromkeys(columns)]
        book[name] = [
            {
                column: _as_written_for_pyxform(column, cells[column])
                for cells in [rows.get(number, {})]
                for column in columns
                if column in cells
            }
            for number in range(2, max(rows, default=1) + 1)
        ]
    return book


def _as_written_for_pyxform(column: str, cell: str) -> str:
    """Without the freedoms in which we are more generous, so that it finds no fault in them."""
    if column.strip().lower() == "type":
        return " ".join(split_type(cell)).strip()
    return SPACED.sub(r"${\1}", cell.replace("\u00a0", " "))


def _place(message: str, sheets: Mapping[str, Sheet]) -> tuple[str | None, int | None]:
    if match := _PLACE.search(message):
        return match[2] or "survey", int(match[1])
    if (element := _ELEMENT.search(message)) and "survey" in sheets:
        for row in sheets["survey"].rows:
            if row.cells.get("name") == element[1]:
                return "survey", row.number
    return None, None
