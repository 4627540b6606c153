"""A town in which nothing runs by itself: the planner and the sender take a step when told to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.conversation.ports import Parcel
from bot.delivery.lines import Ended, Line, Room
from bot.domain.delivery import Receipt
from bot.domain.states import ResponseStatus
from bot.scheduling import staff
from bot.scheduling.inviting import Post, Told
from bot.storage.deliberations import load_pack
from bot.storage.tables import outbox, response, wave
from tests.cast.panel import Panel
from tests.cast.town import CATALOGUES, TOKEN, Town

LINE = Line("telegram", TOKEN.partition(":")[0], None)


@dataclass(frozen=True)
class Letter:
    """What left unasked."""

    at: datetime
    to: str
    wave: str
    kind: str


@dataclass
class Mailroom:
    """`town` must have stopped. `looks` is asked of each message as it leaves."""

    town: Town
    letters: list[Letter] = field(default_factory=list)
    looks: Callable[[Any], None] = lambda row: None
    panel: Panel = field(init=False)

    def __post_init__(self) -> None:
        self.panel = Panel(self.town)

    @property
    def now(self) -> datetime:
        return self.town.clock.now()

    async def is_at(self, moment: datetime) -> list[Letter]:
        """The planner and the sender do what is due then. Returns what left."""
        self.town.clock.set(moment)
        await self.plans()
        return await self.sends()

    async def plans(self) -> None:
        await self.town.app.planner.run()

    async def sends(self) -> list[Letter]:
        """Everything that may leave now leaves, and arrives."""
        before = len(self.letters)
        ended: list[Ended] = []
        while True:
            claim = await self.town.app.outbox.settle_and_claim(LINE, ended, Room(160, 128))
            ended = [Ended(parcel, Receipt(str(parcel.id))) for parcel in claim.parcels]
            if not claim.parcels:
                return self.letters[before:]
            await self._note(claim.parcels)

    async def _note(self, parcels: Sequence[Parcel]) -> None:
        rows = await self.town.rows(
            select(outbox, wave.c.code)
            .join(wave, wave.c.id == outbox.c.wave_id)
            .where(outbox.c.id.in_([parcel.id for parcel in parcels]))
            .order_by(outbox.c.id)
        )
        for row in rows:
            self.looks(row)
            self.letters.append(Letter(self.now, row.participant_id, row.code, row.kind))

    async def reloads(self, **waves: Any) -> None:
        """Load the pack with changes of waves by code; None takes one out."""
        kept = [w for w in self.town.pack.waves if waves.get(w.code, {}) is not None]
        changed = tuple(replace(w, **waves.get(w.code, {})) for w in kept)
        pack = replace(self.town.pack, waves=changed)
        if None not in waves.values():
            self.town.pack = pack
        await load_pack(self.town.app.database, pack, self.now, withdraw_open=True)

    async def opens(self, code: str, any_hour: bool = False) -> Told:
        post = Post(CATALOGUES, self.town.settings.quiet, any_hour)
        return await staff.open_wave(self.town.app.database, None, code, self.now, post)

    async def reminds(self, code: str, any_hour: bool = False) -> Told:
        quiet = self.town.settings.quiet
        return await staff.remind_wave(
            self.town.app.database, CATALOGUES, None, code, quiet, self.now, any_hour
        )

    async def responds(self, who: str, code: str, status: ResponseStatus) -> None:
        """Begin, or finish, the answers to a wave that was opened."""
        stands = await self.town.wave(code)
        async with self.town.app.database.writing() as transaction:
            mine = (response.c.participant_id == who) & (response.c.instrument == code)
            changed = await transaction.execute(update(response).where(mine).values(status=status))
            if not changed.rowcount:
                await transaction.execute(
                    insert(response).values(
                        id=f"{who}-{code}",
                        participant_id=who,
                        instrument=code,
                        wave_id=stands.id,
                        questionnaire_id=stands.questionnaire_id,
                        status=status,
                        language="en",
                        channel="telegram",
                        started_at=self.now,
                    )
                )

    async def changes(self, statement: Any) -> None:
        async with self.town.app.database.writing() as transaction:
            await transaction.execute(statement)


def hours(*counts: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=count) for count in counts)
