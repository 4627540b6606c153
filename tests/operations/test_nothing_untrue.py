"""Whatever changes between queueing and sending: nothing that is untrue when it is sent is sent."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.conversation.messages import MessageKind
from bot.domain.broadcast import BadBroadcast, BroadcastText
from bot.domain.local_time import zone_called
from bot.domain.states import ForbiddenTransition, ParticipantStatus, ResponseStatus
from bot.domain.unasked import IN_PEACE
from bot.scheduling import staff
from bot.storage.deliberations import load_pack
from bot.storage.tables import address, inbox, outbox, participant, response, wave
from tests.cast.panel import Panel
from tests.cast.telegram_failures import SENDS
from tests.cast.telegram_requests import Request
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import CATALOGUES, Town, plain

STEPS, PEOPLE = 16, 12
LANGUAGES = ["en", "es", "ar"]
ZONES = ["UTC", "Africa/Nairobi", "America/Lima", "Asia/Kathmandu", "Pacific/Auckland", "Mars/Base"]
NEWS = {"en": BroadcastText("News."), "es": BroadcastText("Noticias.")}


@contextmanager
def replayable() -> Iterator[random.Random]:
    """A random generator; any failure tells how to get the same one."""
    seed = os.environ.get("MINIPUBLIC_PLAY_SEED") or str(random.randrange(10**6))
    try:
        yield random.Random(int(seed))
    except BaseException as failure:
        failure.add_note(f"To replay: MINIPUBLIC_PLAY_SEED={seed}")
        raise


class Witness:
    """Stands where Telegram is, and compares what arrives with what is so at that moment."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town = town
        self.untrue: list[str] = []
        self.seen: Counter[str] = Counter()
        disturb = town.telegram.disturb

        async def watched(request: Request) -> bool:
            if request.method in SENDS:
                await self._look(request)
            return await disturb(request)

        monkeypatch.setattr(town.telegram, "disturb", watched)

    async def _look(self, request: Request) -> None:
        rows = await self.town.rows(
            select(
                outbox.c.kind, outbox.c.conversation_id, participant.c.status,
                participant.c.language, participant.c.timezone, participant.c.id,
                wave.c.code, wave.c.status.label("wave"), wave.c.closes_at,
            )
            .join(address, address.c.conversation_id == outbox.c.conversation_id)
            .join(participant, participant.c.id == outbox.c.participant_id)
            .outerjoin(wave, wave.c.id == outbox.c.wave_id)
            .where(address.c.external_id == str(request.chat_id), outbox.c.status == "sending")
        )  # fmt: skip
        (row,) = rows
        self.seen[row.kind] += 1
        for what, holds in (await self._claims(row, request)).items():
            if not holds:
                self.untrue.append(f"{row.kind} to {row.id}, {self.town.clock.now()}: not {what}")

    async def _claims(self, row: Any, request: Request) -> dict[str, bool]:
        now = self.town.clock.now()
        hour = now.astimezone(zone_called(row.timezone)).hour
        claims = {"in the panel": row.status == ParticipantStatus.ENROLLED, "day": 8 <= hour < 21}
        text = plain(request.params["text"])
        if row.kind == MessageKind.BROADCAST:
            own = NEWS.get(row.language)
            texts = [own] if own else list(NEWS.values())
            return claims | {"its text": text in [each.text for each in texts]}
        found = await self.town.rows(
            select(response.c.status).where(
                response.c.participant_id == row.id, response.c.instrument == row.code
            )
        )
        progress = found[0][0] if found else None
        begun = progress == ResponseStatus.IN_PROGRESS
        key = "survey-reminder-begun" if begun else "survey-reminder"
        key = "survey-invitation" if row.kind == MessageKind.INVITATION else key
        start = plain(CATALOGUES.text(row.language, key)).partition("{")[0]
        words = await self.town.rows(
            select(inbox.c.received_at).where(inbox.c.conversation_id == row.conversation_id)
        )
        reminds = row.kind == MessageKind.REMINDER
        return claims | {
            "open": row.wave == "open" and (row.closes_at is None or row.closes_at > now),
            "unfinished": progress not in (ResponseStatus.COMPLETE, ResponseStatus.REFUSED),
            "unbegun": reminds or not begun,
            "these words": text.startswith(start),
            "left in peace": not reminds or not any(now - IN_PEACE < at <= now for (at,) in words),
        }


