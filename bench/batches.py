"""Durable turns a second of one dispatcher: in batches, against one turn a transaction.

    python -m bench.batches

A turn here is what it is in service: a stored message is claimed, its handler runs, and the answer,
the place and the reply are committed. Nothing is sent: the questions are said to have been.
"""

import asyncio
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.databases import databases
from bench.left import replies_leave
from bot.app import App
from bot.commands import EXAMPLE
from bot.conversation.messages import Incoming, IncomingKind
from bot.packs.load import read_pack
from bot.settings import Settings
from bot.storage.database import database_url
from bot.storage.deliberations import load_pack
from bot.storage.schema import upgrade

CITIZENS = 300

#: What each citizen says, from the first word into the survey.
STORY = (
    *("/start", "1", "1", "Kenya", "1", "1", "1", "1"),  # the last one: that is right
    *("/survey", "3", "7", "5", "9", "2", "10"),
)


async def measure_batches() -> Table:
    table = Table(
        "database", "turns/s, one a transaction", "turns/s, in batches", "ratio",
        title="Durable turns of one process, without a channel",
    )  # fmt: skip
    with databases() as urls:
        for name, url in urls.items():
            upgrade(database_url(url))
            single = await turns_a_second(url, batch=1)
            batched = await turns_a_second(url, batch=300)
            table.add_row(name, f"{single:,.0f}", f"{batched:,.0f}", f"{batched / single:.1f}")
    return table


async def turns_a_second(url: str, batch: int) -> float:
    """Every citizen says each line of the story; the lines are stored first, then timed."""
    app = App(Settings(_env_file=None, database_url=url))
    await load_pack(app.database, read_pack(EXAMPLE), datetime.now(UTC))
    await app.planner.run()
    citizens = CITIZENS if batch > 1 else CITIZENS // 10
    turns, seconds = 0, 0.0
    for number, words in enumerate(STORY):
        await app.inbox.store(
            [
                Incoming("bench", str(batch), f"{batch}-{who}-{number}", str(who),
                         IncomingKind.TEXT, words, "en")
                for who in range(citizens)
            ]
        )  # fmt: skip
        started = time.perf_counter()
        while done := await app.dispatcher.run_batch(batch):
            turns += done
        seconds += time.perf_counter() - started
        await replies_leave(app.database)
    async with app.database.reading() as connection:
        answers = (await connection.execute(text("SELECT count(*) FROM answer"))).scalar_one()
    assert answers >= citizens * 9, "the story was not understood"
    await app.database.close()
    return turns / seconds


if __name__ == "__main__":
    Console().print(asyncio.run(measure_batches()))
