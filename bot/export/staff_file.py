"""From the database to a file on disk, in blocks: memory does not grow with the panel."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.export.columns import Shape, Table
from bot.export.formats import Format, Writer, writer_of
from bot.export.long import Long
from bot.export.material import Material, UnknownLanguage, material
from bot.export.people import Person
from bot.export.place import place
from bot.export.refusals import ExportRefused
from bot.export.whole_file import whole_file
from bot.export.wide import Wide
from bot.storage.database import Database

__all__ = ["HistoryIsLong", "ParadataIsWide", "TableFile", "UnknownLanguage", "export"]


class HistoryIsLong(ExportRefused):
    """Replaced answers have no place in the wide shape. Ask for the long one."""


class ParadataIsWide(ExportRefused):
    """The long shape has the paradata of each answer already. Ask for the wide one, or without."""


class TableFile:
    """A table that is written while people are told of."""

    def __init__(self, table: Table, writer: Writer) -> None:
        self._table = table
        self._writer = writer

    def take(self, people: Sequence[Person]) -> None:
        self._writer.write(self._table.rows(people))


async def export(
    database: Database,
    waves: Sequence[str],
    *,
    deliberation: str | None = None,
    shape: Shape,
    format: Format,
    out: Path | None = None,
    label_language: str | None = None,
    history: bool = False,
    paradata: bool = False,
    personal: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write what was said in `waves`, by code (`profile` is one), and return the file's path.

    `out` is a file, or a folder in which it is named after waves and shape; else it goes to the
    current folder. Labels are in the source language unless `label_language` (BCP 47) is given.
    `history` adds replaced answers to the long shape, `paradata` how each item was answered to the
    wide one, `personal` what identifies, which the event log records. `progress` is told how many
    participants are done, and of how many. The same data gives the same bytes.

    Raises `NoSuchWave`, `NoSuchDeliberation` or an `ExportRefused` (such as `UnknownLanguage`,
    `HistoryIsLong`, `ParadataIsWide`, `NoSuchFolder`), and then writes nothing.
    """
    write_with = writer_of(format)
    if history and shape is not Shape.LONG:
        raise HistoryIsLong(HistoryIsLong.__doc__)
    if paradata and shape is not Shape.WIDE:
        raise ParadataIsWide(ParadataIsWide.__doc__)
    async with material(
        database,
        waves,
        deliberation=deliberation,
        history=paradata or shape is Shape.LONG,
        personal=personal,
    ) as found:
        table = _table(found, shape, label_language, history, paradata)
        codes = "-".join(instrument.code for instrument in found.instruments)
        path = await asyncio.to_thread(place, out, f"{codes}-{shape}.{format}")
        async with whole_file(path) as temporary:
            writer = await asyncio.to_thread(write_with, temporary, table.columns)
            try:
                await found.feed(
                    TableFile(table, writer),
                    progress=progress and (lambda done: progress(done, found.people_count)),
                )
            finally:
                await asyncio.to_thread(writer.close)
            await found.hand_over(shape=shape, format=format)
    return path


def _table(
    found: Material, shape: Shape, language: str | None, history: bool, paradata: bool
) -> Table:
    code, words = found.deliberation.code, found.words(language)
    if shape is Shape.LONG:
        return Long(code, found.instruments, words, history)
    return Wide(code, found.instruments, words, paradata=paradata)
