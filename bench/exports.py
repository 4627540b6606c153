"""Staff's files of a large wave, against the bare libraries and against a limit of memory.

Three things are measured: the bare libraries write a table that they are handed in memory, in the
form that suits them; our writers are handed the same rows; whole exports read a database, work out
what counts, and write. Each time is the best of three. Memory is the most that a process of its own
held that did nothing but export, with interpreter and libraries.
"""

import asyncio
import csv
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text
from xlsxwriter import Workbook

from bench.crowd import FILLED, enrol, filling
from bench.databases import Server, servers
from bot.commands import EXAMPLE
from bot.domain.questionnaire import Item, ItemChoice, ItemType, Questionnaire, Scale
from bot.export import Format, Shape, export
from bot.export.columns import Cell, Column
from bot.export.formats import writer_of
from bot.export.frame import frame
from bot.export.material import material
from bot.export.numbers import is_text, numbers
from bot.export.people import Person
from bot.export.wide import Wide
from bot.packs.load import read_pack
from bot.storage.answers import BLOCK
from bot.storage.database import Database, database_url
from bot.storage.deliberations import load_pack
from bot.storage.schema import upgrade
from bot.storage.tables import answer, response

WAVE = "t1"

#: How many items of each type are asked.
KINDS = {
    ItemType.RANGE: 25,
    ItemType.SELECT_ONE: 20,
    ItemType.SELECT_MULTIPLE: 5,
    ItemType.INTEGER: 5,
    ItemType.TEXT: 5,
}

ROUNDS = 3

#: Answers as JSON, by type; `n` is different for each item and person.
_VALUES = {
    ItemType.RANGE: "CAST(n % 11 AS TEXT)",
    ItemType.SELECT_ONE: "'\"c' || CAST(1 + n % 5 AS TEXT) || '\"'",
    ItemType.SELECT_MULTIPLE: 'CASE n % 3 WHEN 0 THEN \'["c1"]\' WHEN 1 THEN \'["c2", "c3"]\''
    ' ELSE \'["c1", "c4", "c5"]\' END',
    ItemType.INTEGER: "CAST(18 + n % 70 AS TEXT)",
    ItemType.TEXT: "'\"I think that the buses should come more often, says number '"
    " || CAST(n AS TEXT) || '.\"'",
}

_INSERT = """
    INSERT INTO answer
    (response_id, item, kind, value, language, channel, asked_at, answered_at)
    SELECT id, code, 'value', {value}, language, channel, started_at, started_at
    FROM (
        SELECT response.*, item.*, response.number * 31 + item.place * 7 AS n
        FROM (SELECT *, CAST(substr(id, 2) AS INTEGER) AS number FROM response) AS response
        CROSS JOIN ({items}) AS item
    ) AS each
"""


async def measure_exports(people: int = 10_000) -> Table:
    """Each format, on each database, and what the bare library takes."""
    table = Table(
        "format", "bare library", "our writer", "ratio", "SQLite", "ratio", "PostgreSQL", "ratio",
        title=f"Exports of {people:,} participants with {sum(KINDS.values())} answers, in seconds",
    )  # fmt: skip
    with servers() as both, tempfile.TemporaryDirectory(prefix="minipublic-bench-") as folder:
        urls = [await a_wave(server, people) for server in both]
        columns, rows = await held_in_memory(urls[0])
        out = Path(folder)
        bare = {name: best(write) for name, write in bare_writes(columns, rows, out).items()}
        ours = {format: best(partial(writing, columns, rows, format, out)) for format in Format}
        del rows
        took = {
            (format, url): min([await exporting(url, format, out) for _ in range(ROUNDS)])
            for format in Format
            for url in urls
        }
        for name, seconds in bare.items():
            format = Format(name.split()[0])
            line = [name, f"{seconds:.2f}"]
            for measured in (ours[format], *(took[format, url] for url in urls)):
                line += [f"{measured:.2f}", f"{measured / seconds:.1f}"]
            table.add_row(*line)
    return table


async def measure_memory(people: int = 1_000_000) -> Table:
    """A large panel to the two formats that have no limit, on each database."""
    table = Table(
        "database", "format", "seconds", "peak memory", "file",
        title=f"Exports of {people:,} participants with {sum(KINDS.values())} answers, wide",
    )  # fmt: skip
    with servers() as both:
        for server in both:
            url = await a_wave(server, people)
            for format in (Format.CSV, Format.PARQUET):
                with tempfile.TemporaryDirectory(prefix="minipublic-bench-") as folder:
                    found = await in_a_process_of_its_own(url, format, Path(folder))
                table.add_row(
                    server.name, format, f"{found['seconds']:.0f}",
                    f"{found['peak'] / 1e6:.0f} MB", f"{found['size'] / 1e6:,.0f} MB",
                )  # fmt: skip
    return table


# --- What is exported ----------------------------------------------------------------------------


def questionnaire() -> Questionnaire:
    choices = tuple(ItemChoice(f"c{n}", {"en": f"Choice {n}"}) for n in range(1, 7))
    more: dict[ItemType, dict[str, Any]] = {
        ItemType.RANGE: {"scale": Scale(0, 10)},
        ItemType.SELECT_ONE: {"choices": choices},
        ItemType.SELECT_MULTIPLE: {"choices": choices},
        ItemType.INTEGER: {"constraint": ". >= 18 and . <= 90"},
    }
    items = [
        Item(f"{type_}_{n}", type_, {"en": f"What about {n}?"}, **more.get(type_, {}))
        for type_, count in KINDS.items()
        for n in range(count)
    ]
    return Questionnaire("bench", 1, {"en": "Bench"}, tuple(items))


