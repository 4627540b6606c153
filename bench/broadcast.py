"""A broadcast to 10,000: how near to the allowed pace, how fast without one, in how much memory.

    python -m bench.broadcast

Unpaced, it is compared with a bare loop of `telegram.Bot` sends: the same library, transport, event
loop and number of sends at once, with the chats in a list and nothing stored.
"""

import asyncio
import os
import sys
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, literal, select
from telegram import Bot

from bench.contenders import Contender, minipublic, process
from bench.databases import count, servers
from bench.far_side import FarSide, far_side
from bench.latency import measure_latency
from bot.broadcasting import staff
from bot.channels.telegram.requests import AiohttpRequest
from bot.delivery.sender import ROOM_FOR_BULK
from bot.domain.broadcast import BroadcastText
from bot.domain.local_time import NO_QUIET
from bot.domain.states import ParticipantStatus
from bot.loop import loop_factory
from bot.storage.broadcasts import Draft
from bot.storage.columns import UtcTime
from bot.storage.database import Database
from bot.storage.tables import address, conversation, deliberation, invitation, participant, wave

PEOPLE = 10_000
PACE = 1_000.0  #: Messages a second, the most that Telegram sells.
USUAL_PACE = 28.0  #: The pace by default.
ROUNDS = 3
FIRST = 7_000_000_000  #: The first chat of the readers; beyond 32 bits, as Telegram's are.
TEXT = "News from **the town hall**: the doors are open, and everybody is welcome."
HTML = TEXT.replace("**", "<b>", 1).replace("**", "</b>", 1)


async def measure_broadcast(people: int = PEOPLE, rounds: int = ROUNDS) -> Table:
    table = Table(
        "database", "what", "messages/s", "of the goal", "most in a second", "memory grows by",
        title=f"A broadcast to {people:,}",
    )  # fmt: skip
    with servers() as both:
        for server in both:
            async with with_readers(server, "paced", people, PACE) as bot:
                runs = [await broadcast(bot, people) for _ in range(rounds)]
                achieved = median(rate(times) for times, _ in runs)
                most = max(most_in_a_second(times) for times, _ in runs)
                grown = runs[-1][1]
                table.add_row(
                    server.name, f"at {PACE:,.0f}/s", f"{achieved:,.0f}",
                    f"{achieved / PACE:.3f} of the pace", f"{most / PACE:.3f}",
                    f"{grown:.1f} MB",
                )  # fmt: skip
            ours, bare = [], []
            async with with_readers(server, "unpaced", people, None) as bot, far_side() as far:
                for _ in range(rounds):
                    times, grown = await broadcast(bot, people)
                    ours.append(rate(times))
                    bare.append(rate(await bare_loop(far, people)))
            table.add_row(
                server.name, "unpaced", f"{median(ours):,.0f}",
                f"{median(ours) / median(bare):.2f} of a bare loop ({median(bare):,.0f}/s)", "",
                f"{grown:.1f} MB",
            )  # fmt: skip
            table.add_section()
    return table


async def measure_latency_at_the_usual_pace() -> Table:
    """Of replies, last while a broadcast runs at the pace by default."""
    return await measure_latency(
        _to_readers, "with a broadcast at 28/s", seconds=20, rate=10, pace=USUAL_PACE
    )


async def measure_latency_at_the_highest_pace() -> Table:
    """Of replies, last while a broadcast runs at the fastest pace that Telegram sells."""
    return await measure_latency(
        _to_readers, "with a broadcast at 1,000/s", seconds=8, rate=40, pace=PACE
    )


async def _to_readers(bot: Contender) -> None:
    assert bot.url
    await enrol(bot.url, PEOPLE)
    await begin(bot.url)
    await asyncio.sleep(3600)  # until it is cancelled: the service sends it


@asynccontextmanager
async def with_readers(
    server: object, name: str, people: int, pace: float | None
) -> AsyncIterator[Contender]:
    async with minipublic(server, name, pace=pace) as bot:  # type: ignore[arg-type]
        assert bot.url
        await enrol(bot.url, people)
        yield bot


