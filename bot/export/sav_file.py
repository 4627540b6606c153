"""SPSS: value labels, declared missing codes, measures, and answers of any length.

The library takes the whole table at once, because a text column is as wide as its longest text. The
table is kept by column until then, without an object for each cell.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

from bot.export.columns import Cell, Column, ColumnType
from bot.export.frame import frame, missing_of
from bot.export.names import short_name
from bot.export.numbers import is_text, numbers, texts, value_labels
from bot.export.refusals import ExportRefused
from bot.export.texts import cut_bytes, without_nul

#: Limits in bytes: PSPP developers' guide, "System File Format" (variable, value label, long
#: variable names and very long string records).
NAME, LABEL, VALUE_LABEL, TEXT = 64, 255, 120, 32_767

_FORMATS: Mapping[ColumnType, str] = {
    ColumnType.CODE: "F8.0",
    ColumnType.WHOLE: "F15.0",
    ColumnType.NUMBER: "F15.2",
    ColumnType.DATE: "DATE11",
    ColumnType.TIME: "DATETIME20",
}
_TO_1970 = 12_219_379_200  #: Seconds since 14 October 1582, from which SPSS counts.


class TextTooLong(ExportRefused):
    """SPSS has no room for a text of this length."""


class SavWriter:
    """Times are in UTC, without saying so, and spaces that end a text are lost: so SPSS has it."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._columns = columns
        self._blocks = [frame(columns, [], words=False)]

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._blocks.append(frame(self._columns, rows, words=False))

    def close(self) -> None:
        table = pl.concat(self._blocks)
        self._blocks.clear()
        columns = {short_name(each.name, NAME): each for each in self._columns if not each.words}
        table = table.select(_values(column).alias(name) for name, column in columns.items())
        _check_lengths(table)
        pyreadstat.write_sav(
            table,
            self._path,
            row_compress=True,
            column_labels=[_cut(column.label, LABEL) or None for column in columns.values()],
            variable_value_labels={name: _labels(column) for name, column in columns.items()},
            missing_ranges={name: [*_missing(column)] for name, column in columns.items()},
            variable_measure={name: _measure(column) for name, column in columns.items()},
            variable_format={
                name: _FORMATS[column.type]
                for name, column in columns.items()
                if not is_text(column)
            },
        )
        _set_creation_time(self._path)


def _values(column: Column) -> pl.Expr:
    if is_text(column):
        return texts(column)
    number = numbers(column)
    if column.type is ColumnType.DATE:
        number = number * 86_400 + _TO_1970
    elif column.type is ColumnType.TIME:
        number = number / 1_000_000 + _TO_1970
    beside = missing_of(column)
    return pl.coalesce(number, pl.col(beside)) if beside else number


def _check_lengths(table: pl.DataFrame) -> None:
    for column in table.select(pl.col(pl.String).str.len_bytes().max()):
        length = column.item()
        if length is not None and length > TEXT:
            raise TextTooLong(
                f"Column {column.name} has a text of {length:,} bytes; SPSS keeps {TEXT:,}. "
                "Ask for dta, csv or parquet."
            )


def _labels(column: Column) -> dict[Any, str]:
    """By value, which is a text in a column of texts; those of declared missing codes last."""
    labels = value_labels(column)
    labels.update(zip(_missing(column), column.missing.values(), strict=True))
    return {value: _cut(label, VALUE_LABEL) for value, label in labels.items()}


def _missing(column: Column) -> Sequence[int | str]:
    """At most three: SPSS can declare no more."""
    return [str(code) if is_text(column) else code for code in column.missing]


def _measure(column: Column) -> str:
    """Codes have no order that could be known; the points of a scale that have labels do."""
    if is_text(column) or column.type is ColumnType.CODE or column.value_labels.keys() == {0, 1}:
        return "nominal"
    return "ordinal" if column.value_labels else "scale"


def _cut(label: str, limit: int) -> str:
    return cut_bytes(without_nul(label), limit)


def _set_creation_time(path: Path) -> None:
    """To 1970, so that the same data gives the same bytes.

    PSPP developers' guide, "File Header Record": a date of 9 bytes and a time of 8, after fields of
    4, 60, 4, 4, 4, 4, 4 and 8 bytes.
    """
    with path.open("rb+") as file:
        file.seek(92)
        file.write(b"01 Jan 7000:00:00")
