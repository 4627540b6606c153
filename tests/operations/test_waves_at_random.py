"""Whatever is loaded, opened and closed in whatever order, and however the clock goes: what leaves
is true, nobody is invited twice, nobody is forgotten, and reminders keep their distance."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.domain.local_time import QuietHours, zone_called
from bot.domain.states import ForbiddenTransition, ParticipantStatus, ResponseStatus, WaveStatus
from bot.scheduling import staff
from bot.storage.reminders import APART
from bot.storage.tables import invitation, participant, response
from bot.storage.waves import NoSuchWave
from tests.cast.mailroom import Mailroom, hours
from tests.cast.town import Town

ZONES = ("UTC", "Africa/Nairobi", "America/Los_Angeles", "Mars/Base", "Pacific/Apia")
BEGIN = datetime(2030, 2, 27, 12, tzinfo=UTC)
WAVES = ("t1", "t2")
STEPS = 60


@dataclass
class Play:
    """One course of events."""

    room: Mailroom
    dice: random.Random
    people: dict[str, str] = field(default_factory=dict)  #: With their zones.
    finished: set[tuple[str, str]] = field(default_factory=set)
    begun: set[tuple[str, str]] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)  #: Otherwise than by an invitation.
    log: list[str] = field(default_factory=list)
    waves: dict[str, Any] = field(default_factory=dict)

    async def does_something(self) -> None:
        act = self.dice.choice(
            [
                *[self.waits] * 6, *[self.looks] * 6, self.sets_the_clock_back, self.reloads,
                self.reloads, self.takes_out, self.opens, self.closes, self.reminds, self.answers,
                self.answers, self.pauses, self.somebody_joins,
            ]
        )  # fmt: skip
        self.log.append(f"{self.room.now:%m-%d %H:%M} {act.__name__}")
        try:
            await act()
        except (ForbiddenTransition, NoSuchWave) as refusal:
            self.log.append(f"    {refusal}")

    async def waits(self) -> None:
        step = self.dice.choice(hours(0.2, 1, 3, 8, 13, 30))
        self.room.town.clock.set(self.room.now + step)

    async def sets_the_clock_back(self) -> None:
        self.room.town.clock.set(self.room.now - timedelta(hours=1))

    async def looks(self) -> None:
        """What leaves is looked at as it leaves: see `is_true`."""
        if self.dice.random() < 0.9:
            await self.room.plans()
        if self.dice.random() < 0.8:
            self.waves = {code: await self.room.town.wave(code) for code in WAVES}
            await self.room.sends()

    async def reloads(self) -> None:
        closes = BEGIN + timedelta(hours=self.dice.randint(20, 300))
        reminders = self.dice.choice(
            [(), hours(5), hours(1, 3, -20), hours(24, -48, -1), hours(-9)]
        )
        changes = {
            "closes": closes,
            "reminders": reminders,
            "grace": self.dice.choice(hours(0, 2)),
        }
        self.log.append(f"    closes {closes:%m-%d %H:%M} {reminders}")
        await self.room.reloads(**{self.dice.choice(WAVES): changes})

    async def takes_out(self) -> None:
        await self.room.reloads(t2=None)

    async def opens(self) -> None:
        await self.room.opens(self.dice.choice(WAVES))

    async def closes(self) -> None:
        database, code = self.room.town.app.database, self.dice.choice(WAVES)
        await staff.close_wave(database, None, code, self.room.now)

    async def reminds(self) -> None:
        await self.room.reminds(self.dice.choice(WAVES))

    async def answers(self) -> None:
        who, code = self.dice.choice([*self.people]), self.dice.choice(WAVES)
        stands = await self.room.town.wave(code)
        told = await self.room.town.rows(
            select(invitation).where(
                invitation.c.participant_id == who, invitation.c.wave_id == stands.id
            )
        )
        if told and stands.status == WaveStatus.OPEN and (who, code) not in self.finished:
            ends = self.dice.random() < 0.5
            self.begun.add((who, code))
            if ends:
                self.finished.add((who, code))
            status = ResponseStatus.COMPLETE if ends else ResponseStatus.IN_PROGRESS
            await self.room.responds(who, code, status)

    async def pauses(self) -> None:
        who = self.dice.choice([*self.people])
        self.paused ^= {who}
        self.told |= {(who, code) for code in WAVES}  # resuming shows what is open
        status = ParticipantStatus.PAUSED if who in self.paused else ParticipantStatus.ENROLLED
        await self.room.changes(
            update(participant).where(participant.c.id == who).values(status=status)
        )

    async def somebody_joins(self) -> None:
        """And is invited by the planner, not in the conversation."""
        zone = self.dice.choice(ZONES)
        (who,) = await self.room.panel.joins(1, zone=zone)
        self.people[who] = zone
        await self.room.changes(delete(invitation).where(invitation.c.participant_id == who))

    # --- What must hold --------------------------------------------------------------------------

    def is_true(self, row: Any) -> None:
        who, code, now = row.participant_id, row.code, self.room.now
        wave = self.waves[code]
        assert wave.status == "open" and (wave.closes_at is None or now < wave.closes_at)
        assert wave.withdrawn_at is None
        assert (who, code) not in self.finished
        assert who not in self.paused
        local = now.astimezone(zone_called(self.people[who])).time()
        assert not QuietHours().covers(local), f"{local} in {self.people[who]}"
        mine = [each for each in self.room.letters if (each.to, each.wave) == (who, code)]
        invited = [each for each in mine if each.kind == "invitation"]
        if row.kind == "invitation":
            assert not invited, "nobody is invited twice"
            assert (who, code) not in self.begun
        else:
            reminded = [each.at for each in mine if each.kind == "reminder"]
            assert all(abs(now - at) >= APART - timedelta(hours=1) for at in reminded)
            assert invited or (who, code) in self.begun | self.told, "a reminder is no invitation"

    async def nobody_is_forgotten(self) -> None:
        """A day on, in which everything runs, all have heard of what is open all the while."""
        for _ in range(27):
            self.room.town.clock.set(self.room.now + timedelta(hours=1))
            await self.room.plans()
            self.waves = {code: await self.room.town.wave(code) for code in WAVES}
            await self.room.sends()
        invited = {(each.to, each.wave) for each in self.room.letters if each.kind == "invitation"}
        for code, wave in self.waves.items():
            if wave.status != "open" or (wave.closes_at and wave.closes_at <= self.room.now):
                continue
            for who in set(self.people) - self.paused:
                assert (who, code) in invited | self.begun | self.told, (
                    f"{who} knows nothing of {code}"
                )


@pytest.mark.parametrize("seed", range(6))
async def test_what_leaves_is_true_whatever_happens(town: Town, seed: int) -> None:
    await town.stops()
    town.clock.set(BEGIN)
    room = Mailroom(town)
    play = Play(room, random.Random(seed))
    room.looks = play.is_true
    for zone in ZONES:
        (who,) = await room.panel.joins(1, zone=zone)
        play.people[who] = zone
    await room.changes(delete(invitation))
    await room.changes(delete(response))
    try:
        for _ in range(STEPS):
            await play.does_something()
        await play.nobody_is_forgotten()
    except BaseException:
        print("\n".join(play.log))
        raise
    assert any(letter.kind == "invitation" for letter in room.letters)
