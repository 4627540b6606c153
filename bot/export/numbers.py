"""Codes as numbers: what SPSS and Stata have value labels and declared missing codes for."""

import polars as pl

from bot.export.columns import Column, ColumnType
from bot.export.texts import SUBSTITUTE


def is_text(column: Column) -> bool:
    """Whether the column stays text there."""
    coded = column.type is ColumnType.CODE
    return not column.numbers if coded else column.type is ColumnType.TEXT


def value_labels(column: Column) -> dict[str | int, str]:
    """The labels of answers, by the value that the column has there."""
    return {
        column.numbers[code] if isinstance(code, str) and column.numbers else code: label
        for code, label in column.value_labels.items()
    }


def texts(column: Column) -> pl.Expr:
    """A frame's column of texts; in both packages a NUL would end them."""
    return pl.col(column.name).str.replace_all("\0", SUBSTITUTE, literal=True)


def numbers(column: Column) -> pl.Expr:
    """A frame's column as numbers; null for what is none. From 1970: days, or microseconds."""
    cell = pl.col(column.name)
    if column.type is ColumnType.CODE:
        codes = {**column.numbers, **{str(code): code for code in column.missing}}
        return cell.replace_strict(codes, return_dtype=pl.Float64)
    number = cell.to_physical().cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)
