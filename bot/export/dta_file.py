"""Stata 14 and later: declared missing codes as .a, .b, .c, and texts of any length.

Written here and not by a library, because none that is at hand does all of it. pyreadstat takes
`.a` only from columns of Python objects, and stamps the file with the time. pandas has no `.a`.
Both want all rows at once; here the table is kept by column, and written some rows at a time.

Format 118: Stata's `help dta`. Every number is a double, as Stata's own times have to be; whoever
wants them smaller types `compress`.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from bot.export.columns import Cell, Column, ColumnType
from bot.export.frame import frame, missing_of
from bot.export.names import short_name
from bot.export.numbers import is_text, numbers, texts, value_labels
from bot.export.refusals import ExportRefused
from bot.export.texts import cut_bytes, cut_characters, without_nul

#: Variables of a file; a name in bytes; a variable's label in characters; a value label in bytes;
#: the longest text that has a width of its own (`str2045`), a longer one being a `strL`.
VARIABLES, NAME, LABEL, VALUE_LABEL, TEXT = 32_767, 32, 80, 32_000, 2045

_DOUBLE, _LONG_TEXT = 65_526, 32_768  #: Of texts with a width, the type is the width.
_NONE = 0x7FE0_0000_0000_0000  #: The double that Stata shows as `.`; `.a` is one `_STEP` further.
_STEP = 1 << 40
_NONE_IN_LABELS = 2_147_483_621  #: The same in a table of value labels; `.a` is one further.

_FORMATS: Mapping[ColumnType, str] = {
    ColumnType.CODE: "%8.0g",
    ColumnType.WHOLE: "%16.0g",
    ColumnType.NUMBER: "%16.0g",
    ColumnType.DATE: "%td",
    ColumnType.TIME: "%tc",
}
_DAYS_TO_1970 = 3_653  #: Stata counts from 1960.
_ROWS = 10_000  #: Written at a time.


class TooManyVariables(ExportRefused):
    """Stata has no room for this many columns."""


class DtaWriter:
    """Times are in UTC, without saying so: Stata has no time zones."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        if len(columns) > VARIABLES:
            raise TooManyVariables(
                f"The table has {len(columns):,} columns, a file of Stata at most {VARIABLES:,}. "
                "Ask for csv or parquet, for the long shape, or for fewer waves."
            )
        self._path = path
        self._columns = columns
        self._blocks = [frame(columns, [], words=False)]

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._blocks.append(frame(self._columns, rows, words=False))

    def close(self) -> None:
        columns = [column for column in self._columns if not column.words]
        table = pl.concat(self._blocks).with_columns(
            texts(column) if is_text(column) else _since_1960(column) for column in columns
        )
        self._blocks.clear()
        with self._path.open("wb") as file:
            _Dta(file, columns, table).write()


def _since_1960(column: Column) -> pl.Expr:
    """Days and milliseconds, and every other number as it is."""
    number = numbers(column)
    match column.type:
        case ColumnType.DATE:
            return number + _DAYS_TO_1970
        case ColumnType.TIME:
            return number / 1_000 + _DAYS_TO_1970 * 86_400_000
    return number


