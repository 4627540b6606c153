"""The far side of the network, in a process of its own: Telegram, and the citizens behind it.

Reads a line of JSON from its standard input for each play, and writes one with what became of it:

    {"expect": 2}           wait until two webhooks are set
    {"play": {...}}         a `Play`; answered with a `Played`
    {"listen": 10000}       from now on note when messages arrive
    {"arrivals": 10000}     wait for so many; answered with their times in seconds

It is much cheaper than any bot, so that the bot under load has a core to itself: what it takes for
an exchange is measured with every play.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from bench.bot_api import BotApi
from bench.citizens import PATIENCE, Play, Played, Stage
from bench.wire import ServerSide, Webhook

#: Seconds within which a bot has to set its webhook.
START = 60.0


class FarSide:
    """How a benchmark talks to the process."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self.url = url  #: Of the Bot API.

    async def expect(self, webhooks: int = 1) -> None:
        """Wait until so many bots are there."""
        await self._ask({"expect": webhooks})

    async def play(self, play: Play) -> Played:
        return Played(**await self._ask({"play": asdict(play)}))

    async def listen(self) -> None:
        """Note from now on when messages arrive."""
        await self._ask({"listen": True})

    async def arrivals(self, count: int) -> list[float]:
        """Wait until so many have arrived; in seconds, by a clock of its own."""
        times: list[float] = (await self._ask({"arrivals": count}))["times"]
        return times

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        answer = json.loads(await self._process.stdout.readline() or b'{"error": "it ended"}')
        if "error" in answer:
            raise RuntimeError(f"the far side: {answer['error']}")
        return dict(answer)


@asynccontextmanager
async def far_side() -> AsyncIterator[FarSide]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.far_side",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26,
    )  # fmt: skip
    try:
        assert process.stdout
        yield FarSide(process, (await process.stdout.readline()).decode().strip())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


class _Process:
    def __init__(self) -> None:
        self._api = BotApi(self._heard)
        self._stage: Stage | None = None
        self._updates = 0
        self._arrivals: list[float] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: ServerSide(self._api.answer), "127.0.0.1", 0)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        questions = asyncio.StreamReader(limit=2**26)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
        while line := await questions.readline():
            try:
                answer = await self._answer(json.loads(line))
            except Exception as error:
                answer = json.dumps({"error": str(error) or type(error).__name__})
            print(answer, flush=True)

    async def _answer(self, question: dict[str, Any]) -> str:
        if "expect" in question:
            async with asyncio.timeout(START):
                while len(self._webhooks) < question["expect"]:
                    await asyncio.sleep(0.05)
            return "{}"
        if "listen" in question:
            self._arrivals = []
            return "{}"
        if "arrivals" in question:
            return json.dumps({"times": await self._arrived(question["arrivals"])})
        play = Play(**question["play"])
        self._stage = Stage(play, self._webhooks, self._updates)
        try:
            return (await self._stage.run()).as_json()
        finally:
            self._updates = self._stage.updates

    @property
    def _webhooks(self) -> Sequence[Webhook]:
        return [webhook for _, webhook in sorted(self._api.webhooks.items())]

    async def _arrived(self, count: int) -> list[float]:
        assert self._arrivals is not None
        last, waited = -1, 0.0
        while len(self._arrivals) < count:
            waited = waited + 0.05 if last == len(self._arrivals) else 0.0
            if waited > PATIENCE:
                raise TimeoutError(f"{len(self._arrivals)} of {count} messages have arrived")
            last = len(self._arrivals)
            await asyncio.sleep(0.05)
        times, self._arrivals = self._arrivals, None
        return times

    def _heard(self, chat: int, form: bytes) -> None:
        if self._arrivals is not None:
            self._arrivals.append(time.perf_counter())
        if self._stage:
            self._stage.heard(chat, form)


if __name__ == "__main__":
    asyncio.run(_Process().run())
