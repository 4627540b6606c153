"""`minipublic broadcast`: write to many, and watch over what is on its way."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.table import Table

from bot.broadcasting import staff
from bot.broadcasting.staff import Resend
from bot.commands import out
from bot.domain.audience import Audience
from bot.domain.broadcast import AT_ONCE, read_start
from bot.domain.states import BroadcastStatus, DeliveryStatus
from bot.export.columns import Column
from bot.export.csv_file import CsvWriter
from bot.export.whole_file import whole_file
from bot.invoking import refusing, settings_of, time_in_words, with_database
from bot.packs.broadcast import read_broadcast
from bot.storage.broadcast_report import LINE, Report, lines
from bot.storage.broadcasts import Draft, all_broadcasts
from bot.storage.database import Database
from bot.storage.library import read_deliberation
from bot.storage.people import deliberation_id
from bot.storage.schema import require_schema

broadcast_app = typer.Typer(help="Write to many: see who would get it, send, watch, pause, cancel.")


class Others(StrEnum):
    """What people get whose language has no text."""

    FALLBACK = "fallback"  #: The text in the deliberation's first language.
    NOTHING = "nothing"


Id = Annotated[str, typer.Argument(help="As `minipublic broadcast list` shows it.")]


@broadcast_app.callback(invoke_without_command=True)
def broadcast(
    context: typer.Context,
    text_file: Annotated[
        Path | None,
        typer.Option(
            help="NAME.LANGUAGE.md; its siblings in other languages are found by themselves.",
            show_default=False,
        ),
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(help="Such as '${country} = \"KE\"'; true(): everybody.", show_default=False),
    ] = None,
    participants: Annotated[
        Path | None,
        typer.Option(
            help="A file of pseudonyms, one a line: only these.",
            show_default=False,
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="When, in UTC, such as '2027-01-31 18:00'; '... local' is each person's clock.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(help="In UTC: whoever has not got it then never does.", show_default=False),
    ] = None,
    others: Annotated[
        Others, typer.Option(help="What people get whose language has no text.")
    ] = Others.FALLBACK,
    at_night: Annotated[bool, typer.Option("--at-night", help="Do not keep quiet hours.")] = False,
    deliberation: Annotated[
        str | None, typer.Option(help="Needed where there are several.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show who would get what.")
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Store it for `broadcast approve`.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Send a message to an audience, which is counted and shown first."""
    if context.invoked_subcommand is not None:
        return
    if text_file is None or not (audience or participants):
        raise typer.BadParameter(
            "--text-file and --audience (or --participants) say what goes to whom; "
            "--audience 'true()' is everybody."
        )
    path, settings = text_file, settings_of()
    start = AT_ONCE if at is None else refusing(lambda: read_start(at))

    async def work(database: Database) -> None:
        await require_schema(database)
        async with database.reading() as connection:
            definition = await read_deliberation(
                connection, await deliberation_id(connection, deliberation)
            )
        files = read_broadcast(path, source=definition.languages[0])
        wanted = Draft(
            texts=files.texts,
            audience=audience or "",
            by_hand=participants.read_text("utf-8").split() if participants else None,
            excludes_others=others is Others.NOTHING,
            start=start,
            at_night=at_night,
            send_before=until.replace(tzinfo=UTC) if until else None,
        )
        now = datetime.now(UTC)
        found = await staff.look(database, definition.code, wanted, now)
        _show(wanted, found)
        if dry_run:
            return
        id_ = await staff.draft(database, definition.code, wanted, files.media, now)
        if draft:
            out.print(f"Stored as draft {id_}: `minipublic broadcast approve {id_}` sends it.")
            return
        if sys.stdin.isatty() and not yes and not typer.confirm(f"Send it to {found.count}?"):
            await staff.cancel(database, id_, now)
            out.print("Nothing is sent.")
            return
        await _approve(database, id_)

    async def _approve(database: Database, id_: str) -> None:
        approved = await staff.approve(database, id_, settings.quiet, datetime.now(UTC))
        _say_approved(id_, approved)

    with_database(work)


@broadcast_app.command(name="list")
def list_broadcasts() -> None:
    """All broadcasts and where they stand."""

    async def work(database: Database) -> None:
        await require_schema(database)
        table = Table(box=None)
        for column in ("broadcast", "deliberation", "status", "starts", "languages", "audience"):
            table.add_column(column, overflow="fold")
        async with database.reading() as connection:
            for row in await all_broadcasts(connection):
                status = f"HELD since {time_in_words(row.held_since)}" if row.held_since else (
                    f"{row.status}: {row.pause_reason}" if row.pause_reason else row.status
                )  # fmt: skip
                table.add_row(
                    row.id, row.deliberation, status,
                    row.local_time or time_in_words(row.starts_at),
                    " ".join(row.texts), _audience(row),
                )  # fmt: skip
        out.print(table)

    with_database(work)


@broadcast_app.command()
def approve(id: Id) -> None:
    """Freeze a draft's audience, and send it when its time has come."""
    settings = settings_of()

    async def work(database: Database) -> None:
        await require_schema(database)
        _say_approved(id, await staff.approve(database, id, settings.quiet, datetime.now(UTC)))

    with_database(work)


