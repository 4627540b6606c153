"""CSV for spreadsheets and statistics packages alike: RFC 4180, UTF-8 with a byte order mark."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.export.columns import Cell, Column
from bot.export.texts import as_text

#: A text that begins with one of these could run as a formula: OWASP, "CSV Injection"; ASVS 1.2.10.
RISKY = frozenset("=+-@\t\r\n\0＝＋－＠")


class CsvWriter:
    """Without the byte order mark, Excel takes UTF-8 for the system's old encoding."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        # Half a surrogate pair, which a phone may send, cannot be written: it becomes `?`.
        self._file = path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(column.name for column in columns)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._csv.writerows(
            [
                cell
                if cell is None
                or type(cell) is int
                or (type(cell) is str and cell[:1] not in RISKY)
                else _text(cell)
                for cell in row
            ]
            for row in rows
        )

    def close(self) -> None:
        self._file.close()


def _text(cell: Cell) -> str:
    """As text, and so that what a citizen typed is no formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in RISKY else as_text(cell)
