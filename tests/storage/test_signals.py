"""Bells: what one process announces wakes another, and a lost signal is made good."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import structlog

from bot.storage.database import Database

#: Long enough for a signal that is on its way, in seconds.
SOON = 10


@pytest.fixture
async def here(postgresql_url: str) -> AsyncIterator[Database]:
    database = Database(postgresql_url)
    yield database
    await database.close()


@pytest.fixture
async def elsewhere(postgresql_url: str) -> AsyncIterator[Database]:
    """The same database as another process has it."""
    database = Database(postgresql_url)
    yield database
    await database.close()


async def announce(database: Database, *topics: str) -> None:
    async with database.writing() as transaction:
        for topic in topics:
            transaction.announce(topic)


async def test_a_bell_rings_in_another_process(here: Database, elsewhere: Database) -> None:
    with here.signals.bell("inbox") as inbox, here.signals.bell("outbox") as outbox:
        assert await inbox.wait(SOON)  # now it listens, and what it missed is looked for
        assert await outbox.wait(SOON)
        await announce(elsewhere, "inbox")
        assert await inbox.wait(SOON)
        assert not await outbox.wait(0.2)
        await announce(elsewhere, "planner", "outbox")
        assert await outbox.wait(SOON)
        assert not await inbox.wait(0.2)


async def test_everybody_who_waits_hears_the_bell(here: Database, elsewhere: Database) -> None:
    with here.signals.bell("outbox") as one, here.signals.bell("outbox") as other:
        assert await one.wait(SOON) and await other.wait(SOON)
        await announce(elsewhere, "outbox")
        assert await one.wait(SOON) and await other.wait(SOON)


async def test_a_ring_while_nobody_waits_is_kept_once(a_database: str) -> None:
    database = Database(a_database)
    with database.signals.bell("inbox") as bell:
        if not database.is_sqlite:
            assert await bell.wait(SOON)
        await announce(database, "inbox")
        await announce(database, "inbox")
        await asyncio.sleep(0.2)
        assert await bell.wait(0)
        assert not await bell.wait(0.1)
    await database.close()


async def test_what_is_rolled_back_rings_nobody(a_database: str) -> None:
    database, other = Database(a_database), Database(a_database)
    with database.signals.bell("inbox") as bell:
        if not database.is_sqlite:
            assert await bell.wait(SOON)
        for broken in (database, other):
            with pytest.raises(RuntimeError):
                async with broken.writing() as transaction:
                    transaction.announce("inbox")
                    raise RuntimeError
        assert not await bell.wait(0.3)
    await database.close()
    await other.close()


async def test_the_bell_rings_after_the_commit_and_not_before(
    here: Database, elsewhere: Database
) -> None:
    with here.signals.bell("inbox") as bell:
        assert await bell.wait(SOON)
        async with elsewhere.writing() as transaction:
            transaction.announce("inbox")
            assert not await bell.wait(0.2)
        assert await bell.wait(SOON)


def cut_the_listeners(url: str) -> int:
    """As a restart of PostgreSQL, or of what stands between, would."""
    with psycopg.connect(url, autocommit=True) as connection:
        cut = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        return len(cut.fetchall())


async def test_a_lost_listener_comes_back_and_rings_for_what_it_may_have_missed(
    here: Database, elsewhere: Database, postgresql_url: str
) -> None:
    with here.signals.bell("inbox") as bell:
        assert await bell.wait(SOON)
        with structlog.testing.capture_logs() as logs:
            assert await asyncio.to_thread(cut_the_listeners, postgresql_url) == 1
            await announce(elsewhere, "inbox")  # nobody listens
            assert await bell.wait(SOON)
        assert [log["log_level"] for log in logs] == ["warning"]
        await announce(elsewhere, "inbox")
        assert await bell.wait(SOON)


async def test_a_database_that_is_away_at_first_is_listened_to_later(
    here: Database, elsewhere: Database, postgresql_url: str, postgresql: str
) -> None:
    name = here.url.database
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        with structlog.testing.capture_logs() as logs, here.signals.bell("inbox") as bell:
            assert not await bell.wait(0.5)
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
            assert await bell.wait(SOON)
            await announce(elsewhere, "inbox")
            assert await bell.wait(SOON)
    assert {log["log_level"] for log in logs} == {"warning"}


async def test_nobody_listens_once_the_database_is_closed(
    here: Database, postgresql_url: str
) -> None:
    with here.signals.bell("inbox") as bell:
        assert await bell.wait(SOON)
    await here.close()
    assert await asyncio.to_thread(cut_the_listeners, postgresql_url) == 0
