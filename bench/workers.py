"""Durable turns a second of one, two and four processes on one PostgreSQL.

    python -m bench.workers

Every process has all roles and a webhook address of its own; a citizen's updates go to one of them,
any of them runs the turn, and any of them sends the reply. The far side and the database need
processors as well: on a small machine the CPU for a turn says more than the speed.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.contenders import minipublic
from bench.databases import servers

PROCESSES = (1, 2, 4)
ROUNDS = 2
SECONDS = 2.5
TOGETHER = 120


async def measure_workers(rounds: int = ROUNDS, seconds: float = SECONDS) -> Table:
    table = Table(
        "processes", "turns/s", "x one process", "ms CPU a turn", "of it database",
        title="Processes on one PostgreSQL", caption=f"{os.cpu_count()} processors",
    )  # fmt: skip
    with servers() as (_, server):
        async with AsyncExitStack() as stack:
            bots = {
                count: await stack.enter_async_context(
                    minipublic(server, f"by{count}", processes=count)
                )
                for count in PROCESSES
            }
            played = {
                (count, number): await bot.at_its_fastest(seconds, TOGETHER)
                for number in range(rounds)
                for count, bot in bots.items()
            }
    speeds = {place: each.exchanges / each.seconds for place, each in played.items()}
    for count in PROCESSES:
        mine = [played[count, number] for number in range(rounds)]
        table.add_row(
            str(count),
            f"{median(speeds[count, number] for number in range(rounds)):,.0f}",
            f"{median(speeds[count, n] / speeds[1, n] for n in range(rounds)):.2f}",
            f"{median(1000 * sum(each.cpu.values()) / each.exchanges for each in mine):.2f}",
            f"{median(1000 * each.cpu['database'] / each.exchanges for each in mine):.2f}",
        )
    return table


if __name__ == "__main__":
    Console().print(asyncio.run(measure_workers()))
