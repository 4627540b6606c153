"""Inviting a whole panel to a wave, against a plain INSERT ... SELECT of the same rows.

Inviting is one run of the planner, which opens the wave, looks who is not invited yet and who can
be reached, puts the invitation into each person's language and daytime, and offers its buttons to
all who are in the middle of nothing. The plain statements insert the very same rows into a copy of
the same database, with the same indexes, and ask nothing.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Row,
    Select,
    Text,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy import Table as Relation

from bench.crowd import (
    copy_database,
    enrol,
    filling,
    make_database,
    write_to_disk,
)
from bench.databases import servers
from bot.app import App
from bot.settings import Settings
from bot.storage.columns import Document, UtcTime
from bot.storage.database import Database
from bot.storage.tables import address, invitation, outbox, participant

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: What the plain statement reads instead of working it out: how each kind of person is invited.
wording = Relation(
    "bench_wording",
    MetaData(),
    Column("wave_id", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("priority", BigInteger, nullable=False),
    Column("body", Document, nullable=False),
    Column("send_after", UtcTime, nullable=False),
)


class Standstill:
    """A clock that stands, so that it is the same hour whenever the benchmark runs."""

    def now(self) -> datetime:
        return NOW


async def measure_wave(people: int = 1_000_000) -> Table:
    table = Table(
        "database", "rows", "INSERT ... SELECT", "rows/s", "planner", "rows/s", "ratio",
        "next run",
        title=f"A wave to {people:,} participants",
    )  # fmt: skip
    with servers() as both:
        for server in both:
            panel = server.database("panel")
            await make_database(panel, NOW)
            with filling(panel) as connection:
                enrol(connection, people, NOW)
            wave, plain = (copy_database(panel, name) for name in ("wave", "plain"))
            planned, idle = await planner_seconds(wave, people)
            inserted = await plain_seconds(plain, await wordings_of(wave), people)
            if await summary(wave) != await summary(plain):
                raise AssertionError("the planner and the plain statement made different rows")
            rows = 2 * people
            table.add_row(
                server.name,
                f"{rows:,}",
                f"{inserted:.1f} s",
                f"{rows / inserted:,.0f}",
                f"{planned:.1f} s",
                f"{rows / planned:,.0f}",
                f"{planned / inserted:.2f}",
                f"{idle:.1f} s",
            )
    return table


async def planner_seconds(url: str, people: int) -> tuple[float, float]:
    """How long the planner takes with a wave that is due, and the next time, with nothing due."""
    app = App(Settings(_env_file=None, database_url=url), Standstill())
    write_to_disk(url)
    started = time.perf_counter()
    planned = await app.planner.run()
    seconds = time.perf_counter() - started
    if planned.invited != people:
        raise AssertionError(f"{planned.invited} of {people} people were invited")
    started = time.perf_counter()
    again = await app.planner.run()
    idle = time.perf_counter() - started
    if again.invited or again.reminded:
        raise AssertionError("a second run invited or reminded somebody")
    await app.database.close()
    return seconds, idle


async def wordings_of(url: str) -> Sequence[Row[Any]]:
    """How each kind of person was invited there."""
    chosen = (
        select(
            invitation.c.wave_id,
            participant.c.language,
            participant.c.timezone,
            *(outbox.c[name] for name in ("kind", "priority", "body", "send_after")),
        )
        .join(participant, participant.c.id == invitation.c.participant_id)
        .join(outbox, outbox.c.participant_id == participant.c.id)
        .distinct()
    )
    return await rows_of(url, chosen)


async def plain_seconds(url: str, wordings: Sequence[Row[Any]], people: int) -> float:
    """How long two statements take that insert the same rows, and their commit."""
    database = Database(url)
    async with database.writing() as transaction:
        await transaction.connection.run_sync(wording.metadata.create_all)
        await transaction.execute(insert(wording), [row._asdict() for row in wordings])
    now = literal(NOW, UtcTime)
    invitations: dict[str, Any] = {
        "participant_id": participant.c.id,
        "wave_id": literal(wordings[0].wave_id),
        "invited_at": now,
        "told_at": now,
        "reminders_sent": literal(0),
    }
    key = literal(f"invitation:{wordings[0].wave_id}:") + participant.c.id
    messages: dict[str, Any] = {
        "conversation_id": participant.c.conversation_id,
        "channel": address.c.channel,
        "bot": address.c.bot,
        "participant_id": participant.c.id,
        "kind": wording.c.kind,
        "priority": wording.c.priority,
        "language": wording.c.language,
        "body": wording.c.body,
        "once": key,
        "status": literal("queued"),
        "tries": literal(0),
        "created_at": now,
        "send_after": wording.c.send_after,
    }
    source = participant.join(
        address, address.c.conversation_id == participant.c.conversation_id
    ).join(
        wording,
        (wording.c.language == participant.c.language)
        & (wording.c.timezone == participant.c.timezone),
    )
    write_to_disk(url)
    started = time.perf_counter()
    async with database.writing() as transaction:
        await transaction.execute(
            insert(invitation).from_select(list(invitations), select(*invitations.values()))
        )
        await transaction.execute(
            insert(outbox).from_select(
                list(messages), select(*messages.values()).select_from(source)
            )
        )
    seconds = time.perf_counter() - started
    await database.close()
    return seconds


async def summary(url: str) -> list[Any]:
    """How many rows of each kind are there, whoever they are for; unique keys see to the rest."""
    told = list(invitation.c)[1:]
    whose = ("id", "conversation_id", "participant_id", "once")
    queued = [column for column in outbox.c if column.name not in whose]
    key = func.replace(outbox.c.once, outbox.c.participant_id, "*")
    found = [
        await rows_of(url, select(*told, func.count()).group_by(*told)),
        await rows_of(url, select(*queued, key, func.count()).group_by(*queued, key)),
    ]
    return [sorted(map(str, rows)) for rows in found]


async def rows_of(url: str, statement: Select[Any]) -> Sequence[Row[Any]]:
    database = Database(url)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    await database.close()
    return rows


if __name__ == "__main__":
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    Console().print(asyncio.run(measure_wave(people)))
