"""From the database to a file on disk, in blocks: memory does not grow with the panel."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from bot.conversation.state import Deliberation
from bot.domain.questionnaire import Questionnaire, Texts
from bot.export.columns import Shape, Table
from bot.export.formats import Format, Writer, writer_of
from bot.export.instruments import Instrument, instruments_of
from bot.export.long import Long
from bot.export.people import people
from bot.export.refusals import ExportRefused
from bot.export.whole_file import whole_file
from bot.export.wide import Wide
from bot.storage.answers import (
    AnswerRow,
    blocks,
    deliberation_of,
    questionnaires_used,
    snapshot,
)
from bot.storage.database import Database


class UnknownLanguage(ExportRefused):
    """The labels are wanted in a language that the deliberation does not have."""


class HistoryIsLong(ExportRefused):
    """Replaced answers have no place in the wide shape. Ask for the long one."""


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
) -> Path:
    """Write what was said in `waves`, by code (`profile` is one), and return the file's path.

    `out` is a file, or a folder in which it is named after waves and shape; else it goes to the
    current folder. Labels are in the source language unless `label_language` (BCP 47) is given.
    `history` adds replaced answers to the long shape. The same data gives the same bytes.

    Raises `NoSuchWave`, `NoSuchDeliberation` or an `ExportRefused` (`FormatNotAvailable`,
    `UnknownLanguage`, `HistoryIsLong`, `NoSuchFolder`), and then writes nothing.
    """
    write_with = writer_of(format)
    if history and shape is not Shape.LONG:
        raise HistoryIsLong(HistoryIsLong.__doc__)
    codes = list(dict.fromkeys(waves))
    async with snapshot(database) as connection:
        whose = await deliberation_of(connection, deliberation, codes)
        used = await questionnaires_used(connection, whose.id, codes)
        instruments = instruments_of(whose, codes, used)
        table = _table(whose, instruments, shape, label_language, history)
        path = _path(out, f"{'-'.join(codes)}-{shape}.{format}")
        async with (
            whole_file(path) as temporary,
            aclosing(blocks(connection, whose.id, codes, history=history)) as stream,
        ):
            writer = await asyncio.to_thread(write_with, temporary, table.columns)
            try:
                async for rows in stream:
                    await asyncio.to_thread(_write, writer, table, rows, whose.questionnaires)
            finally:
                await asyncio.to_thread(writer.close)
    return path


def _table(
    whose: Deliberation,
    instruments: Sequence[Instrument],
    shape: Shape,
    language: str | None,
    history: bool,
) -> Table:
    if language not in (None, *whose.languages):
        there = ", ".join(whose.languages)
        raise UnknownLanguage(f"{whose.code} has no {language!r}; its languages are: {there}.")

    def words(texts: Texts) -> str:
        return whose.words(texts, language or whose.languages[0])

    if shape is Shape.LONG:
        return Long(whose.code, instruments, words, history)
    return Wide(whose.code, instruments, words)


def _write(
    writer: Writer,
    table: Table,
    rows: Sequence[AnswerRow],
    questionnaires: Mapping[int, Questionnaire],
) -> None:
    writer.write(table.rows(people(rows, questionnaires)))


def _path(out: Path | None, name: str) -> Path:
    if out is None:
        return Path(name)
    return out / name if out.is_dir() else out