async def enrol(url: str, people: int) -> None:
    """So many who joined long ago and take part in nothing but this."""
    database = Database(url)
    now = datetime.now(UTC)
    async with database.writing() as transaction:
        deliberation_id = (await transaction.execute(select(deliberation.c.id))).scalar_one()
        made = await transaction.execute(
            insert(conversation).returning(conversation.c.id),
            [{"language": "en", "places": [], "offered": []} for _ in range(people)],
        )
        numbers = list(made.scalars())
        await transaction.execute(
            insert(address),
            [
                {"conversation_id": id_, "channel": "telegram", "bot": "42",
                 "external_id": str(FIRST + n)}
                for n, id_ in enumerate(numbers)
            ],
        )  # fmt: skip
        await transaction.execute(
            insert(participant),
            [
                {"id": f"reader-{n}", "deliberation_id": deliberation_id, "conversation_id": id_,
                 "status": ParticipantStatus.ENROLLED, "language": "en", "timezone": "UTC",
                 "cohort": "readers", "profile": {}, "created_at": now, "enrolled_at": now}
                for n, id_ in enumerate(numbers)
            ],
        )  # fmt: skip
        await transaction.execute(  # or the planner would invite them to what is open
            insert(invitation).from_select(
                ["participant_id", "wave_id", "invited_at", "told_at", "reminders_sent"],
                select(participant.c.id, wave.c.id, literal(now, UtcTime), literal(now, UtcTime), 0)
                .join(wave, wave.c.deliberation_id == participant.c.deliberation_id)
                .where(participant.c.cohort == "readers"),
            )
        )
    await database.close()


async def begin(url: str) -> str:
    """Approve a broadcast to the readers; the running service sends it."""
    database, now = Database(url), datetime.now(UTC)
    draft = Draft({"en": BroadcastText(TEXT)}, audience='${cohort} = "readers"')
    id_ = await staff.draft(database, None, draft, {}, now)
    await staff.approve(database, id_, NO_QUIET, now)
    await database.close()
    return id_


async def broadcast(bot: Contender, people: int) -> tuple[list[float], float]:
    """When each message arrived, and by how many megabytes the process has grown."""
    assert bot.url
    (pid,) = bot.processes["bot"]
    before = megabytes(pid)
    await bot.far.listen()
    id_ = await begin(bot.url)
    times = await bot.far.arrivals(people)
    grown = megabytes(pid) - before
    sent = f"SELECT count(*) FROM outbox WHERE broadcast_id = '{id_}' AND status = 'sent'"
    for _ in range(100):
        if await count(bot.url, sent) == people:
            return times, grown
        await asyncio.sleep(0.05)
    raise AssertionError("the ledger does not say that all have got it")


async def bare_loop(far: FarSide, people: int) -> list[float]:
    await far.listen()
    variables = {"BARE_URL": far.url, "BARE_PEOPLE": str(people)}
    async with process("bench.broadcast", "bare", variables=variables):
        return await far.arrivals(people)


async def bare(url: str, people: int) -> None:
    request = AiohttpRequest()
    bot = Bot("42:TEST", base_url=f"{url}/bot", request=request, get_updates_request=request)
    chats = iter(range(people))

    async def send() -> None:
        for chat in chats:
            await bot.send_message(FIRST + chat, HTML, parse_mode="HTML")

    await asyncio.gather(*(send() for _ in range(ROOM_FOR_BULK)))
    await request.shutdown()


def rate(times: Sequence[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0])


def most_in_a_second(times: Sequence[float]) -> int:
    """In any window of one second."""
    return max(bisect_left(times, start + 1.0) - number for number, start in enumerate(times))


def megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        if sys.argv[1:] == ["bare"]:
            runner.run(bare(os.environ["BARE_URL"], int(os.environ["BARE_PEOPLE"])))
        else:
            Console().print(runner.run(measure_broadcast()))
