"""`minipublic wave`: see, open, close waves, and remind by hand."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from bot.commands import out
from bot.conversation.catalogue import LOCALES, Catalogues
from bot.invoking import settings_of, time_in_words, with_database
from bot.scheduling import staff
from bot.scheduling.inviting import Post, Told
from bot.storage.database import Database
from bot.storage.schema import require_schema

wave_app = typer.Typer(no_args_is_help=True, help="See, open, close waves, and remind by hand.")

WaveCode = Annotated[str, typer.Argument(help="WAVE, or DELIBERATION/WAVE where several have it.")]
Now = Annotated[
    bool, typer.Option("--now", help="Write to people at night, too: quiet hours do not hold.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

#: So many moments are told one by one.
MOMENTS = 5


@wave_app.command(name="list")
def list_waves() -> None:
    """All waves: their state, their times, and how many were invited and have finished."""

    async def work(database: Database) -> None:
        await require_schema(database)
        rows = await staff.list_waves(database)
        table = Table(box=None)
        for column in ("wave", "status", "opens", "closes", "invited", "complete"):
            table.add_column(column, overflow="fold")
        for row in rows:
            opens = "on enrolment" if row.on_enrolment else time_in_words(row.opens_at)
            status = f"HELD since {time_in_words(row.held_since)}" if row.held_since else row.status
            status += ", withdrawn" if row.withdrawn_at else ""
            table.add_row(
                f"{row.deliberation}/{row.code}", status, opens, time_in_words(row.closes_at),
                str(row.invited), str(row.complete),
            )  # fmt: skip
        out.print(table)

    with_database(work)


@wave_app.command(name="open")
def open_wave(code: WaveCode, at_once: Now = False, yes: Yes = False) -> None:
    """Open a wave now, a held one too, and invite to it. With --now also one that is open: those
    who wait for the morning are invited now."""
    post = Post(Catalogues(LOCALES), settings_of().quiet, at_once)

    async def work(database: Database) -> None:
        await require_schema(database)
        now = datetime.now(UTC)
        if at_once and not yes:
            asleep, _ = await staff.sleepers(database, *_named(code), now, post.quiet)
            _confirm(asleep, "invited")
        told = await staff.open_wave(database, *_named(code), now, post)
        out.print(f"{code} is open.", markup=False)
        _tell(told, "invited")

    with_database(work)


@wave_app.command(name="close")
def close_wave(code: WaveCode) -> None:
    """Close a wave now; what was begun and not finished becomes partial."""

    async def work(database: Database) -> None:
        await require_schema(database)
        await staff.close_wave(database, *_named(code), datetime.now(UTC))

    with_database(work)
    out.print(f"{code} is closed.", markup=False)


@wave_app.command(name="remind")
def remind_wave(code: WaveCode, at_once: Now = False, yes: Yes = False) -> None:
    """Remind, once more than planned, those who have not finished."""
    settings = settings_of()

    async def work(database: Database) -> None:
        await require_schema(database)
        now = datetime.now(UTC)
        if at_once and not yes:
            _, asleep = await staff.sleepers(database, *_named(code), now, settings.quiet)
            _confirm(asleep, "reminded")
        told = await staff.remind_wave(
            database, Catalogues(LOCALES), *_named(code), settings.quiet, now, at_once
        )
        _tell(told, "reminded")

    with_database(work)


def _confirm(asleep: int, done: str) -> None:
    if asleep:
        typer.confirm(
            f"For {asleep} of those to be {done} it is night. Write to them now?", abort=True
        )


def _tell(told: Told, done: str) -> None:
    """How many hear of it now, and how many when it is morning where they are."""
    out.print(f"{told.at_once} are {done} now.")
    for moment, count in list(told.later.items())[:MOMENTS]:
        out.print(f"{count} wait until {time_in_words(moment)}, when it is morning there.")
    if len(told.later) > MOMENTS:
        rest = sum(list(told.later.values())[MOMENTS:])
        out.print(f"{rest} wait longer, the last until {time_in_words(max(told.later))}.")


def _named(code: str) -> tuple[str | None, str]:
    deliberation, _, wave = code.rpartition("/")
    return deliberation or None, wave
