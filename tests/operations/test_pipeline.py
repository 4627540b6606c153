"""From the inbox to the outbox: a bad turn holds up nobody, and nothing is lost or doubled."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.app import App
from bot.conversation.messages import Incoming, IncomingKind, Outgoing
from bot.conversation.ports import StaleState
from bot.conversation.router import Needs
from bot.conversation.turn import Turn
from bot.settings import Role
from bot.storage import turns
from bot.storage.tables import address, event, inbox, invitation, outbox, wave
from handlers import router
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town

T2_OPENS = datetime(2030, 3, 1, 9, tzinfo=UTC)

Handler = Callable[[Turn], Awaitable[None]]


class Broken(Exception):
    """What a handler with a fault in it raises."""


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Handler], None]:
    """`handle("echo", handler)`: a command more, for as long as the test lasts."""

    def add(command: str, handler: Handler) -> None:
        monkeypatch.setitem(router.commands, command, (handler, Needs.NOTHING))

    return add


def say(turn: Turn, words: str) -> None:
    turn.say(Outgoing(text=words, language=turn.language))


async def echo(turn: Turn) -> None:
    say(turn, f"echo {turn.argument}")


async def break_(turn: Turn) -> None:
    say(turn, "this is never said")
    raise Broken(f"cannot take {turn.heard.text}")


def fail_first(times: int) -> Handler:
    """A handler that raises so often, and then works."""
    left = times

    async def handler(turn: Turn) -> None:
        nonlocal left
        say(turn, f"at last, {turn.argument}")
        if left:
            left -= 1
            raise Broken

    return handler


@asynccontextmanager
async def while_the_bot_is_away(town: Town) -> AsyncIterator[None]:
    """What citizens say in the block waits at Telegram, and comes in one batch."""
    await town.stops()
    yield
    await town.starts()


def batches_of(app: App, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages each batch of `app` has dealt with, empty ones left out."""
    sizes: list[int] = []
    run_batch = app.dispatcher.run_batch

    async def counting(*args: Any) -> int:
        if size := await run_batch(*args):
            sizes.append(size)
        return size

    monkeypatch.setattr(app.dispatcher, "run_batch", counting)
    return sizes


async def failed(town: Town) -> list[tuple[str, int, str]]:
    rows = await town.rows(
        select(inbox.c.status, inbox.c.tries, inbox.c.error).where(inbox.c.error.is_not(None))
    )
    return [tuple(row) for row in rows]


# --- Turns that raise ----------------------------------------------------------------------------


async def test_a_turn_that_raises_holds_up_nobody_in_its_batch(
    town: Town, handle: Callable[[str, Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle("break", break_)
    handle("echo", echo)
    before, unlucky, after = (TelegramCitizen(town) for _ in range(3))
    sizes: list[int] = []
    starts = town.app.__class__.run

    async def counted(app: App, *args: Any, **kwargs: Any) -> None:
        sizes.extend([])
        town_sizes = batches_of(app, monkeypatch)
        try:
            await starts(app, *args, **kwargs)
        finally:
            sizes.extend(town_sizes)

    monkeypatch.setattr(App, "run", counted)
    async with while_the_bot_is_away(town):
        await before.says("/echo one")
        await unlucky.says("/break")
        await after.says("/echo two")
    await before.sees_words("echo one")
    await after.sees_words("echo two")
    assert await town.rows(select(inbox.c.tries).where(inbox.c.status == "pending")) == [(1,)]
    await unlucky.sees("something-went-wrong")
