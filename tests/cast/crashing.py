"""Runs the service, and kills it with SIGKILL at the step that CRASH_AT names."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.conversation.dispatcher import Dispatcher
from bot.settings import Role, read_settings
from bot.storage.inbox import StoredInbox
from bot.storage.outbox import StoredOutbox
from bot.storage.turns import StoredBatch
from tests.cast.town import SettableClock

#: Step → the method that it stands before or after, and when it counts.
STEPS: dict[str, tuple[type, str, str]] = {
    "before an update is stored": (StoredInbox, "_write", "before"),
    "after an update is stored": (StoredInbox, "_write", "after"),
    "before a turn is written": (StoredBatch, "write", "before"),
    "before a turn is committed": (StoredBatch, "write", "after"),
    "after a turn is committed": (Dispatcher, "run_batch", "after"),
    "after a message is claimed": (StoredOutbox, "settle_and_claim", "after"),
    "before a message is sent": (TelegramChannel, "send", "before"),
    "after a message is sent": (TelegramChannel, "send", "after"),
    "before a delivery is recorded": (StoredOutbox, "settle_and_claim", "before"),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash_at(step: str) -> None:
    owner, name, when = STEPS[step]
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def crashing(self: Any, *args: Any, **kwargs: Any) -> Any:
        recording = name == "settle_and_claim" and when == "before"
        if when == "before" and (not recording or args[1]):
            die()
        result = await original(self, *args, **kwargs)
        if when == "after" and (result is None or _something_happened(result)):
            die()
        return result

    setattr(owner, name, crashing)


def _something_happened(result: Any) -> bool:
    """Not a look into an empty box: a batch of none, a claim of nothing."""
    return bool(getattr(result, "parcels", result))


async def main() -> None:
    clock = SettableClock()
    clock.ahead = timedelta(seconds=float(os.environ["AHEAD"]))
    app = App(read_settings(), clock)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.stop)
    await app.run(list(Role))


async def until_the_test_is_gone() -> None:
    """Its end closes our standard input, whatever it ended by."""
    asyncio.get_running_loop().add_reader(sys.stdin, os._exit, 1)
    await main()


if __name__ == "__main__":
    if step := os.environ["CRASH_AT"]:
        crash_at(step)
    asyncio.run(until_the_test_is_gone())
