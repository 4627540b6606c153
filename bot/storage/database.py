"""One database: embedded SQLite, or PostgreSQL for more than one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import CursorResult, Executable, Table, event, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.signals import CHANNEL, Signals

#: How long a writer waits for another process's lock on a SQLite file, in seconds.
BUSY_TIMEOUT = 30

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


def _loads(stored: str | bytes | float) -> Any:
    """SQLite gives a JSON number back as a number."""
    return orjson.loads(stored) if isinstance(stored, str | bytes) else stored


#: For both engines. A connection is not tried before it is used: after a restart of the database
#: one transaction of a process fails, which every caller has to bear anyway.
COMMON: dict[str, Any] = {
    "hide_parameters": True,
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": _loads,
}


class UnsupportedDatabase(ValueError):
    """The database URL must begin with sqlite:/// or postgresql://."""


def database_url(url: str) -> URL:
    """`url` with the driver this project uses. Raises `UnsupportedDatabase`."""
    parsed = make_url(url)
    family = parsed.get_backend_name()
    if family == "postgres":
        family = "postgresql"
    if family not in DRIVERS:
        raise UnsupportedDatabase(f"{parsed.render_as_string()}: {UnsupportedDatabase.__doc__}")
    return parsed.set(drivername=DRIVERS[family])


class Transaction:
    """An open write transaction; what it announces is heard when it commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.topics: set[str] = set()

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return await self.connection.execute(statement, parameters)

    def announce(self, topic: str) -> None:
        """Wake whoever waits for `topic`, in every process, once this is committed."""
        self.topics.add(topic)


class Database:
    """Opens transactions. Every connection has the settings the schema relies on."""

    def __init__(self, url: str) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        self.signals = Signals(None if self.is_sqlite else self.url)
        self._one_writer = asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction that commits at the end of the block, or rolls back if it raises."""
        if self.is_sqlite:
            async with self._one_writer, self._transaction() as transaction:
                yield transaction
        else:
            async with self._transaction() as transaction:
                yield transaction

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async with self.engine.begin() as connection:
            transaction = Transaction(connection)
            yield transaction
            if transaction.topics and not self.is_sqlite:
                await connection.execute(
                    text(
                        "SELECT pg_notify(:channel, topic) FROM unnest(:topics ::text[]) AS topic"
                    ),
                    {"channel": CHANNEL, "topics": sorted(transaction.topics)},
                )
        for topic in transaction.topics:
            self.signals.ring(topic)

    def insert(self, table: Table) -> Any:
        """An INSERT of this database's dialect, which knows `on_conflict_do_nothing`."""
        return sqlite_insert(table) if self.is_sqlite else postgresql_insert(table)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A read-only view; on SQLite it never waits for the writer."""
        async with self.engine.connect() as connection:
            yield await connection.execution_options(minipublic_reading=True)

    async def close(self) -> None:
        await self.signals.close()
        await self.engine.dispose()


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=20, **COMMON)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun by `begin` below
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit survives the loss of power
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_TIMEOUT * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("minipublic_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(url, pool_size=10, max_overflow=10, **COMMON)
