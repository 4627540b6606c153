"""The schema: migrations and tables agree, data survive, and every mismatch names its remedy."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, event, func, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, StatementError

from bot.conversation.catalogue import LOCALES, Catalogues
from bot.delivery.lines import Line, Room
from bot.domain.local_time import QuietHours
from bot.storage import schema
from bot.storage.apologies import Apologies
from bot.storage.database import BUSY_TIMEOUT, Database, database_url
from bot.storage.library import Library
from bot.storage.outbox import StoredOutbox
from bot.storage.rewording import Rewording
from bot.storage.schema import SchemaMismatch, migrate, newest_revision, require_schema, upgrade
from bot.storage.tables import address, conversation, inbox, metadata, outbox
from bot.storage.turns import StoredTurns
from bot.storage.unasked import Guard

NOON = datetime(2030, 1, 15, 12, 0, 0, 250_000, tzinfo=UTC)

#: All revisions, the first one first.
REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()))
]

#: A small deliberation as the first schema held it: something in every table.
SEED: dict[str, list[dict[str, Any]]] = {
    "deliberation": [{"id": 1, "code": "parks", "title": {"en": "Parks"}, "languages": ["en"],
                      "timezone": "UTC", "invited_only": False, "on_erase": "remove",
                      "profile_code": "profile", "created_at": NOON}],
    "consent_text": [{"id": 1, "deliberation_id": 1, "version": 1, "texts": {"en": "Agree?"},
                      "created_at": NOON}],
    "questionnaire": [{"id": 1, "deliberation_id": 1, "code": "opinion", "version": 1,
                       "document": {"code": "opinion", "version": 1, "title": {"en": "Parks"},
                                    "items": [{"code": "why", "type": "text",
                                               "label": {"en": "Why?"}}]},
                       "created_at": NOON}],
    "briefing": [{"id": 1, "deliberation_id": 1, "code": "costs", "position": 0,
                  "release": {"on_enrolment": True, "at": None, "after_wave": None},
                  "titles": {"en": "Costs"},
                  "parts": {"en": [{"text": "Trees.", "media": "ab", "media_alt": ""}]}}],
    "media": [{"digest": "ab", "filename": "tree.png", "content": b"PNG"}],
    "wave": [{"id": 1, "deliberation_id": 1, "code": "t1", "position": 0,
              "questionnaire_code": "opinion", "questionnaire_id": 1, "status": "open",
              "on_enrolment": True, "opened_at": NOON, "reminders": [172800]}],
    "bot_binding": [{"channel": "telegram", "bot": "42", "deliberation_id": 1}],
    "invitation_code": [{"id": 1, "deliberation_id": 1, "code": "abc", "most_uses": 3,
                         "created_at": NOON}],
    "conversation": [{"id": 1, "deliberation_id": 1, "participant_id": "p1", "language": "en",
                      "places": [["survey", {"instrument": "t1"}]], "offered": []}],
    "participant": [{"id": "p1", "deliberation_id": 1, "conversation_id": 1, "status": "enrolled",
                     "language": "en", "timezone": "UTC", "profile": {"country": "ke"},
                     "created_at": NOON, "enrolled_at": NOON}],
    "address": [{"id": 1, "conversation_id": 1, "channel": "telegram", "bot": "42",
                 "external_id": "5000000001"}],
    "identity": [{"participant_id": "p1", "item": "nickname", "value": "Asha",
                  "stored_at": NOON}],
    "consent": [{"id": 1, "participant_id": "p1", "consent_text_id": 1, "language": "en",
                 "channel": "telegram", "given_at": NOON}],
    "invitation": [{"participant_id": "p1", "wave_id": 1, "invited_at": NOON, "told_at": NOON}],
    "response": [{"id": "r1", "participant_id": "p1", "instrument": "t1", "wave_id": 1,
                  "questionnaire_id": 1, "status": "in_progress", "language": "en",
                  "channel": "telegram", "started_at": NOON}],
    "answer": [{"id": 1, "response_id": "r1", "item": "why", "kind": "value", "value": "Shade",
                "language": "en", "channel": "telegram", "answered_at": NOON,
                "replaced_at": NOON},
               {"id": 2, "response_id": "r1", "item": "why", "kind": "refused", "value": None,
                "language": "en", "channel": "telegram", "answered_at": NOON,
                "replaced_at": None}],
    "reading": [{"participant_id": "p1", "briefing_id": 1, "part": 0, "read_at": NOON}],
    "event": [{"id": 1, "at": NOON, "subject": "wave", "subject_id": "t1", "actor": "planner",
               "source": "scheduled", "target": "open"}],
    "inbox": [{"id": 1, "channel": "telegram", "external_id": "42:1", "conversation_id": 1,
               "status": "done", "body": None, "received_at": NOON}],
    "outbox": [{"id": 1, "conversation_id": 1, "channel": "telegram", "bot": "42",
                "participant_id": "p1", "kind": "reply", "priority": 0, "language": "en",
                "body": {"text": "Why?", "language": "en"}, "status": "sent", "created_at": NOON,
                "send_after": NOON}],
    "bucket": [{"channel": "telegram", "bot": "42", "tokens": 1.5, "filled_at": NOON}],
    "webchat_message": [{"id": 1, "conversation_id": 1, "outbox_id": 1, "body": {"html": "Why?"},
                         "created_at": NOON}],
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def an_empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgresql")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty TEMPLATE template0")
    yield server.replace("/postgres?", "/empty?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
async def database(a_database: str) -> AsyncIterator[Database]:
    database = Database(a_database)
    yield database
    await database.close()


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """By the synchronous driver, past all that the program does to its connections."""
    if url.get_backend_name() == "sqlite":
        url = url.set(drivername="sqlite")
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def plant(connection: Connection) -> None:
    """The seed in the tables as they are in this database."""
    tables = MetaData()
    tables.reflect(connection)
    assert SEED.keys() == tables.tables.keys() - {"alembic_version"}
    sqlite = connection.dialect.name == "sqlite"
    for name, rows in SEED.items():
        for row in rows:
            if sqlite:  # which knows no zones
                times = {k: v.replace(tzinfo=None) for k, v in row.items() if v is NOON}
                row = {**row, **times}
            connection.execute(insert(tables.tables[name]).values(row))


def counted(connection: Connection) -> dict[str, int]:
    return {
        name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in SEED
    }


def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    tables = MetaData()
    tables.reflect(connection)
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
        for table in tables.sorted_tables
    }


# --- Migrations ----------------------------------------------------------------------------------


def test_the_migrations_lead_to_the_tables(an_empty_database: str) -> None:
    url = database_url(an_empty_database)
    upgrade(url)
    with connected(url) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def indexes(connection: Connection) -> set[str]:
    """With their conditions, which no comparison of metadata looks at; and what counts up."""
    sqlite = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        "UNION SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
    )
    postgresql = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename <> 'alembic_version' "
        "UNION SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_default LIKE 'nextval%'"
    )
    rows = connection.execute(text(sqlite if connection.dialect.name == "sqlite" else postgresql))
    return set(rows.scalars())


def test_the_migrations_make_the_same_indexes_and_counters(an_empty_database: str) -> None:
    url = database_url(an_empty_database)
    with connected(url) as connection:
        metadata.create_all(connection)
        wanted = indexes(connection)
        metadata.drop_all(connection)
    upgrade(url)
    with connected(url) as connection:
        assert indexes(connection) == wanted


async def test_a_deliberation_is_carried_through_every_migration(an_empty_database: str) -> None:
    url = database_url(an_empty_database)
    upgrade(url, REVISIONS[0])
    with connected(url) as connection:
        plant(connection)
        planted = counted(connection)
    assert min(planted.values()) > 0
    for revision in REVISIONS[1:]:
        upgrade(url, revision)
        with connected(url) as connection:
            assert counted(connection) == planted, revision
    database = Database(an_empty_database)
    try:
        await require_schema(database)
        async with database.reading() as connection:
            (deliberation,) = (await Library().current(connection)).values()
    finally:
        await database.close()
    assert deliberation.code == "parks" and deliberation.waves[0].code == "t1"
    assert deliberation.questionnaires[1].by_code["why"].label == {"en": "Why?"}


def test_files_of_old_messages_keep_their_names_alone(an_empty_database: str) -> None:
    url = database_url(an_empty_database)
    upgrade(url, REVISIONS[0])
    file = {"filename": "my-data.json", "text": "x" * 100_000}
    bodies = {"outbox": {"text": "", "document": file}, "webchat_message": {"document": file}}
    with connected(url) as connection:
        plant(connection)
        tables = MetaData()
        tables.reflect(connection)
        for name, body in bodies.items():
            connection.execute(tables.tables[name].update().values(body=body))
    upgrade(url)
    with connected(url) as connection:
        for name, body in bodies.items():
            (kept,) = connection.execute(select(metadata.tables[name].c.body)).scalars()
            assert kept == {**body, "document": {"filename": "my-data.json", "of": "p1"}}


def test_old_messages_are_of_who_alone_was_spoken_to(an_empty_database: str) -> None:
    url = database_url(an_empty_database)
    upgrade(url, REVISIONS[0])
    with connected(url) as connection:
        plant(connection)
    upgrade(url)
    with connected(url) as connection:
        assert connection.execute(select(inbox.c.participant_id)).scalar_one() == "p1"


def test_what_waited_before_knows_its_wave_afterwards(an_empty_database: str) -> None:
    """An invitation that was queued by a version which froze the closing time in it."""
    url = database_url(an_empty_database)
    upgrade(url, REVISIONS[0])
    with connected(url) as connection:
        plant(connection)
        connection.execute(
            text(
                "UPDATE outbox SET kind = 'invitation', status = 'queued', "
                "once = 'invitation:1:p1', send_before = send_after"
            )
        )
    upgrade(url, "0004")
    with connected(url) as connection:
        row = connection.execute(text("SELECT wave_id, send_before, any_hour FROM outbox")).one()
    assert row.wave_id == 1 and row.send_before is None and not row.any_hour


async def test_migrating_again_changes_nothing(an_empty_database: str) -> None:
    database = Database(an_empty_database)
    upgrade(database.url, REVISIONS[0])
    with connected(database.url) as connection:
        plant(connection)
    await migrate(database)
    with connected(database.url) as connection:
        before = everything(connection)
    await migrate(database)
    with connected(database.url) as connection:
        assert everything(connection) == before
    await require_schema(database)
    await database.close()


# --- Refusals ------------------------------------------------------------------------------------


async def stamped(database: Database, revision: str) -> None:
    async with database.writing() as transaction:
        await transaction.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )


async def test_an_empty_database_is_refused_with_the_command_that_fills_it(
    an_empty_database: str,
) -> None:
    database = Database(an_empty_database)
    with pytest.raises(SchemaMismatch, match=r"empty.*`minipublic migrate`"):
        await require_schema(database)
    await database.close()


async def test_only_the_newest_schema_is_accepted(database: Database) -> None:
    assert newest_revision() == REVISIONS[-1]
    for revision in REVISIONS:
        await stamped(database, revision)
        if revision == REVISIONS[-1]:
            await require_schema(database)
        else:
            with pytest.raises(SchemaMismatch, match=r"older.*`minipublic migrate`"):
                await require_schema(database)


async def test_an_older_schema_is_refused_with_the_command_that_mends_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an update of the program that brings one migration more."""
    monkeypatch.setattr(schema, "newest_revision", lambda: "the-next")
    with pytest.raises(SchemaMismatch) as refused:
        await require_schema(database)
    words = str(refused.value)
    assert f"older schema {REVISIONS[-1]}" in words and "needs the-next" in words
    assert words.index("back the database up") < words.index("`minipublic migrate`")


