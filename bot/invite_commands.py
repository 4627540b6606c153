"""`minipublic invite`: codes by which citizens join and come back."""

import secrets
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from bot import commands
from bot.commands import out
from bot.domain.codes import new_code
from bot.invoking import run as run_to_end
from bot.invoking import settings_of, time_in_words, with_database
from bot.storage import people
from bot.storage.database import Database
from bot.storage.schema import require_schema

invite_app = typer.Typer(invoke_without_command=True)


@invite_app.callback()
def invite(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many codes.")] = 1,
    uses: Annotated[int, typer.Option(min=1, help="How often each may be used.")] = 1,
    expires: Annotated[
        datetime | None, typer.Option(help="In UTC, such as 2027-01-31.", show_default=False)
    ] = None,
    cohort: Annotated[str | None, typer.Option(show_default=False)] = None,
    stratum: Annotated[str | None, typer.Option(show_default=False)] = None,
    deliberation: Annotated[
        str | None, typer.Option(help="Needed where there are several.", show_default=False)
    ] = None,
) -> None:
    """Make invitation codes and print them, one a line. A citizen joins with /start CODE."""
    if context.invoked_subcommand:
        return
    until = expires.replace(tzinfo=UTC) if expires else None
    settings = settings_of()
    codes = run_to_end(commands.invite(settings, deliberation, count, uses, until, cohort, stratum))
    for code in codes:
        sys.stdout.write(f"{code}\n")


@invite_app.command(name="list")
def list_codes() -> None:
    """All codes, and which of them were used."""

    async def work(database: Database) -> None:
        await require_schema(database)
        table = Table(box=None)
        for column in ("code", "deliberation", "state", "used", "cohort", "stratum", "expires"):
            table.add_column(column, overflow="fold")
        async with database.reading() as connection:
            for row in await people.invitation_codes(connection):
                table.add_row(
                    row.code, row.deliberation, _state(row), f"{row.uses} of {row.most_uses}",
                    row.cohort or "-", row.stratum or "-", time_in_words(row.expires_at),
                )  # fmt: skip
        out.print(table)

    with_database(work)


def _state(row: Any) -> str:
    if row.replaced_at is not None:
        return "replaced"
    return "used" if row.uses >= row.most_uses else "open"


@invite_app.command()
def reissue(
    code: Annotated[str, typer.Argument(help="The one that was lost, or is known to others.")],
    forget_check: Annotated[
        bool,
        typer.Option(
            "--forget-check", help="The person has forgotten what they are asked when back."
        ),
    ] = False,
) -> None:
    """Put a new code in the place of another; it leads back to the same person."""
    new = new_code(secrets.randbelow)

    async def work(database: Database) -> None:
        await require_schema(database)
        await people.reissue_code(database, code, new, datetime.now(UTC), forget_check=forget_check)
        sys.stdout.write(f"{new}\n")

    with_database(work)
