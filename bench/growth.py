"""A service with a large panel and years of messages behind it, against the same one new.

Turns are those of newcomers, from the first word into the survey, and of as many old participants,
spread over the whole panel. The two take each line one after the other, so that what else the
machine does falls on both, and each ratio is the median of such pairs. A claim of turns is timed
until its rows are in hand, one of deliveries with its commit and with what it settles.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import Table as Relation
from sqlalchemy import func, insert, literal, select

from bench.crowd import (
    BOT,
    CHANNEL,
    enrol,
    filling,
    invite_all,
    leave_a_past,
    make_database,
    write_to_disk,
)
from bench.databases import Server, servers
from bench.left import replies_leave
from bot.app import App
from bot.conversation.messages import Incoming, IncomingKind, MessageKind, Outgoing, Priority
from bot.delivery.lines import Ended, Line, Room
from bot.domain.delivery import Receipt
from bot.domain.states import DeliveryStatus, InboxStatus
from bot.settings import Settings
from bot.storage.columns import Document, UtcTime
from bot.storage.tables import answer, conversation, inbox, outbox
from bot.storage.turns import StoredTurns

#: So many newcomers act, and so many old participants. A new service has these alone.
ACTIVE = 300

JOINING = ("/start", "1", "1", "Kenya", "1", "1", "1", "1")  # the last one: that is right
SURVEY = ("/survey", "3", "7", "5", "9", "2", "10")

#: How many deliveries one claim takes of those that wait: one for each old participant who acts.
ROOM = 10

#: How often a claim of turns is timed.
CLAIMS = 30

LINE = Line(CHANNEL, BOT, None)


class GivenBack(Exception):
    """Undoes a claim."""


class Service:
    """One of the two, with what was measured there."""

    def __init__(self, url: str, people: int) -> None:
        self.app = App(Settings(_env_file=None, database_url=url, quiet_hours="0-0"))
        self.old = [str(1 + number * people // ACTIVE) for number in range(ACTIVE)]
        self.turns = 0
        self.lines: list[float] = []  #: Seconds for all turns of a line; below, for a claim.
        self.turn_claims: list[float] = []
        self.delivery_claims: list[float] = []
        self._messages = 0
        self._ended: list[Ended] = []

    async def store(self, senders: Sequence[str], words: str) -> None:
        incoming = [
            Incoming(
                CHANNEL, BOT, f"new-{number}", sender, IncomingKind.TEXT, words, "en"
            )
            for number, sender in enumerate(senders, self._messages)
        ]  # fmt: skip
        self._messages += len(incoming)
        await self.app.inbox.store(incoming)

    async def answer(self) -> None:
        """Run the turns of all that is stored."""
        started = time.perf_counter()
        while done := await self.app.dispatcher.run_batch():
            self.turns += done
        self.lines.append(time.perf_counter() - started)
        await replies_leave(self.app.database)

    async def claim_turns(self) -> None:
        """Claim all that is pending, and give it back."""
        app = self.app
        turns = StoredTurns(app.database, app.library, app.clock, app.catalogues)
        started = time.perf_counter()
        with suppress(GivenBack):
            async with turns.batch(ACTIVE) as batch:
                self.turn_claims.append(time.perf_counter() - started)
                if len(batch.work) != ACTIVE:
                    raise AssertionError(f"{len(batch.work)} conversations claimed, not {ACTIVE}")
                raise GivenBack

    async def queue_deliveries(self) -> None:
        """One to each old participant who acts."""
        at = literal(datetime.now(UTC) - timedelta(minutes=1), UtcTime)
        message = Outgoing("Hello", "en", kind=MessageKind.INVITATION)
        values = {
            "conversation_id": conversation.c.id,
            "channel": literal(CHANNEL),
            "bot": literal(BOT),
            "participant_id": conversation.c.participant_id,
            "kind": literal(message.kind.value),
            "priority": literal(int(Priority.SCHEDULED)),
            "language": conversation.c.language,
            "body": literal(message.body(), Document),
            "status": literal(DeliveryStatus.QUEUED.value),
            "created_at": at,
            "send_after": at,
        }
        chosen = select(*values.values()).where(
            conversation.c.id.in_([int(each) for each in self.old])
        )
        async with self.app.database.writing() as transaction:
            await transaction.execute(
                insert(outbox).from_select(list(values), chosen, include_defaults=False)
            )

    async def claim_deliveries(self) -> None:
        """Claim some, and say of those claimed before that they were sent."""
        started = time.perf_counter()
        claim = await self.app.outbox.settle_and_claim(LINE, self._ended, Room(ROOM, ROOM))
        self.delivery_claims.append(time.perf_counter() - started)
        if len(claim.parcels) != ROOM:
            raise AssertionError(f"{len(claim.parcels)} deliveries claimed, not {ROOM}")
        self._ended = [Ended(parcel, Receipt(str(parcel.id))) for parcel in claim.parcels]

    async def settle_deliveries(self) -> None:
        await self.app.outbox.settle_and_claim(LINE, self._ended, Room(0, 0))

    async def count(self, table: Relation, status: str | None = None) -> int:
        statement = select(func.count()).select_from(table)
        if status is not None:
            statement = statement.where(table.c.status == status)
        async with self.app.database.reading() as connection:
            return int((await connection.execute(statement)).scalar_one())


async def measure_growth(people: int = 1_000_000, rows: int = 5_000_000) -> Table:
    """With `people` enrolled, and `rows` finished messages each in the inbox and the outbox."""
    table = Table(
        "database", "", "new", "grown", "ratio",
        title=f"{people:,} participants and {2 * rows:,} finished messages",
    )  # fmt: skip
    with servers() as both:
        for server in both:
            new = await a_service(server, "new", ACTIVE, 0)
            grown = await a_service(server, "grown", people, rows)
            await play(new, grown)
            await check(new, 0)
            await check(grown, rows)
            speeds = [f"{each.turns / sum(each.lines):,.0f}" for each in (new, grown)]
            table.add_row(server.name, "turns/s", *speeds, ratio(new.lines, grown.lines))
            for what, before, after in (
                ("claim of turns", new.turn_claims, grown.turn_claims),
                ("claim of deliveries", new.delivery_claims, grown.delivery_claims),
            ):
                times = [f"{1000 * median(each):.1f} ms" for each in (before, after)]
                table.add_row(server.name, what, *times, ratio(before, after))
    return table


def ratio(new: Sequence[float], grown: Sequence[float]) -> str:
    """How fast the grown one is against the new: the median of what was timed side by side."""
    return f"{median(a / b for a, b in zip(new, grown, strict=True)):.2f}"


async def a_service(server: Server, name: str, people: int, rows: int) -> Service:
    """Whose first wave is open, and everybody invited to it."""
    url, now = server.database(name), datetime.now(UTC)
    await make_database(url, now)
    service = Service(url, people)
    await service.app.planner.run()
    await service.app.database.close()
    with filling(url) as connection:
        enrol(connection, people, now)
        invite_all(connection, people, now)
        leave_a_past(connection, people, rows, now)
    write_to_disk(url)
    return service


async def play(new: Service, grown: Service) -> None:
    """Everything that is measured, on one and on the other, now one first and now the other."""
    turn = cycle(((new, grown), (grown, new)))
    newcomers = [f"newcomer-{number}" for number in range(ACTIVE)]
    for service in next(turn):
        await service.queue_deliveries()
    for _ in range(ACTIVE // ROOM):
        for service in next(turn):
            await service.claim_deliveries()
    for service in next(turn):
        await service.settle_deliveries()
        await service.store(service.old, SURVEY[0])
    for _ in range(CLAIMS):
        for service in next(turn):
            await service.claim_turns()
    for number, words in enumerate((*JOINING, *SURVEY)):
        for service in next(turn):
            await service.store(newcomers, words)
            if 0 < number < len(SURVEY):
                await service.store(service.old, SURVEY[number])
            await service.answer()


async def check(service: Service, past: int) -> None:
    """Every line was understood, and none lost."""
    lines = ACTIVE * (len(JOINING) + 2 * len(SURVEY))
    answers = await service.count(answer)
    heard = await service.count(inbox, InboxStatus.DONE) - past
    if service.turns != lines or heard != lines or answers < 2 * ACTIVE * (len(SURVEY) - 1):
        raise AssertionError(
            f"{lines} lines were said: {service.turns} turns run, {heard} done, {answers} answers"
        )
    await service.app.database.close()


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]]
    Console().print(asyncio.run(measure_growth(*sizes)))
