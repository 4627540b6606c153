"""How long a citizen waits for the reply: with little going on, under load, and with a broadcast.

    python -m bench.latency

Counted from the moment at which a citizen speaks until the reply is at the Bot API. Citizens speak
at random moments, so many lines a second on average, however long earlier replies take: a bot that
falls behind cannot hide it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from bench.citizens import Played
from bench.contenders import Contender, minipublic
from bench.databases import Server, servers

IDLE = 40.0  #: Lines a second when little happens.
SECONDS = 6.0  #: Of each measurement.
TOGETHER = 120  #: Citizens who talk at once when the most that the bot can take is found.

#: Something that goes on meanwhile. It is given the contender, whose `url` is that of the database;
#: it is cancelled when the measurement is over, unless it has ended before.
Meanwhile = Callable[[Contender], Awaitable[object]]


@dataclass(frozen=True)
class Latency:
    """Of replies, in milliseconds."""

    rate: float  #: Lines a second.
    p50: float
    p99: float
    replies: int

    @classmethod
    def of(cls, rate: float, played: Played) -> "Latency":
        return cls(
            rate,
            median(played.latencies),
            quantiles(played.latencies, n=100)[98],
            len(played.latencies),
        )


async def measure_latency(
    meanwhile: Meanwhile | None = None,
    name: str = "with a broadcast",
    *,
    seconds: float = SECONDS,
    rate: float = IDLE,
    pace: float | None = None,
    panel: int = 0,
) -> Table:
    """Idle, at half of the maximum, and, with `meanwhile`, at `rate` without and with it.

    pace: messages a second that the bot may send; None: no limit.
    panel: so many have joined before `meanwhile` begins.
    """
    table = Table(
        "database", "load", "lines/s", "p50 ms", "p99 ms", "x p99 without", "replies",
        title="Latency of a reply",
    )  # fmt: skip
    with servers() as both:
        for server in both:
            async with minipublic(server, "minipublic") as bot:
                most = await bot.at_its_fastest(3.0, TOGETHER)
                half = most.exchanges / most.seconds / 2
                _add(table, server, "little", await at(bot, IDLE, seconds))
                _add(table, server, "half of the maximum", await at(bot, half, seconds))
            if meanwhile is not None:
                async with minipublic(server, "meanwhile", pace=pace) as bot:
                    await bot.join(panel)
                    without = await at(bot, rate, seconds)
                    async with going_on(meanwhile(bot)):
                        during = await at(bot, rate, seconds)
                _add(table, server, "the same, without", without)
                _add(table, server, name, during, during.p99 / without.p99)
            table.add_section()
    return table


async def at(bot: Contender, rate: float, seconds: float) -> Latency:
    await bot.at_a_rate(rate, min(seconds, 1.0))  # what it does first is slower
    return Latency.of(rate, await bot.at_a_rate(rate, seconds))


@asynccontextmanager
async def going_on(something: Awaitable[object]) -> AsyncIterator[None]:
    """Beside the block. What it raises is raised; that it is over is not minded."""
    task = asyncio.ensure_future(something)
    try:
        await asyncio.sleep(0.5)
        yield
    finally:
        over = task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    if over:
        Console(stderr=True).print("What was to go on meanwhile was over before the end.")


def _add(
    table: Table, server: Server, load: str, latency: Latency, ratio: float | None = None
) -> None:
    table.add_row(
        server.name, load, f"{latency.rate:,.0f}", f"{latency.p50:,.1f}", f"{latency.p99:,.1f}",
        "" if ratio is None else f"{ratio:.2f}", f"{latency.replies:,}",
    )  # fmt: skip


if __name__ == "__main__":
    Console().print(asyncio.run(measure_latency()))
