"""The schema's version: what the database has, what this program needs, and bringing it there."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, Connection

from bot.storage.database import Database

MIGRATIONS = Path(__file__).parents[2] / "migrations"


class SchemaMismatch(Exception):
    """The database has another schema than this program needs."""


def newest_revision() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def require_schema(database: Database) -> None:
    """Raise `SchemaMismatch`, with the command that mends it, unless the schema fits."""
    has, needs = await revision(database), newest_revision()
    if has == needs:
        return
    if has is None:
        raise SchemaMismatch("The database is empty. Run `minipublic migrate` first.")
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if has in known:
        raise SchemaMismatch(
            f"The database has the older schema {has}, this program needs {needs}. "
            "Stop all processes, back the database up, then run `minipublic migrate`."
        )
    raise SchemaMismatch(
        f"The database has the schema {has}, which is newer than this program ({needs}). "
        "Install the version of Minipublic that made it."
    )


async def revision(database: Database) -> str | None:
    """The schema's revision in the database, or None if it has no tables yet."""

    def read(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return MigrationContext.configure(connection).get_current_revision()

    async with database.reading() as connection:
        return await connection.run_sync(read)


async def migrate(database: Database) -> None:
    """Bring the database to the newest schema; a no-op where it has it."""
    await asyncio.to_thread(upgrade, database.url)


def upgrade(url: URL, target: str = "head") -> None:
    """Run the migrations up to `target` over a synchronous connection."""
    if url.get_backend_name() == "sqlite":
        url = url.set(drivername="sqlite")
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, target)
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