@broadcast_app.command()
def start(id: Id) -> None:
    """Send one that was held because its time had long passed."""
    _start(id, "is on its way")


@broadcast_app.command()
def pause(id: Id) -> None:
    """Send no more for now; it takes effect within a second."""
    _act(id, staff.pause, "is paused")


@broadcast_app.command()
def resume(id: Id) -> None:
    """Send on where it was paused."""
    _start(id, "is on its way again")


@broadcast_app.command()
def cancel(id: Id) -> None:
    """Take back, for good, what has not left."""
    _act(id, staff.cancel, "is cancelled")


@broadcast_app.command()
def test(id: Id) -> None:
    """Send it to the organisers' own chats only."""

    async def work(database: Database) -> None:
        await require_schema(database)
        chats = await staff.test_send(database, id, datetime.now(UTC))
        out.print(f"Sent to {chats} organiser(s). `minipublic organiser invite` adds one.")

    with_database(work)


@broadcast_app.command()
def resend(
    id: Id,
    to: Annotated[Resend, typer.Option(help="To whom.")] = Resend.MISSING,
) -> None:
    """Send again to those missing, or to those of whom nobody knows whether they got it."""
    settings = settings_of()

    async def work(database: Database) -> None:
        await require_schema(database)
        queued = await staff.resend(database, id, to, settings.quiet, datetime.now(UTC))
        out.print(f"{id} goes out to {queued} more.")

    with_database(work)


@broadcast_app.command()
def report(
    id: Id,
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, and show it as it changes.")
    ] = False,
    lines_to: Annotated[
        Path | None,
        typer.Option(help="Also write everyone's line to this CSV file.", show_default=False),
    ] = None,
) -> None:
    """What became of it: sent, failed and why, blocked, unknown, rate and time left."""

    async def work(database: Database) -> None:
        await require_schema(database)
        figures = await staff.report(database, id, datetime.now(UTC))
        with Live(_figures(figures), console=out, auto_refresh=False) as live:
            while follow and figures.status in (BroadcastStatus.APPROVED, BroadcastStatus.SENDING):
                await asyncio.sleep(1)
                figures = await staff.report(database, id, datetime.now(UTC))
                live.update(_figures(figures), refresh=True)
        if lines_to:
            await _write_lines(database, id, lines_to)

    with_database(work)


def _start(id_: str, done: str) -> None:
    quiet = settings_of().quiet
    _act(id_, lambda database, id, now: staff.start(database, id, quiet, now), done)


def _act(id_: str, act: Callable[..., Awaitable[Any]], done: str) -> None:
    async def work(database: Database) -> None:
        await require_schema(database)
        await act(database, id_, datetime.now(UTC))
        out.print(f"{id_} {done}.")

    with_database(work)


def _show(wanted: Draft, found: Audience) -> None:
    """The message as written, and who would get it."""
    for language, text in wanted.texts.items():
        out.rule(language, align="left", style="dim")
        if text.media:
            out.print(f"[{text.media}] {text.media_alt}", markup=False)
        out.print(text.text, markup=False)
        if text.link_url:
            out.print(f"[{text.link_label}] {text.link_url}", markup=False)
    out.rule(style="dim")
    out.print(
        f"It goes to {found.count}: {_counted(found.by_language)}; {_counted(found.by_channel)}."
    )
    if found.left_out:
        out.print(f"Left out: {_counted(found.left_out)}.")
    for person in found.sample:
        facts = ", ".join(
            f"{name} {value}" for name, value in sorted(person.facts.items()) if value
        )
        out.print(f"  {person.id}: {facts}", markup=False)


def _audience(row: Any) -> str:
    if row.by_hand is not None:
        return f"{len(row.by_hand)} picked by hand" + (f", {row.audience}" if row.audience else "")
    return row.audience or "everybody"


def _counted(figures: Any) -> str:
    return ", ".join(f"{count} {name}" for name, count in figures.most_common()) or "nobody"


def _say_approved(id_: str, approved: staff.Approved) -> None:
    out.print(
        f"{id_} goes to {approved.recipients}, beginning {time_in_words(approved.starts_at)}. "
        f"`minipublic broadcast report {id_} --follow` shows how far it is."
    )


def _figures(report: Report) -> Table:
    table = Table(box=None, show_header=False)
    state = f"{report.status}: {report.pause_reason}" if report.pause_reason else report.status
    table.add_row(report.id, "held: start or cancel it" if report.held else state)
    for status in DeliveryStatus:
        if report.by_status[status]:
            table.add_row(str(status), str(report.by_status[status]))
        if status is DeliveryStatus.FAILED:
            for reason, count in report.failures.most_common():
                table.add_row("", f"{count} {reason}")
    if report.waiting:
        table.add_row("of the queued, for later", str(report.waiting))
    table.add_row("rate", f"{report.rate:.1f} a second")
    table.add_row("time left", "-" if report.time_left is None else str(report.time_left))
    return table


async def _write_lines(database: Database, id_: str, path: Path) -> None:
    async with whole_file(path) as temporary, database.reading() as connection:
        file = CsvWriter(temporary, [Column(name, name) for name in LINE])
        try:
            async for row in lines(connection, id_):
                file.write([tuple(row)])
        finally:
            file.close()
    out.print(f"Written: {path}", markup=False)
