"""CSV for spreadsheets and statistics packages alike: RFC 4180, UTF-8 with a byte order mark."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from bot.domain.xpath import string
from bot.export.columns import Cell, Column

#: A text that begins with one of these could run as a formula: OWASP, "CSV Injection"; ASVS 1.2.10.
RISKY = tuple("=+-@\t\r\n\0＝＋－＠")


class CsvWriter:
    """Without the byte order mark, Excel takes UTF-8 for the system's old encoding."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        # Half a surrogate pair, which a phone may send, cannot be written: it becomes `?`.
        self._file = path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(column.name for column in columns)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._csv.writerows([_text(cell) for cell in row] for row in rows)

    def close(self) -> None:
        self._file.close()


def _text(cell: Cell) -> str:
    """Times as ISO 8601 with `Z`, numbers without an exponent, texts so that none is a formula."""
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
        case str():
            return f"'{cell}" if cell.startswith(RISKY) else cell
        case _:
            return string(cell)
