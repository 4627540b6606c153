"""The formats of staff's files, and the writer of each."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.export.columns import Cell, Column
from bot.export.csv_file import CsvWriter
from bot.export.refusals import ExportRefused


class Format(StrEnum):
    """Each is also the file's suffix."""

    CSV = "csv"
    XLSX = "xlsx"  #: Excel.
    SAV = "sav"  #: SPSS.
    DTA = "dta"  #: Stata.
    PARQUET = "parquet"


class Writer(Protocol):
    """Writes one file. Its methods block, so they are called in a thread."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None: ...

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows, their cells in the order of the columns."""
        ...

    def close(self) -> None:
        """Leave the file complete, or after an error, let go of it."""
        ...


WRITERS: dict[Format, type[Writer]] = {Format.CSV: CsvWriter}


class FormatNotAvailable(ExportRefused):
    """This format cannot be written yet."""


def writer_of(format: Format) -> type[Writer]:
    """Raise `FormatNotAvailable`, naming those that can be written."""
    if format not in WRITERS:
        there = ", ".join(WRITERS)
        raise FormatNotAvailable(f"{format.value} cannot be written yet; use one of: {there}.")
    return WRITERS[format]