class _Dta:
    """The sections of a file, in the order that the format wants."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], table: pl.DataFrame) -> None:
        self._file = file
        self._columns = columns
        self._table = table
        self._names = [short_name(column.name, NAME) for column in columns]
        self._widths = [_width(table[column.name]) for column in columns]
        self._starts: list[int] = []  #: Of each section: the map, which stands before them all.

    def write(self) -> None:
        names, columns, count = self._names, self._columns, len(self._columns)
        self._starts.append(0)
        self._file.write(b"<stata_dta>")
        self._file.write(
            b"<header><release>118</release><byteorder>LSF</byteorder>"
            + struct.pack("<3sH4s", b"<K>", count, b"</K>")
            + struct.pack("<3sQ4s", b"<N>", self._table.height, b"</N>")
            + b"<label>\0\0</label><timestamp>\0</timestamp></header>"
        )
        self._section("map", [bytes(14 * 8)])
        self._section("variable_types", (struct.pack("<H", _type(w)) for w in self._widths))
        self._section("varnames", (_field(name, 129) for name in names))
        self._section("sortlist", [bytes(2 * (count + 1))])
        self._section(
            "formats",
            (
                _field(_FORMATS[column.type] if width is None else f"%-{min(width, 40)}s", 57)
                for column, width in zip(columns, self._widths, strict=True)
            ),
        )
        labels = [_labels(column) for column in columns]
        self._section(
            "value_label_names",
            (_field(name if own else "", 129) for name, own in zip(names, labels, strict=True)),
        )
        self._section(
            "variable_labels",
            (_field(cut_characters(without_nul(each.label), LABEL), 321) for each in columns),
        )
        self._section("characteristics", [])
        self._section("data", self._data())
        self._section("strls", self._long_texts())
        self._section(
            "value_labels",
            (_label_table(name, own) for name, own in zip(names, labels, strict=True) if own),
        )
        self._starts.append(self._file.tell())
        self._file.write(b"</stata_dta>")
        self._starts.append(self._file.tell())
        self._file.seek(self._starts[1] + len("<map>"))
        self._file.write(struct.pack("<14Q", *self._starts))

    def _section(self, name: str, content: Iterable[bytes]) -> None:
        self._starts.append(self._file.tell())
        self._file.write(f"<{name}>".encode())
        self._file.writelines(content)
        self._file.write(f"</{name}>".encode())

    def _data(self) -> Iterator[bytes]:
        record = np.dtype([(str(place), _numpy(w)) for place, w in enumerate(self._widths)])
        for start in range(0, self._table.height, _ROWS):
            part = self._table.slice(start, _ROWS)
            records = np.zeros(part.height, record)
            for place, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
                cells = part[column.name]
                if width is None:
                    records[str(place)] = _doubles(column, part)
                elif width > TEXT:
                    row = np.arange(start + 1, start + 1 + part.height, dtype=np.uint64)
                    empty = (cells.fill_null("") == "").to_numpy()
                    records[str(place)] = np.where(empty, 0, place + 1 + (row << np.uint64(16)))
                else:
                    records[str(place)] = cells.fill_null("").cast(pl.Binary).to_list()
            yield records.tobytes()

    def _long_texts(self) -> Iterator[bytes]:
        """By row, then by column: each with both, as the data refer to it."""
        long = [place for place, width in enumerate(self._widths) if (width or 0) > TEXT]
        if not long:
            return
        names = [self._columns[place].name for place in long]
        for row, cells in enumerate(self._table.select(names).iter_rows(), start=1):
            for place, text in zip(long, cells, strict=True):
                if text:
                    content = text.encode() + b"\0"
                    yield struct.pack("<3sIQBI", b"GSO", place + 1, row, 130, len(content))
                    yield content


def _width(cells: pl.Series) -> int | None:
    """Bytes of the longest text; None for numbers."""
    if cells.dtype != pl.String:
        return None
    longest = cells.str.len_bytes().max()
    return max(longest, 1) if isinstance(longest, int) else 1


def _type(width: int | None) -> int:
    return _DOUBLE if width is None else width if width <= TEXT else _LONG_TEXT


def _numpy(width: int | None) -> str:
    return "<f8" if width is None else f"S{width}" if width <= TEXT else "<u8"


def _doubles(column: Column, part: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    cells = part[column.name]
    codes = part[missing_of(column) or column.name]
    letters = [(codes == code).fill_null(False).to_numpy() for code in column.missing]
    doubles = cells.fill_null(0.0).to_numpy(writable=True)
    bits = doubles.view(np.uint64)
    bits[cells.is_null().to_numpy()] = _NONE
    for letter, rows in enumerate(letters, start=1):
        bits[rows] = _NONE + letter * _STEP
    return doubles


def _field(text: str, size: int) -> bytes:
    """Filled up with NUL, of which there is at least one."""
    return text.encode().ljust(size, b"\0")


def _labels(column: Column) -> dict[int, str]:
    """By value as in a table of value labels: ascending, and no number that is too large for it."""
    if is_text(column):
        return {}
    labels = {int(value): label for value, label in value_labels(column).items()}
    labels = {value: label for value, label in labels.items() if abs(value) < _NONE_IN_LABELS}
    for letter, label in enumerate(column.missing.values(), start=1):
        labels[_NONE_IN_LABELS + letter] = label
    return dict(sorted(labels.items()))


def _label_table(name: str, labels: Mapping[int, str]) -> bytes:
    words = [cut_bytes(without_nul(each), VALUE_LABEL).encode() + b"\0" for each in labels.values()]
    *offsets, length = accumulate(map(len, words), initial=0)
    count = len(words)
    table = struct.pack(f"<II{count}I{count}i", count, length, *offsets, *labels) + b"".join(words)
    return struct.pack("<5sI129s3x", b"<lbl>", len(table), name.encode()) + table + b"</lbl>"