async def test_a_newer_schema_is_refused_with_advice(database: Database) -> None:
    await stamped(database, "9999")
    with pytest.raises(SchemaMismatch, match=r"9999.*newer.*Install the version"):
        await require_schema(database)


# --- Connections ---------------------------------------------------------------------------------


async def test_every_connection_to_sqlite_is_set_up(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    wanted = {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "busy_timeout": BUSY_TIMEOUT * 1000,
        "synchronous": 2,  # FULL
    }
    async with database.reading() as first, database.reading() as second:
        for connection in (first, second):
            for name, value in wanted.items():
                found = await connection.execute(text(f"PRAGMA {name}"))
                assert found.scalar_one() == value, name
    await database.close()


async def test_nothing_refers_to_what_is_not_there(database: Database) -> None:
    row = {"conversation_id": 4711, "channel": "telegram", "bot": "42", "external_id": "1"}
    with pytest.raises(IntegrityError):
        async with database.writing() as transaction:
            await transaction.execute(insert(address).values(row))


async def begin_conversation(database: Database) -> int:
    async with database.writing() as transaction:
        made = await transaction.execute(
            insert(conversation).values(places=[], offered=[]).returning(conversation.c.id)
        )
        return int(made.scalar_one())


async def test_a_second_process_waits_for_the_first_and_readers_wait_for_nobody(
    a_database: str,
) -> None:
    first, second = Database(a_database), Database(a_database)
    how_many = select(func.count()).select_from(conversation)
    async with first.writing() as transaction:
        await transaction.execute(insert(conversation).values(places=[], offered=[]))
        started = time.monotonic()
        async with second.reading() as connection:
            assert (await connection.execute(how_many)).scalar_one() == 0
        assert time.monotonic() - started < 2
        # On PostgreSQL it need not wait, and may be done before the first.
        waiting = asyncio.create_task(begin_conversation(second))
        await asyncio.sleep(0.3)
    await waiting
    async with first.reading() as connection:
        assert (await connection.execute(how_many)).scalar_one() == 2
    await first.close()
    await second.close()


async def test_what_raises_inside_a_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as transaction:
            await transaction.execute(insert(conversation).values(places=[], offered=[]))
            raise RuntimeError
    async with database.reading() as connection:
        assert (await connection.execute(select(conversation))).all() == []


# --- Times ---------------------------------------------------------------------------------------


async def test_a_time_comes_back_aware_and_in_utc(database: Database) -> None:
    id_ = await begin_conversation(database)
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with database.writing() as transaction:
        await transaction.execute(conversation.update().values(asked_at=local, retry_at=None))
    async with database.reading() as connection:
        found = await connection.execute(
            select(conversation).where(
                conversation.c.id == id_,
                conversation.c.asked_at == NOON,
                conversation.c.asked_at < NOON + timedelta(microseconds=1),
            )
        )
        row = found.one()
    assert row.asked_at == NOON and row.asked_at.utcoffset() == timedelta()
    assert row.retry_at is None


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="without a zone"):
        async with database.writing() as transaction:
            await transaction.execute(conversation.update().values(asked_at=naive))
    with pytest.raises(StatementError, match="without a zone"):
        async with database.reading() as connection:
            await connection.execute(
                select(conversation.c.id).where(conversation.c.asked_at < naive)
            )


