"""Excel: a sheet with the data and one that says what its columns are.

Rows go to the disk one by one, so that memory does not grow with them. Nothing that a citizen typed
becomes a formula or a link, and codes stay text: `01` is not 1.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.export.columns import Cell, Column, ColumnType
from bot.export.refusals import ExportRefused
from bot.export.texts import SUBSTITUTE, as_text

#: Microsoft, "Excel specifications and limits". Text is counted in UTF-16 units.
ROWS, COLUMNS, LONGEST_TEXT = 1_048_576, 16_384, 32_767

#: What XML 1.0 has no place for ("Characters", production 2).
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")  #: A new line in a cell is \n alone.
_ODD = re.compile(f"{_FORBIDDEN.pattern}|\r")

#: Excel takes 1900 for a leap year, and knows no day before it.
_FIRST_DAY = date(1900, 3, 1)

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  #: Created: the same data gives the same bytes.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "use_zip64": True,
}


class TooLargeForExcel(ExportRefused):
    """A sheet of Excel has not enough rows or columns for this table."""


class XlsxWriter:
    """Times are in UTC, without saying so in the cell: Excel has no time zones."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        if len(columns) > COLUMNS:
            raise TooLargeForExcel(
                f"The table has {len(columns):,} columns, a sheet of Excel at most {COLUMNS:,}. "
                "Ask for csv or parquet, for the long shape, or for fewer waves."
            )
        self._columns = columns
        self._book = Workbook(str(path), _OPTIONS)
        self._book.set_properties({"created": _ALWAYS})
        self._plain = self._book.add_format()
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._data = self._book.add_worksheet("data")
        self._row = 0
        self._header(self._data, [column.name for column in columns])
        for place, column in enumerate(columns):
            self._data.set_column(place, place, 19 if column.type is ColumnType.TIME else 12)
        self._describe(self._book.add_worksheet("columns"))

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        coded = [column.type in (ColumnType.TEXT, ColumnType.CODE) for column in self._columns]
        for row in rows:
            self._row += 1
            if self._row >= ROWS:
                raise TooLargeForExcel(
                    f"The table has more rows than the {ROWS:,} of a sheet of Excel. "
                    "Ask for csv or parquet, or export the waves one by one."
                )
            for place, cell in enumerate(row):
                if cell is not None:
                    self._cell(place, as_text(cell) if coded[place] else cell)

    def close(self) -> None:
        with closing(self._book):
            if self._columns:
                self._data.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)

    def _cell(self, place: int, cell: str | int | float | date) -> None:
        if isinstance(cell, str):
            self._text(self._data, self._row, place, cell)
        elif isinstance(cell, datetime):
            self._data.write_datetime(self._row, place, cell.replace(tzinfo=None), self._time)
        elif isinstance(cell, date) and cell >= _FIRST_DAY:
            self._data.write_datetime(self._row, place, cell, self._day)
        elif isinstance(cell, int) or (isinstance(cell, float) and cell - cell == 0):
            self._data.write_number(self._row, place, cell)
        else:  # an early day, or no number that Excel knows
            self._text(self._data, self._row, place, as_text(cell))

    def _text(
        self, sheet: Worksheet, row: int, place: int, text: str, format: Format | None = None
    ) -> None:
        if _ODD.search(text):
            text = _LINE_END.sub("\n", _FORBIDDEN.sub(SUBSTITUTE, text))
        if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            raise TooLargeForExcel(
                f"Row {row + 1:,}, column {place + 1:,} of sheet {sheet.name!r} has a text of "
                f"{len(text):,} characters; Excel keeps {LONGEST_TEXT:,}. Ask for csv or parquet."
            )
        if text.startswith("<r>"):
            # The library would take it for XML of its own making, and put it in the file as it is.
            sheet.write_rich_string(row, place, text[:1], self._plain, text[1:])
        else:
            sheet.write_string(row, place, text, format)

    def _header(self, sheet: Worksheet, names: Sequence[str]) -> None:
        for place, name in enumerate(names):
            self._text(sheet, 0, place, name, self._bold)
        sheet.freeze_panes(1, 0)

    def _describe(self, sheet: Worksheet) -> None:
        """A row for each code of each column, and one for a column without."""
        self._header(sheet, ["name", "label", "type", "code", "code_label", "missing"])
        row = 0
        for column in self._columns:
            codes = [(as_text(code), label, "") for code, label in column.value_labels.items()]
            codes += [(as_text(code), label, "yes") for code, label in column.missing.items()]
            for about in codes or [("", "", "")]:
                row += 1
                for place, text in enumerate((column.name, column.label, column.type, *about)):
                    if text:
                        self._text(sheet, row, place, text)
        sheet.autofilter(0, 0, max(row, 1), 5)
        sheet.set_column(0, 5, 16)
