"""`minipublic timezone`: whose clock is not known, and correcting it."""

from typing import Annotated

import typer
from rich.table import Table

from bot.commands import out
from bot.domain.local_time import is_zone
from bot.invoking import with_database
from bot.storage.database import Database
from bot.storage.schema import require_schema
from bot.storage.time_zones import doubtful_zones, set_time_zone

time_zone_app = typer.Typer(no_args_is_help=True, help="By whose clock participants are met.")


@time_zone_app.command(name="list")
def list_time_zones() -> None:
    """Participants who never said their time zone, or whose zone nobody knows."""

    async def work(database: Database) -> None:
        await require_schema(database)
        table = Table(box=None)
        for column in ("participant", "deliberation", "country", "time zone", "why"):
            table.add_column(column)
        async with database.reading() as connection:
            for row in await doubtful_zones(connection):
                why = "the default" if is_zone(row.timezone) else "nobody knows it"
                table.add_row(row.id, row.deliberation, row.country or "-", row.timezone, why)
        out.print(table)

    with_database(work)


@time_zone_app.command(name="set")
def set_one_time_zone(
    participant: Annotated[str, typer.Argument(help="As `timezone list` and exports show it.")],
    zone: Annotated[str, typer.Argument(help="Of the IANA database, such as America/Phoenix.")],
) -> None:
    """Correct the time zone of one participant; what waits for them leaves by the new one."""

    async def work(database: Database) -> None:
        await require_schema(database)
        await set_time_zone(database, participant, zone)
        out.print(f"{participant} is met by the clock of {zone}.", markup=False)

    with_database(work)