# --- Claims --------------------------------------------------------------------------------------


class StoppedClock:
    def now(self) -> datetime:
        return NOON


@pytest.fixture
async def a_long_history(database: Database) -> Database:
    """Thousands of finished messages, a few that wait, and the planner knows it."""
    ids = [await begin_conversation(database) for _ in range(8)]
    letters = [
        {"channel": "telegram", "external_id": f"42:{n}", "conversation_id": ids[n % 8],
         "status": "pending" if n >= 4000 else "done", "received_at": NOON,
         "body": {"kind": "text", "text": "/help", "pressed_message": None, "press": None}}
        for n in range(4004)
    ]  # fmt: skip
    messages = [
        {"conversation_id": ids[n % 8], "channel": "telegram", "bot": "42", "kind": "reply",
         "priority": 0, "language": "en", "body": {"text": "Hello", "language": "en"},
         "status": "queued" if n >= 4000 else "sent", "created_at": NOON, "send_after": NOON}
        for n in range(4004)
    ]  # fmt: skip
    async with database.writing() as transaction:
        for id_ in ids:
            await transaction.execute(
                insert(address).values(
                    conversation_id=id_, channel="telegram", bot="42", external_id=str(id_)
                )
            )
        await transaction.connection.execute(insert(inbox), letters)
        await transaction.connection.execute(insert(outbox), messages)
        await transaction.execute(text("ANALYZE"))
    return database


