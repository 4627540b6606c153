"""Serving, in all its forms. Importing this takes as long as most commands do in all."""

import asyncio
import signal
from collections.abc import Collection
from functools import partial

from bot.app import App
from bot.channels.terminal import NAME as TERMINAL
from bot.channels.terminal import Terminal
from bot.commands import DatabaseUnreachable, database_errors, err, out, prepare_example
from bot.delivery.lines import Line
from bot.loop import spare_the_collector
from bot.settings import Role, Settings
from bot.storage.answered import is_answered
from bot.storage.people import deliberation_codes
from bot.storage.schema import SchemaMismatch, migrate, require_schema


async def run(settings: Settings, roles: Collection[Role]) -> None:
    """Serve until SIGTERM or Ctrl-C. A database that cannot be reached is waited for."""
    app = App(settings)
    stop = _stop_on_signals(app)
    spare_the_collector()
    try:
        if not await _wait_for_schema(app, settings, stop):
            return
        await app.run(roles or list(Role))
    finally:
        await app.database.close()


async def _wait_for_schema(app: App, settings: Settings, stop: asyncio.Event) -> bool:
    while not stop.is_set():
        try:
            with database_errors(settings):
                await require_schema(app.database)
            return True
        except DatabaseUnreachable as error:
            err.print(f"{error} Trying again.", style="yellow", markup=False)
            try:
                await asyncio.wait_for(stop.wait(), timeout=5)
            except TimeoutError:
                continue
    return False


async def demo(settings: Settings) -> None:
    """The example deliberation, ready to talk to in a browser."""
    app = App(settings)
    _stop_on_signals(app)
    with database_errors(settings):
        await prepare_example(app.database)
    out.print(f"\nOpen [bold]http://{settings.host}:{settings.port}/[/bold] to join the example.")
    if settings.telegram_tokens:
        out.print("Your Telegram bots answer too.")
    out.print("Ctrl-C stops it; nothing is lost.\n")
    await app.run(list(Role))


async def chat(settings: Settings, sender: str, language: str | None) -> None:
    """Talk in the terminal; on an empty database, to the example."""
    app = App(settings)
    with database_errors(settings):
        try:
            await require_schema(app.database)
        except SchemaMismatch:
            await migrate(app.database)
        if not await deliberation_codes(app.database):
            await prepare_example(app.database)
            out.print("[dim]The database was empty: this is the example deliberation.[/dim]\n")
    terminal = Terminal(app.inbox, app.media, app.documents, out)
    line = (Line(TERMINAL, None, None), terminal)
    serving = asyncio.create_task(
        app.run([Role.CONVERSATION, Role.SCHEDULER, Role.SENDER], lines=[line])
    )
    try:
        await app.planner.run()
        await terminal.say(sender, "/start", language)
        await terminal.hear(sender, language, answered=partial(_is_answered, app, sender))
    finally:
        app.stop()
        await serving


async def _is_answered(app: App, sender: str) -> None:
    """Wait until all that was said is answered, five seconds at most."""
    for _ in range(100):
        async with app.database.reading() as connection:
            if await is_answered(connection, TERMINAL, sender):
                return
        await asyncio.sleep(0.05)


def _stop_on_signals(app: App) -> asyncio.Event:
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        app.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return stopped
