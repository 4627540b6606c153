"""Telegram in a terminal: a line is said by one person, a bare number presses a button."""

import argparse
import asyncio
import contextlib
import sys
import threading

from tests.cast.telegram_chats import Button, Impossible
from tests.cast.telegram_people import Person
from tests.cast.telegram_server import TelegramServer


def main() -> None:
    """Serves until interrupted, without a person to talk as once the input has ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.cast.telegram_server")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="42:TEST")
    parser.add_argument("--language", default="en", help="of the app of the person who talks")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.token, options.language))


async def _serve(port: int, token: str, language: str) -> None:
    async with TelegramServer([token], port=port) as telegram:
        print(telegram.url, flush=True)
        person = telegram.person(id=1, language_code=language)
        shown: list[Button] = []
        await asyncio.gather(_print_messages(person, shown), _take_lines(person, shown))


async def _print_messages(person: Person, shown: list[Button]) -> None:
    while True:
        message = await person.next_message(timeout=float("inf"))
        print(f"bot{' (edits)' if message.edited else ''}: {message.text}")
        if message.media:
            print(f"  <{message.media.kind} {message.media.name}>")
        shown[:] = [button for row in message.keyboard for button in row] or shown
        if message.keyboard:
            print("\n".join(f"  {number} {b.text}" for number, b in enumerate(shown, 1)))
        sys.stdout.flush()


async def _take_lines(person: Person, shown: list[Button]) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())

    # A thread that an interrupt need not wait for, unlike asyncio's own.
    threading.Thread(target=read, daemon=True).start()
    while True:
        line = await lines.get()
        try:
            if line.isdigit() and 1 <= int(line) <= len(shown):
                button = shown[int(line) - 1]
                await person.presses(button.data or button.text)
            elif line:
                await person.says(line)
        except Impossible as impossible:
            print(impossible, flush=True)
