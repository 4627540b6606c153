"""Reminders: from when the invitation arrived, at a distance, before closing, and by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.states import ForbiddenTransition, ResponseStatus
from bot.scheduling import staff
from bot.scheduling.inviting import Told
from bot.storage.reminders import REPLACED
from bot.storage.tables import outbox
from tests.cast.mailroom import Letter, Mailroom, hours
from tests.cast.town import Town

#: t2 opens at 9:00 UTC, which is 1:00 in Los Angeles and 12:00 in Nairobi.
OPENS = datetime(2030, 3, 1, 9, tzinfo=UTC)
CLOSES = datetime(2030, 3, 15, 9, tzinfo=UTC)
MORNING_IN_LOS_ANGELES = datetime(2030, 3, 1, 16, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
async def mailroom(town: Town) -> Mailroom:
    """Of t1 nobody knows, and t2 has not opened yet."""
    await town.stops()
    made = Mailroom(town)
    await made.reloads(t1={"reminders": ()})
    await staff.close_wave(town.app.database, None, "t1", made.now)
    return made


def kinds(letters: list[Letter]) -> list[tuple[str, str]]:
    return [(letter.to, letter.kind) for letter in letters]


async def test_they_count_from_when_the_invitation_arrived(mailroom: Mailroom) -> None:
    await mailroom.reloads(t2={"reminders": hours(24)})
    (ana,) = await mailroom.panel.joins(1, zone="America/Los_Angeles")
    assert await mailroom.is_at(OPENS) == []
    assert kinds(await mailroom.is_at(MORNING_IN_LOS_ANGELES)) == [(ana, "invitation")]
    assert await mailroom.is_at(OPENS + 24 * HOUR + MINUTE) == []
    assert await mailroom.is_at(MORNING_IN_LOS_ANGELES + 24 * HOUR - MINUTE) == []
    assert kinds(await mailroom.is_at(MORNING_IN_LOS_ANGELES + 24 * HOUR + MINUTE)) == [
        (ana, "reminder")
    ]


async def test_what_still_waits_reminds_of_nothing(mailroom: Mailroom) -> None:
    """The sender was away for two days."""
    await mailroom.reloads(t2={"reminders": hours(24)})
    (ana,) = await mailroom.panel.joins(1)
    mailroom.town.clock.set(OPENS)
    await mailroom.plans()
    assert kinds(await mailroom.is_at(OPENS + 48 * HOUR)) == [(ana, "invitation")]
    assert await mailroom.is_at(OPENS + 49 * HOUR) == []
    assert (await mailroom.reminds("t2")).total == 1


async def test_they_keep_twelve_hours_from_one_another(mailroom: Mailroom) -> None:
    await mailroom.reloads(t2={"reminders": hours(1, 3)})
    (ana,) = await mailroom.panel.joins(1)
    assert kinds(await mailroom.is_at(OPENS)) == [(ana, "invitation")]
    assert kinds(await mailroom.is_at(OPENS + HOUR + MINUTE)) == [(ana, "reminder")]
    assert await mailroom.is_at(OPENS + 5 * HOUR) == []
    assert await mailroom.reminds("t2") == Told()
    assert kinds(await mailroom.is_at(OPENS + 24 * HOUR)) == [(ana, "reminder")]
    assert await mailroom.reminds("t2") == Told()


async def test_a_newer_one_takes_the_place_of_one_that_waits(mailroom: Mailroom) -> None:
    await mailroom.reloads(t2={"reminders": hours(24, 72)})
    (ana,) = await mailroom.panel.joins(1)
    await mailroom.is_at(OPENS)
    mailroom.town.clock.set(OPENS + 25 * HOUR)
    await mailroom.plans()
    mailroom.town.clock.set(OPENS + 74 * HOUR)
    await mailroom.plans()
    assert (await mailroom.reminds("t2")).total == 1
    rows = await mailroom.town.rows(
        select(outbox.c.status, outbox.c.reason)
        .where(outbox.c.kind == "reminder")
        .order_by(outbox.c.id)
    )
    assert [tuple(row) for row in rows] == [
        ("cancelled", REPLACED), ("cancelled", REPLACED), ("queued", None),
    ]  # fmt: skip
    assert kinds(await mailroom.is_at(OPENS + 75 * HOUR)) == [(ana, "reminder")]


async def test_before_closing(mailroom: Mailroom) -> None:
    await mailroom.reloads(t2={"reminders": hours(48, -24)})
    ana, ben, eva = await mailroom.panel.joins(3)
    await mailroom.is_at(OPENS)
    await mailroom.is_at(OPENS + 49 * HOUR)
    await mailroom.responds(ben, "t2", ResponseStatus.COMPLETE)
    await mailroom.responds(eva, "t2", ResponseStatus.IN_PROGRESS)
    assert await mailroom.is_at(CLOSES - 25 * HOUR) == []
    (late,) = await mailroom.panel.joins(1)
    mailroom.town.clock.set(CLOSES - 23 * HOUR)
    (later,) = await mailroom.panel.joins(1)
    last = await mailroom.is_at(CLOSES - 23 * HOUR)
    assert kinds(last) == [(ana, "reminder"), (eva, "reminder"), (late, "reminder")]
    assert later not in {letter.to for letter in last}
    assert await mailroom.is_at(CLOSES - HOUR) == []


async def test_before_closing_moves_with_it(mailroom: Mailroom) -> None:
    await mailroom.reloads(t2={"reminders": hours(-24)})
    (ana,) = await mailroom.panel.joins(1)
    await mailroom.is_at(OPENS)
    await mailroom.reloads(t2={"closes": CLOSES + 48 * HOUR})
    assert await mailroom.is_at(CLOSES - 23 * HOUR) == []
    await mailroom.reloads(t2={"closes": CLOSES + 2 * HOUR})
    assert kinds(await mailroom.is_at(CLOSES - 22 * HOUR + MINUTE)) == [(ana, "reminder")]


async def test_who_was_reminded_before_closing_missed_the_others(mailroom: Mailroom) -> None:
    await mailroom.reloads(t2={"reminders": hours(24, 48, -24)})
    (ana,) = await mailroom.panel.joins(1)
    await mailroom.is_at(OPENS)
    assert kinds(await mailroom.is_at(CLOSES - 23 * HOUR)) == [(ana, "reminder")]
    assert await mailroom.is_at(CLOSES - HOUR) == []


# --- Who is written to when ----------------------------------------------------------------------


async def test_opening_says_who_is_invited_now_and_who_waits(mailroom: Mailroom) -> None:
    mailroom.town.clock.set(OPENS - 24 * HOUR)
    now = mailroom.now
    await mailroom.panel.joins(2, zone="Africa/Nairobi")
    await mailroom.panel.joins(3, zone="America/Los_Angeles")
    database, quiet = mailroom.town.app.database, mailroom.town.settings.quiet
    assert await staff.sleepers(database, None, "t2", now, quiet) == (3, 0)
    told = await mailroom.opens("t2")
    assert told == Told(2, {MORNING_IN_LOS_ANGELES - 24 * HOUR: 3})
    assert len(await mailroom.sends()) == 2
    await mailroom.plans()
    with pytest.raises(ForbiddenTransition):
        await mailroom.opens("t2")
    assert await mailroom.opens("t2", any_hour=True) == Told(3)
    assert len(await mailroom.sends()) == 3
    assert await mailroom.is_at(OPENS) == []


async def test_forty_people_sit_in_the_hall_at_five_past_nine(mailroom: Mailroom) -> None:
    mailroom.town.clock.set(datetime(2030, 2, 1, 21, 5, tzinfo=UTC))
    await mailroom.panel.joins(40)
    assert await mailroom.opens("t2", any_hour=True) == Told(40)
    assert len(await mailroom.sends()) == 40
    tomorrow = datetime(2030, 2, 2, 8, tzinfo=UTC)
    assert await mailroom.reminds("t2") == Told(0, {tomorrow: 40})
    assert await mailroom.sends() == []
    assert await mailroom.is_at(tomorrow - HOUR) == []
    assert len(await mailroom.is_at(tomorrow)) == 40


async def test_reminding_now_does_not_keep_quiet_hours(mailroom: Mailroom) -> None:
    await mailroom.panel.joins(1)
    await mailroom.is_at(OPENS)
    mailroom.town.clock.set(OPENS + 14 * HOUR)
    assert await mailroom.reminds("t2", any_hour=True) == Told(1)
    assert len(await mailroom.sends()) == 1
