"""A panel as large as wished, with a past, filled in by a few statements instead of a few years."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    Text,
    case,
    cast,
    create_engine,
    func,
    insert,
    literal,
    literal_column,
    select,
)
from sqlalchemy.engine import URL

from bot.commands import EXAMPLE
from bot.domain.states import DeliveryStatus, InboxStatus, ParticipantStatus, WaveStatus
from bot.packs.load import read_pack
from bot.storage.columns import Document, UtcTime
from bot.storage.database import Database, database_url
from bot.storage.deliberations import load_pack
from bot.storage.schema import upgrade
from bot.storage.tables import (
    address,
    conversation,
    deliberation,
    inbox,
    invitation,
    outbox,
    participant,
    wave,
)

CHANNEL, BOT = "telegram", "1"

LANGUAGES = ("en", "fr", "es", "ar", "sw")

#: So that it is day for some and night for others.
ZONES = (
    "Africa/Nairobi", "America/Bogota", "Asia/Dhaka", "Asia/Tokyo", "Europe/Paris",
    "Pacific/Auckland", "UTC",
)  # fmt: skip

#: What the texts of messages that are not yet purged take, in bytes.
BODY = 300

#: What those may choose from who are in the middle of nothing.
AT_HOME = [["/briefings", "Briefings"], ["/language", "Language"], ["/help", "Help"]]

#: Where a connection remembers which tables it has filled.
FILLED = "bench filled"

FAST_ON_SQLITE = (
    "PRAGMA journal_mode = DELETE",
    "PRAGMA synchronous = OFF",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA cache_size = -1000000",
)
FAST_ON_POSTGRESQL = (
    "SET session_replication_role = replica",  # no foreign keys
    "SET work_mem = '256MB'",
    "SET maintenance_work_mem = '256MB'",
)


async def make_database(url: str, now: datetime) -> None:
    """The newest schema, and the example's pack."""
    upgrade(database_url(url))
    database = Database(url)
    await load_pack(database, read_pack(EXAMPLE), now)
    await database.close()


def copy_database(url: str, name: str) -> str:
    """The URL of a copy beside it, under another name. Nobody may have the original open."""
    source = database_url(url)
    original = Path(source.database or "")
    if source.get_backend_name() == "sqlite":
        target = original.with_name(f"{name}.db")
        shutil.copyfile(original, target)
        return f"sqlite:///{target}"
    with _autocommit(source.set(database="postgres")) as connection:
        connection.exec_driver_sql(
            f'CREATE DATABASE "{name}" TEMPLATE "{original}" STRATEGY file_copy'
        )
    return url.replace(f"/{original}?", f"/{name}?")


@contextmanager
def filling(url: str) -> Iterator[Connection]:
    """A connection that fills fast: nothing is checked, and a crash would lose all. What it leaves
    is as after a quiet while: what was filled is vacuumed, analysed and on disk."""
    target = database_url(url)
    sqlite = target.get_backend_name() == "sqlite"
    engine = create_engine(target.set(drivername="sqlite") if sqlite else target)
    with engine.begin() as connection:
        for setting in FAST_ON_SQLITE if sqlite else FAST_ON_POSTGRESQL:
            connection.exec_driver_sql(setting)
        yield connection
        filled = connection.info.pop(FILLED, [])
    engine.dispose()
    if filled and not sqlite:
        with _autocommit(target) as connection:
            connection.exec_driver_sql(f"VACUUM ANALYZE {', '.join(filled)}")
    write_to_disk(url)


def write_to_disk(url: str) -> None:
    """So that nothing that is timed pays for what was done before."""
    if database_url(url).get_backend_name() == "postgresql":
        with _autocommit(database_url(url)) as connection:
            connection.exec_driver_sql("CHECKPOINT")
    os.sync()


