"""Parquet: for R, Python and databases, with the columns' labels and codes in the file's metadata.

Blocks are gathered into parts on the disk, each a small file of its own, and streamed into one at
the end. So memory holds one part however long the table is, and no thread waits for rows. The key
`columns` of the metadata is JSON: name, label, type, codes with their labels in the questionnaire's
order, and codes declared missing. Those of a column of days stand in a column beside it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import polars as pl

from bot.export.columns import Cell, Column
from bot.export.frame import frame, missing_of
from bot.export.texts import encodable

#: In a part, and in a row group of the file: what is in memory at once.
ROWS = 10_000


class ParquetWriter:
    """Times are in UTC and say so."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._columns = columns
        self._waiting = frame(columns, [])
        self._parts: list[Path] = []
        self._folder = TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._waiting.vstack(frame(self._columns, rows), in_place=True)
        while self._waiting.height >= ROWS:
            self._add_part(self._waiting.head(ROWS))
            self._waiting = self._waiting.slice(ROWS)

    def close(self) -> None:
        with self._folder:
            self._add_part(self._waiting)
            pl.scan_ipc(self._parts).sink_parquet(
                self._path, row_group_size=ROWS, metadata={"columns": _description(self._columns)}
            )

    def _add_part(self, part: pl.DataFrame) -> None:
        self._parts.append(Path(self._folder.name) / f"{len(self._parts):06}")
        part.write_ipc(self._parts[-1], compression="lz4")


def _description(columns: Sequence[Column]) -> str:
    described = [
        {
            "name": column.name,
            "label": encodable(column.label),
            "type": column.type,
            "codes": _pairs(column.value_labels.items()),
            "missing": _pairs(column.missing.items()),
            "missing_in": missing_of(column),
        }
        for column in columns
    ]
    return orjson.dumps(described).decode()


def _pairs(labels: Iterable[tuple[str | int, str]]) -> list[tuple[str | int, str]]:
    return [
        (encodable(code) if isinstance(code, str) else code, encodable(label))
        for code, label in labels
    ]
