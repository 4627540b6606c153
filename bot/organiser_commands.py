"""`minipublic organiser`: who may broadcast from a chat."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from bot.broadcasting.staff import ACTOR
from bot.commands import out
from bot.invoking import time_in_words, with_database
from bot.storage import organisers
from bot.storage.database import Database
from bot.storage.people import make_invitation_codes
from bot.storage.schema import require_schema

#: How long the link that makes an organiser may be used.
LINK_LASTS = timedelta(days=2)

organiser_app = typer.Typer(
    no_args_is_help=True, help="Who may broadcast from a chat, with /broadcast."
)


@organiser_app.command()
def invite(
    name: Annotated[str, typer.Argument(help="Who gets the link; the event log knows the person"
                                        " by a number.")],
    deliberation: Annotated[
        str | None, typer.Option(help="Needed where there are several.", show_default=False)
    ] = None,
) -> None:  # fmt: skip
    """Make the one-time code that makes somebody an organiser; it lasts two days."""

    async def work(database: Database) -> None:
        await require_schema(database)
        now, code = datetime.now(UTC), f"org-{secrets.token_hex(8)}"
        await make_invitation_codes(
            database, deliberation, [code], most_uses=1, expires_at=now + LINK_LASTS,
            cohort=None, stratum=None, now=now, organiser=name,
        )  # fmt: skip
        out.print(f"{code}\n\nGive it to {name} alone. It is used once, until "
                  f"{time_in_words(now + LINK_LASTS)}:\n"
                  f"  Telegram   https://t.me/<bot>?start={code}\n"
                  f"  any chat   /start {code}", markup=False)  # fmt: skip

    with_database(work)


@organiser_app.command(name="list")
def list_organisers() -> None:
    """Who may broadcast from a chat."""

    async def work(database: Database) -> None:
        await require_schema(database)
        table = Table(box=None)
        for column in ("number", "name", "deliberation", "channel", "since", "revoked"):
            table.add_column(column)
        async with database.reading() as connection:
            for row in await organisers.all_organisers(connection):
                table.add_row(
                    str(row.id), row.name, row.deliberation, row.channel or "-",
                    time_in_words(row.enrolled_at), time_in_words(row.revoked_at),
                )  # fmt: skip
        out.print(table)

    with_database(work)


@organiser_app.command()
def revoke(number: Annotated[int, typer.Argument(help="As `organiser list` shows it.")]) -> None:
    """Take the right to broadcast away."""

    async def work(database: Database) -> None:
        await require_schema(database)
        await organisers.revoke(database, number, ACTOR, datetime.now(UTC))
        out.print(f"Organiser {number} may broadcast no more.")

    with_database(work)
