"""What commands share, and what the short ones do."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.codes import new_code
from bot.packs.load import read_pack
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.deliberations import Loaded, load_pack
from bot.storage.people import bind_bot, make_invitation_codes
from bot.storage.schema import migrate, require_schema

EXAMPLE = Path(__file__).parents[1] / "examples" / "inclusive-ai"

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class DatabaseUnreachable(Exception):
    """The database cannot be reached."""


@contextmanager
def database_errors(settings: Settings) -> Iterator[None]:
    """Say what is wrong with the database in one sentence."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise DatabaseUnreachable(
            f"The database of MINIPUBLIC_DATABASE_URL cannot be used: "
            f"{reason[0] if reason else type(error).__name__}"
        ) from None


async def prepare_example(database: Database) -> Loaded:
    await migrate(database)
    return await load_pack(database, read_pack(EXAMPLE), datetime.now(UTC))


async def invite(
    settings: Settings,
    deliberation: str | None,
    count: int,
    uses: int,
    expires: datetime | None,
    cohort: str | None,
    stratum: str | None,
) -> list[str]:
    database = Database(settings.database_url)
    try:
        with database_errors(settings):
            await require_schema(database)
            codes = [new_code(secrets.randbelow) for _ in range(count)]
            await make_invitation_codes(
                database,
                deliberation,
                codes,
                most_uses=uses,
                expires_at=expires,
                cohort=cohort,
                stratum=stratum,
                now=datetime.now(UTC),
            )
            return codes
    finally:
        await database.close()


async def bind(settings: Settings, bot: str, deliberation: str) -> None:
    database = Database(settings.database_url)
    try:
        with database_errors(settings):
            await require_schema(database)
            await bind_bot(database, "telegram", bot, deliberation)
    finally:
        await database.close()