Statement = tuple[str, Any]  #: With its parameters.


@contextmanager
def noted(database: Database, *words: str) -> Iterator[list[Statement]]:
    """All statements with these words that run inside the block."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if all(word in statement for word in words):
            statements.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def plan_of(database: Database, statement: Statement) -> str:
    """How the database would run it; on PostgreSQL without knowing the parameters, which is how it
    plans what it has prepared."""
    words, parameters = statement
    if database.is_sqlite:
        with connected(database.url) as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", parameters).all()
    else:
        numbers = count(1)
        words = re.sub(r"%\(\w+\)s", lambda _: f"${next(numbers)}", words)
        url = database.url.set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            rows = connection.execute(f"EXPLAIN (GENERIC_PLAN) {words}".encode()).fetchall()
    return "\n".join(str(row[-1]) for row in rows)


async def test_claiming_turns_reads_only_what_is_pending(a_long_history: Database) -> None:
    turns = StoredTurns(a_long_history, Library(), StoppedClock(), Catalogues(LOCALES))
    with noted(a_long_history, "FROM conversation", "JOIN inbox") as claims:
        async with turns.batch(100) as batch:
            assert sum(len(work.heard) for work in batch.work) == 4
    (claim,) = claims
    assert "ix_inbox_queue" in plan_of(a_long_history, claim)


async def test_claiming_deliveries_reads_only_what_is_due(a_long_history: Database) -> None:
    catalogues = Catalogues(LOCALES)
    guard = Guard(Rewording(Library(), catalogues), QuietHours())
    sender = StoredOutbox(a_long_history, StoppedClock(), guard, Apologies(catalogues))
    with noted(a_long_history, "FROM outbox", "JOIN address") as claims:
        claimed = await sender.settle_and_claim(Line("telegram", "42", 1000), [], Room(64, 64))
    assert len(claimed.parcels) == 4
    (claim,) = claims
    assert "ix_outbox_due" in plan_of(a_long_history, claim)