@contextmanager
def _autocommit(url: URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def enrol(connection: Connection, people: int, now: datetime) -> None:
    """Enrol `people`, with a conversation and an address each, where there is nobody yet.

    Their external ids are the numbers from 1 to `people`.
    """
    (deliberation_id,) = connection.execute(select(deliberation.c.id)).scalars()
    where = literal(deliberation_id)
    n = _numbers(people)
    at = literal(now - timedelta(days=365), UtcTime)
    _fill(connection, conversation, people, {
        "deliberation_id": where,
        "participant_id": literal("p") + cast(
            n.c.n * literal_column("2654435761") % literal_column("4294967296")
            + literal_column("1000000000000000"), Text
        ),
        "language": _one_of(LANGUAGES, n.c.n),
        "places": literal([], Document),
        "offered": literal(AT_HOME, Document),
    })  # fmt: skip
    c = conversation.c
    _fill(connection, participant, people, {
        "id": c.participant_id,
        "deliberation_id": where,
        "conversation_id": c.id,
        "status": literal(ParticipantStatus.ENROLLED.value),
        "language": c.language,
        "country": literal("KE"),
        "timezone": _one_of(ZONES, c.id),
        "profile": literal({}, Document),
        "created_at": at,
        "enrolled_at": at,
    })  # fmt: skip
    _fill(connection, address, people, {
        "conversation_id": c.id,
        "channel": literal(CHANNEL),
        "bot": literal(BOT),
        "external_id": cast(c.id, Text),
    })  # fmt: skip


def invite_all(connection: Connection, people: int, now: datetime) -> None:
    """As if everybody had been invited to the open wave an hour ago."""
    (wave_id,) = connection.execute(
        select(wave.c.id).where(wave.c.status == WaveStatus.OPEN)
    ).scalars()
    at = literal(now - timedelta(hours=1), UtcTime)
    _fill(connection, invitation, people, {
        "participant_id": participant.c.id,
        "wave_id": literal(wave_id),
        "invited_at": at,
        "told_at": at,
    })  # fmt: skip


def leave_a_past(connection: Connection, people: int, rows: int, now: datetime) -> None:
    """`rows` finished messages in, and as many out, spread over all conversations.

    The texts of the last tenth are still there; those of the others are purged.
    """
    if not rows:
        return
    n = _numbers(rows)
    who = n.join(conversation, conversation.c.id == n.c.n * 7919 % people + 1)
    at = literal(now - timedelta(days=3), UtcTime)
    body = case(
        (n.c.n > rows - rows // 10, literal({"text": "x" * (BODY - len('{"text": ""}'))}, Document))
    )
    _fill(connection, inbox, rows, {
        "channel": literal(CHANNEL),
        "external_id": literal("past-") + cast(n.c.n + 1_000_000_000, Text),
        "conversation_id": conversation.c.id,
        "status": literal(InboxStatus.DONE.value),
        "body": body,
        "received_at": at,
        "done_at": at,
    }, who)  # fmt: skip
    _fill(connection, outbox, rows, {
        "conversation_id": conversation.c.id,
        "channel": literal(CHANNEL),
        "bot": literal(BOT),
        "participant_id": conversation.c.participant_id,
        "kind": literal("item"),
        "priority": literal(0),
        "language": conversation.c.language,
        "body": body,
        "status": literal(DeliveryStatus.SENT.value),
        "created_at": at,
        "send_after": at,
        "external_id": cast(n.c.n, Text),
        "ended_at": at,
    }, who)  # fmt: skip


def _numbers(last: int) -> CTE:
    """1, 2, 3 and so on to `last`."""
    first = select(literal(1, BigInteger).label("n")).cte("numbers", recursive=True)
    return first.union_all(select(first.c.n + 1).where(first.c.n < last))


def _one_of(words: Sequence[str], number: ColumnElement[int]) -> ColumnElement[str]:
    return case(dict(enumerate(words)), value=number % len(words))


def _fill(
    connection: Connection,
    table: Table,
    rows: int,
    values: dict[str, ColumnElement[Any]],
    source: Any = None,
) -> None:
    """Insert what `values` say of each row of `source` into the empty `table`."""
    chosen = select(*values.values())
    if source is not None:
        chosen = chosen.select_from(source)
    for index in table.indexes:
        index.drop(connection)
    connection.execute(insert(table).from_select(list(values), chosen, include_defaults=False))
    for index in table.indexes:
        index.create(connection)
    connection.info.setdefault(FILLED, []).append(table.name)
    made = connection.scalar(select(func.count()).select_from(table))
    if made != rows:
        raise AssertionError(f"{table.name} has {made} rows and not {rows}")
