"""A panel as large as wished, with a past, filled in by a few statements instead of a few years."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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
    text,
)

from bot.app import App
from bot.commands import EXAMPLE
from bot.domain.states import DeliveryStatus, InboxStatus, ParticipantStatus
from bot.packs.load import read_pack
from bot.settings import Settings
from bot.storage.columns import Document, UtcTime
from bot.storage.database import database_url
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

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


class Noon:
    """A clock that stands, so that a run in the night does what a run at day does."""

    def now(self) -> datetime:
        return NOW


def app_at(url: str) -> App:
    return App(Settings(_env_file=None, database_url=url), Noon())


async def make_database(url: str) -> None:
    """The newest schema, and the example's pack."""
    upgrade(database_url(url))
    app = app_at(url)
    await load_pack(app.database, read_pack(EXAMPLE), NOW)
    await app.database.close()


@contextmanager
def filling(url: str) -> Iterator[Connection]:
    """A connection that fills fast: nothing is checked, and a crash would lose all."""
    sqlite = database_url(url).get_backend_name() == "sqlite"
    engine = create_engine(database_url(url).set(drivername="sqlite") if sqlite else url_of(url))
    with engine.connect() as connection:
        for setting in (
            ("PRAGMA journal_mode = DELETE", "PRAGMA synchronous = OFF",
             "PRAGMA foreign_keys = OFF", "PRAGMA cache_size = -1000000")
            if sqlite
            else ("SET session_replication_role = replica", "SET synchronous_commit = off")
        ):  # fmt: skip
            connection.exec_driver_sql(setting)
        yield connection
        connection.commit()
    engine.dispose()


def url_of(url: str) -> Any:
    return database_url(url)


def enrol(connection: Connection, people: int) -> None:
    """Enrol `people`, with a conversation and an address each; the database must have nobody.

    Their external ids are the numbers from 1 to `people`.
    """
    (deliberation_id,) = connection.execute(select(deliberation.c.id)).scalars()
    where = literal(deliberation_id)
    n = _numbers(people)
    at = literal(NOW - timedelta(days=365), UtcTime)
    _fill(connection, conversation, people, {
        "deliberation_id": where,
        "participant_id": literal("p") + cast(
            n.c.n * literal_column("2654435761") % literal_column("4294967296")
            + literal_column("1000000000000000"), Text
        ),
        "language": _one_of(LANGUAGES, n.c.n),
        "places": literal([], Document),
        "offered": literal([], Document),
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
    if connection.scalar(select(func.max(conversation.c.id))) != people:
        raise AssertionError("the database had conversations before")


def invite_all(connection: Connection, people: int) -> None:
    """As if everybody had been invited to the open wave long ago."""
    (wave_id,) = connection.execute(select(wave.c.id).where(wave.c.status == "open")).scalars()
    at = literal(NOW - timedelta(hours=1), UtcTime)
    _fill(connection, invitation, people, {
        "participant_id": participant.c.id,
        "wave_id": literal(wave_id),
        "invited_at": at,
        "told_at": at,
    })  # fmt: skip


def leave_a_past(connection: Connection, people: int, rows: int) -> None:
    """`rows` finished messages in, and as many out, spread over all conversations.

    The texts of the last tenth are still there; those of the others are purged.
    """
    if not rows:
        return
    n = _numbers(rows)
    who = n.join(conversation, conversation.c.id == n.c.n * 7919 % people + 1)
    at = literal(NOW - timedelta(days=3), UtcTime)
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
        "sent_at": at,
    }, who)  # fmt: skip


def settle(url: str) -> None:
    """Leave the files as they are after a quiet while: vacuumed, counted, written to disk."""
    connecting = create_engine(url_of(url), isolation_level="AUTOCOMMIT")
    if connecting.dialect.name == "postgresql":
        with connecting.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
    connecting.dispose()


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
    """Insert what `values` say of each row of `source`; raises unless that makes `rows`."""
    chosen = select(*values.values())
    if source is not None:
        chosen = chosen.select_from(source)
    made = connection.execute(
        insert(table)
        .from_select(list(values), chosen, include_defaults=False)
        .execution_options(preserve_rowcount=True)
    )
    if made.rowcount != rows:
        raise AssertionError(f"{table.name} got {made.rowcount} rows and not {rows}")
