"""Durable turns a second, and CPU for each, of one process under as much load as it can take.

    python -m bench.turns

Citizens type their answers to a survey of twelve items; updates come by webhook, replies go out by
HTTP, both on loopback. A turn is one update and one message with the next item, on every side. The
same survey is asked by a bot as popular templates have it, and the same words are said to a bare
echo (bench/template_bot.py). All are up at the same time and play by turns, and what counts is the
median, for the machine is not quiet.
"""

import asyncio
from contextlib import AsyncExitStack
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.citizens import Played
from bench.contenders import echo, minipublic, template
from bench.databases import Server, servers

ROUNDS = 2
SECONDS = 3.0  #: Of each measurement.

#: Citizens who talk at once.
TOGETHER = 120


async def measure_turns(rounds: int = ROUNDS, seconds: float = SECONDS) -> Table:
    table = Table(
        "database", "bot", "turns/s", "x template", "x echo",
        "CPU ms", "of it database", "CPU, template = 1",
        title="Durable turns of one process, webhook to reply", caption="",
    )  # fmt: skip
    far_side: list[float] = []
    with servers() as both:
        for server in both:
            results = await _compare(server, rounds, seconds)
            for name, played in results.items():
                speed, cpu, database = map(median, zip(*map(_figures, played), strict=True))
                far_side += [1000 * each.own_cpu / each.exchanges for each in played]
                table.add_row(
                    server.name, name, f"{speed:,.0f}",
                    *(f"{_ratio(results, name, other):.2f}" for other in ("template", "echo")),
                    f"{cpu:.2f}", f"{database:.2f}" if database else "",
                    f"{cpu / median(_figures(each)[1] for each in results['template']):.2f}",
                    end_section=name == "echo",
                )  # fmt: skip
    table.caption = (
        "CPU is for a turn, with the database's where that is a process of its own. "
        f"The far side's, {median(far_side):.2f} ms, is not in it."
    )
    return table


async def _compare(server: Server, rounds: int, seconds: float) -> dict[str, list[Played]]:
    async with AsyncExitStack() as stack:
        contenders = [
            await stack.enter_async_context(starting)
            for starting in (
                minipublic(server, "minipublic"), template(server, "template"), echo()
            )
        ]  # fmt: skip
        results: dict[str, list[Played]] = {contender.name: [] for contender in contenders}
        for _ in range(rounds):
            for contender in contenders:
                played = await contender.at_its_fastest(seconds, TOGETHER)
                results[contender.name].append(played)
        return results


def _figures(played: Played) -> tuple[float, float, float]:
    """Turns a second, milliseconds of CPU a turn, and those of the database."""
    database = played.cpu.get("database", 0.0)
    cpu = sum(played.cpu.values())
    a_turn = 1000 / played.exchanges
    return played.exchanges / played.seconds, cpu * a_turn, database * a_turn


def _ratio(results: dict[str, list[Played]], name: str, other: str) -> float:
    """Of speeds, round by round: what slows the machine down for a while slows both."""
    return median(
        (one.exchanges / one.seconds) / (two.exchanges / two.seconds)
        for one, two in zip(results[name], results[other], strict=True)
    )


async def measure() -> None:
    Console().print(await measure_turns())


if __name__ == "__main__":
    asyncio.run(measure())