class Fate:
    """What may happen while nobody sends."""

    def __init__(self, town: Town, people: list[str], rng: random.Random) -> None:
        self.town, self.people, self.rng = town, people, rng
        self._numbers = count()

    async def strikes(self) -> None:
        act = self.rng.choice(
            [self.answers, self.answers, self.changes, self.changes, self.changes, self.speaks,
             self.opens_or_closes, self.reloads, self.reminds, self.broadcasts, self.halts]
        )  # fmt: skip
        await act()

    async def writes(self, statement: Any) -> None:
        async with self.town.app.database.writing() as transaction:
            await transaction.execute(statement)

    async def answers(self) -> None:
        who, code = self.rng.choice(self.people), self.rng.choice(["t1", "t2"])
        status = self.rng.choice(["in_progress", "complete", "refused"])
        mine = (response.c.participant_id == who, response.c.instrument == code)
        if await self.town.rows(select(response.c.id).where(*mine)):
            await self.writes(update(response).where(*mine).values(status=status))
            return
        row = await self.town.wave(code)
        if row.questionnaire_id is not None:
            await self.writes(
                insert(response).values(
                    id=f"r{next(self._numbers)}", participant_id=who, instrument=code,
                    wave_id=row.id, questionnaire_id=row.questionnaire_id, status=status,
                    language="en", channel="telegram", started_at=self.town.clock.now(),
                )
            )  # fmt: skip

    async def changes(self) -> None:
        value = self.rng.choice(
            [{"language": self.rng.choice(LANGUAGES)}, {"timezone": self.rng.choice(ZONES)},
             {"status": self.rng.choice(["enrolled", "enrolled", "paused", "withdrawn"])}]
        )  # fmt: skip
        who = participant.c.id == self.rng.choice(self.people)
        await self.writes(update(participant).where(who).values(**value))

    async def speaks(self) -> None:
        who = participant.c.id == self.rng.choice(self.people)
        ((chat,),) = await self.town.rows(select(participant.c.conversation_id).where(who))
        await self.writes(
            insert(inbox).values(
                channel="telegram", external_id=f"play:{next(self._numbers)}", conversation_id=chat,
                status="done", body={"kind": "text", "text": "hm"},
                received_at=self.town.clock.now(),
            )
        )  # fmt: skip

    async def opens_or_closes(self) -> None:
        code = self.rng.choice(["t1", "t2", "t2"])
        with suppress(ForbiddenTransition):
            if (await self.town.wave(code)).status == "open" and self.rng.random() < 0.6:
                await self.town.closes(code)
            else:
                await self.town.opens(code)

    async def reloads(self) -> None:
        """With another closing time for t2, or none."""
        closes = self.town.clock.now().replace(microsecond=0) + timedelta(
            hours=self.rng.randint(1, 60)
        )
        new = self.rng.choice([None, closes])
        pack = self.town.pack
        waves = tuple(replace(w, closes=new) if w.code == "t2" else w for w in pack.waves)
        self.town.pack = replace(pack, waves=waves)
        await load_pack(self.town.app.database, self.town.pack, self.town.clock.now())

    async def reminds(self) -> None:
        town = self.town
        with suppress(ForbiddenTransition):
            await staff.remind_wave(
                town.app.database, CATALOGUES, None, self.rng.choice(["t1", "t2"]),
                town.settings.quiet, town.clock.now(),
            )  # fmt: skip

    async def broadcasts(self) -> None:
        with suppress(BadBroadcast):
            await self.town.broadcasts(NEWS)

    async def halts(self) -> None:
        self.town.telegram.throttles(for_seconds=1)


@pytest.mark.timeout(180)
async def test_nothing_that_is_untrue_when_it_is_sent_is_sent(
    a_database: str, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replayable() as rng:
        async with Town(a_database, telegram) as town:
            panel, people = Panel(town), []
            for language in LANGUAGES:
                for zone in rng.sample(ZONES, PEOPLE // len(LANGUAGES)):
                    people += await panel.joins(1, language=language, zone=zone)
            witness, fate = Witness(town, monkeypatch), Fate(town, people, rng)
            for _ in range(STEPS):
                await town.stops()
                step = timedelta(hours=rng.choice([0.2, 1, 6, 11, 26, -1, -3]))
                await town.is_at(town.clock.now() + step)
                for _ in range(rng.randint(1, 5)):
                    await fate.strikes()
                town.clock.ahead += timedelta(hours=rng.choice([0, 0, 0.6, 4, 9, -2]))
                await town.starts()
                await town.app.desk.run()
                await asyncio.sleep(0.5)
            await town.stops()
            assert witness.untrue == []
            put_aside = await town.rows(
                select(outbox.c.reason).where(outbox.c.status == "cancelled")
            )
            print(f"Seen: {witness.seen}. Taken back: {Counter(reason for (reason,) in put_aside)}")
            assert witness.seen
