"""The formats of staff's files, and the writer of each."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.export.columns import Cell, Column


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


def writer_of(format: Format) -> type[Writer]:
    """Import it only now: the libraries take longer to load than most commands take to run."""
    match format:
        case Format.CSV:
            from bot.export.csv_file import CsvWriter

            return CsvWriter
        case Format.XLSX:
            from bot.export.xlsx_file import XlsxWriter

            return XlsxWriter
        case Format.SAV:
            from bot.export.sav_file import SavWriter

            return SavWriter
        case Format.DTA:
            from bot.export.dta_file import DtaWriter

            return DtaWriter
        case Format.PARQUET:
            from bot.export.parquet_file import ParquetWriter

            return ParquetWriter
