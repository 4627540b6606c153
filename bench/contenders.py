"""The bots that are compared, each a process of its own, with a far side of its own."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.citizens import Play, Played
from bench.databases import Server, count, driver_url
from bench.far_side import FarSide, far_side
from bench.questions import (
    ANSWERING,
    ECHOING,
    JOINING,
    JOINING_THE_TEMPLATE,
    Line,
    write_pack,
)
from bot.app import App
from bot.packs.load import read_pack
from bot.settings import Settings
from bot.storage.database import database_url
from bot.storage.deliberations import load_pack
from bot.storage.schema import upgrade

STOPPING = 15.0  #: Seconds that a process may take to end.


class AnswersLost(Exception):
    """Citizens were thanked for answers that are not in the database."""


class Contender:
    """A bot with its citizens. Every citizen plays once; the next play takes fresh ones."""

    def __init__(
        self,
        name: str,
        far: FarSide,
        pids: Sequence[int],
        joining: Sequence[Line],
        answering: Sequence[Line],
        server: Server | None = None,
        url: str | None = None,
        answers: str | None = None,
    ) -> None:
        """`answers` is the SQL that counts what is stored at `url`."""
        self.name = name
        self.url = url
        self.far = far
        self._joining = joining
        self._answering = answering
        self._answers = answers
        self.processes = {"bot": list(pids)}
        if server and server.pid:
            self.processes["database"] = [server.pid]
        self._next = 5_000_000_000  # beyond 32 bits, as Telegram's are
        self._said = 0
        self._speed = 0.0

    async def answers(self, citizens: int, **how: Any) -> Played:
        """So many join, which is not measured, and answer, which is: `how` as in `Play`.

        Raises `AnswersLost`.
        """
        play = replace(
            await self.join(citizens), lines=self._answering, processes=self.processes, **how
        )
        played = await self.far.play(play)
        await self._check(played)
        return played

    async def join(self, citizens: int) -> Play:
        """So many come as far as the first item, and stay there."""
        play = Play(self._next, citizens, self._joining)
        self._next += citizens
        if citizens and self._joining:
            await self.far.play(play)
        return play

    async def at_its_fastest(self, seconds: float, together: int) -> Played:
        """As much as it can take from so many citizens at once."""
        if not self._speed:
            warm = await self.answers(together, seconds=1.5, together=together)
            self._speed = warm.exchanges / warm.seconds
        lines = 3 * together + 1.3 * self._speed * seconds
        enough = together + round(lines / len(self._answering))
        played = await self.answers(enough, seconds=seconds, together=together)
        self._speed = played.exchanges / played.seconds
        return played

    async def at_a_rate(self, rate: float, seconds: float) -> Played:
        enough = 20 + round(1.5 * rate * seconds / len(self._answering))
        return await self.answers(enough, seconds=seconds, rate=rate)

    async def _check(self, played: Played) -> None:
        self._said += played.said
        if self.url is None or self._answers is None:
            return
        stored = await count(self.url, self._answers)
        if stored != self._said:
            raise AnswersLost(f"{self.name}: {self._said} answers were given, {stored} are stored")


@asynccontextmanager
async def minipublic(
    server: Server,
    name: str,
    processes: int = 1,
    pace: float | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Contender]:
    """So many processes with all roles on one database, each sending `pace` messages a second at
    most."""
    url = server.database(name)
    await _prepare(url)
    async with AsyncExitStack() as stack:
        far = await stack.enter_async_context(far_side())
        pids = []
        for _ in range(processes):
            port = free_port()
            variables = {
                "MINIPUBLIC_DATABASE_URL": url,
                "MINIPUBLIC_TELEGRAM_TOKENS": "42:TEST",
                "MINIPUBLIC_TELEGRAM_API_URL": far.url,
                "MINIPUBLIC_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "MINIPUBLIC_SECRET_KEY": "0123456789abcdef" * 4,
                "MINIPUBLIC_PORT": str(port),
                "MINIPUBLIC_TELEGRAM_CHAT_BURST": "1000",
                "MINIPUBLIC_QUIET_HOURS": "0-0",
                "MINIPUBLIC_LOG_FORMAT": "json",
                "BENCH_PACE": str(pace or 0),
                **environment,
            }
            pids.append(
                await stack.enter_async_context(process("bench.service", variables=variables))
            )
        await far.expect(processes)
        yield Contender(
            "Minipublic", far, pids, JOINING, ANSWERING, server, url,
            "SELECT count(*) FROM answer WHERE replaced_at IS NULL",
        )  # fmt: skip


@asynccontextmanager
async def template(server: Server, name: str) -> AsyncIterator[Contender]:
    url = server.database(name)
    async with far_side() as far:
        variables = {
            "TEMPLATE_DATABASE_URL": driver_url(url),
            "TEMPLATE_API_URL": far.url,
            "TEMPLATE_PORT": str(free_port()),
        }
        async with process("bench.template_bot", "survey", variables=variables) as pid:
            await far.expect()
            yield Contender(
                "template", far, [pid], JOINING_THE_TEMPLATE, ANSWERING, server, url,
                "SELECT count(*) FROM answers",
            )  # fmt: skip


@asynccontextmanager
async def echo() -> AsyncIterator[Contender]:
    async with far_side() as far:
        variables = {"TEMPLATE_API_URL": far.url, "TEMPLATE_PORT": str(free_port())}
        async with process("bench.template_bot", "echo", variables=variables) as pid:
            await far.expect()
            yield Contender("echo", far, [pid], (), ECHOING)


@asynccontextmanager
async def process(module: str, *words: str, variables: dict[str, str]) -> AsyncIterator[int]:
    """`python -m module words`, ended politely; gives its id."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, env={**os.environ, **variables}
    )
    try:
        yield started.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.terminate()
        try:
            await asyncio.wait_for(started.wait(), STOPPING)
        except TimeoutError:
            started.kill()
            await started.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


async def _prepare(url: str) -> None:
    await asyncio.to_thread(upgrade, database_url(url))
    app = App(Settings(_env_file=None, database_url=url))
    with tempfile.TemporaryDirectory() as folder:
        pack = read_pack(write_pack(Path(folder) / "pack"))
    await load_pack(app.database, pack, datetime.now(UTC))
    await app.planner.run()
    await app.database.close()