async def a_wave(server: Server, people: int) -> str:
    """The URL of a database in which `people` answered everything."""
    url, now = server.database("exports"), datetime.now(UTC)
    upgrade(database_url(url))
    pack = read_pack(EXAMPLE)
    asked = questionnaire()
    pack = replace(
        pack,
        questionnaires={**pack.questionnaires, asked.code: asked},
        waves=tuple(replace(wave, questionnaire=asked.code) for wave in pack.waves),
    )
    database = Database(url)
    await load_pack(database, pack, now)
    await database.close()
    with filling(url) as connection:
        enrol(connection, people, now)
        answer_everything(connection, asked)
        connection.info[FILLED] += [response.name, answer.name]
    return url


def answer_everything(connection: Connection, asked: Questionnaire) -> None:
    """A complete response of everybody, its answers side by side as they are given."""
    connection.execute(
        text("""
            INSERT INTO response (id, participant_id, instrument, wave_id, questionnaire_id, status,
                                  language, channel, started_at, completed_at)
            SELECT 'r' || CAST(conversation_id AS TEXT), participant.id, wave.code, wave.id,
                   questionnaire.id, 'complete', language, 'telegram', enrolled_at, enrolled_at
            FROM participant, wave, questionnaire
            WHERE wave.code = :wave AND questionnaire.code = :asked
        """),
        {"wave": WAVE, "asked": asked.code},
    )
    items = " UNION ALL ".join(
        f"SELECT {place} AS place, '{item.code}' AS code, '{item.type}' AS type"
        for place, item in enumerate(asked.items)
    )
    value = " ".join(f"WHEN '{type_}' THEN {value}" for type_, value in _VALUES.items())
    value = f"CASE type {value} END"
    if connection.dialect.name == "postgresql":
        value = f"CAST({value} AS jsonb)"
    for index in answer.indexes:
        index.drop(connection)
    connection.execute(text(_INSERT.format(value=value, items=items)))
    for index in answer.indexes:
        index.create(connection)


class Kept:
    """All rows of a table, in memory."""

    def __init__(self, table: Wide) -> None:
        self._table = table
        self.rows: list[Sequence[Cell]] = []

    def take(self, people: Sequence[Person]) -> None:
        self.rows += self._table.rows(people)


async def held_in_memory(url: str) -> tuple[Sequence[Column], list[Sequence[Cell]]]:
    database = Database(url)
    async with material(database, [WAVE]) as found:
        table = Wide(found.deliberation.code, found.instruments, found.words(None))
        kept = Kept(table)
        await found.feed(kept)
    await database.close()
    return table.columns, kept.rows


# --- What is measured ----------------------------------------------------------------------------


async def exporting(url: str, format: Format, folder: Path) -> float:
    """Seconds."""
    database = Database(url)
    started = time.perf_counter()
    await export(database, [WAVE], shape=Shape.WIDE, format=format, out=folder)
    seconds = time.perf_counter() - started
    await database.close()
    return seconds


def writing(
    columns: Sequence[Column], rows: list[Sequence[Cell]], format: Format, folder: Path
) -> None:
    """The rows in blocks, as an export hands them over."""
    writer = writer_of(format)(folder / f"ours.{format}", columns)
    for first in range(0, len(rows), BLOCK):
        writer.write(rows[first : first + BLOCK])
    writer.close()


def bare_writes(
    columns: Sequence[Column], rows: list[Sequence[Cell]], folder: Path
) -> dict[str, Callable[[], object]]:
    """By format and library."""
    names = [column.name for column in columns]
    whole = frame(columns, rows)
    coded = [column for column in columns if not column.words]
    as_numbers = frame(columns, rows, words=False).select(
        pl.col(column.name) if is_text(column) else numbers(column) for column in coded
    )

    def with_csv() -> None:
        with (folder / "bare.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(rows)

    def with_xlsxwriter() -> None:
        options = {"constant_memory": True, "remove_timezone": True}
        with Workbook(str(folder / "bare.xlsx"), options) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, names)
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, row)

    return {
        "csv (csv.writer)": with_csv,
        "csv (polars)": lambda: whole.write_csv(folder / "bare.csv"),
        "xlsx (xlsxwriter)": with_xlsxwriter,
        "sav (pyreadstat)": lambda: pyreadstat.write_sav(as_numbers, folder / "bare.sav"),
        "dta (pyreadstat)": lambda: pyreadstat.write_dta(as_numbers, folder / "bare.dta"),
        "parquet (polars)": lambda: whole.write_parquet(folder / "bare.parquet"),
    }


def best(write: Callable[[], object]) -> float:
    """Seconds."""
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        write()
        took.append(time.perf_counter() - started)
    return min(took)


async def in_a_process_of_its_own(url: str, format: Format, folder: Path) -> dict[str, float]:
    """Its seconds, the most memory it held and the size of the file, both in bytes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.exports", url, format, str(folder),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the export to {format} ended with {process.returncode}")
    found: dict[str, float] = json.loads(told)
    return found


def main(url: str, format: str, folder: str) -> None:
    """Export, and print what it took."""
    seconds = asyncio.run(exporting(url, Format(format), Path(folder)))
    (made,) = Path(folder).iterdir()
    print(json.dumps({"seconds": seconds, "peak": peak_memory(), "size": made.stat().st_size}))


def peak_memory() -> int:
    """Of this process in bytes. `ru_maxrss` would be that of its parent, if it was larger."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


if __name__ == "__main__":
    if len(sys.argv) == 4:
        main(*sys.argv[1:])
    else:
        Console(width=100).print(asyncio.run(measure_exports(*map(int, sys.argv[1:]))))
