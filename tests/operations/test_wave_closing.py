"""A wave closes at its time, whether anything runs then or not; what came in time is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from bot.storage.deliberations import load_pack
from bot.storage.tables import conversation, inbox, invitation, outbox, response
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.panel import Panel
from tests.cast.town import Town

OPENS = datetime(2030, 3, 1, 9, tzinfo=UTC)
CLOSES = datetime(2030, 3, 15, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def plans_t2(town: Town, **changes: Any) -> None:
    """Load the pack again with t2 changed."""
    waves = (town.pack.waves[0], replace(town.pack.waves[1], **changes))
    town.pack = replace(town.pack, waves=waves)
    await load_pack(town.app.database, town.pack, town.clock.now())


async def says_at(town: Town, words: str, at: datetime) -> None:
    """Something that was received then, and whose turn runs now."""
    body = {"kind": "text", "text": words, "pressed_message": None, "press": None}
    (chat,) = await town.rows(select(conversation.c.id))
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            insert(inbox).values(
                channel="late",
                external_id=words,
                conversation_id=chat.id,
                status="pending",
                body=body,
                received_at=at,
            )
        )
        transaction.announce("inbox")


async def begins_t2(citizen: Citizen, town: Town) -> None:
    """In it are four items; two are answered."""
    await citizen.is_enrolled()
    await citizen.answers_t1()
    await town.is_at(OPENS)
    await citizen.sees("survey-invitation")
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    await citizen.says("1")
    await citizen.sees("item-parks")


async def status(town: Town) -> str:
    (row,) = await town.rows(select(response.c.status).where(response.c.instrument == "t2"))
    return str(row.status)


async def test_what_came_in_time_is_kept_though_its_turn_runs_later(
    citizen: Citizen, town: Town
) -> None:
    await begins_t2(citizen, town)
    await town.is_at(CLOSES + SECOND)
    assert await status(town) == "partial"
    await says_at(town, "7", CLOSES - SECOND)
    await citizen.sees("wave-closed-since", "home")
    assert await town.answers("t2") == {"transport": "bus", "parks": 7}
    assert await status(town) == "partial"


async def test_what_came_too_late_is_told(citizen: Citizen, town: Town) -> None:
    await begins_t2(citizen, town)
    await town.is_at(CLOSES + SECOND)
    await says_at(town, "7", CLOSES)
    await citizen.sees("wave-closed", "home")
    assert await town.answers("t2") == {"transport": "bus"}


async def test_the_last_answer_in_flight_completes(citizen: Citizen, town: Town) -> None:
    await begins_t2(citizen, town)
    await citizen.says("7")
    await citizen.sees("item-wishes")
    await citizen.says("1")
    await citizen.sees("item-visits")
    await town.is_at(CLOSES + SECOND)
    await says_at(town, "4", CLOSES - SECOND)
    await citizen.sees_thanks()
    assert await status(town) == "complete"


async def test_turns_keep_the_closing_time_when_no_scheduler_runs(
    citizen: Citizen, town: Town
) -> None:
    await begins_t2(citizen, town)
    town.clock.set(CLOSES + SECOND)
    await citizen.says("7")
    await citizen.sees("wave-closed", "home")
    assert await town.answers("t2") == {"transport": "bus"}
    assert (await town.wave("t2")).status == "open"


async def test_grace_is_for_those_who_had_begun(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await plans_t2(town, grace=timedelta(hours=1))
    await begins_t2(citizen, town)
    await town.is_at(CLOSES + SECOND)
    assert (await town.wave("t2")).status == "open"
    late = TelegramCitizen(town)
    await late.is_enrolled()  # and is told of t1 alone
    await late.says("/survey t2")
    await late.sees("survey-none", "home")
    await citizen.says("7")
    await citizen.sees("item-wishes")
    await town.is_at(CLOSES + timedelta(hours=1))
    assert (await town.wave("t2")).status == "closed"
    assert await town.answers("t2") == {"transport": "bus", "parks": 7}
    await citizen.says("1")
    await citizen.sees("wave-closed", "home")
    assert await town.rows(
        select(response.c.status).where(response.c.instrument == "t2")
    ) == [("partial",)]  # fmt: skip


async def test_nobody_is_invited_nor_reminded_within_grace(town: Town) -> None:
    await plans_t2(town, grace=timedelta(days=1), reminders=(timedelta(days=14),))
    await town.is_at(OPENS)
    panel = Panel(town)
    (invited,) = await panel.joins(1)
    await town.is_at(CLOSES + SECOND)
    (late,) = await panel.joins(1)
    async with town.app.database.writing() as transaction:
        await transaction.execute(delete(invitation).where(invitation.c.participant_id == late))
    await town.plans()
    rows = await town.rows(select(invitation.c.participant_id).where(invitation.c.wave_id == 2))
    assert rows == [(invited,)]
    assert not await town.rows(
        select(outbox).where(outbox.c.kind == "reminder", outbox.c.wave_id == 2)
    )


@pytest.mark.parametrize("held", [True, False])
async def test_what_never_opened_is_closed_when_its_time_is_over(town: Town, held: bool) -> None:
    await town.stops()  # so that no other planner is just at it
    if held:
        await town.is_at(OPENS + timedelta(hours=7))
        assert (await town.wave("t2")).held_since
    await town.is_at(CLOSES + SECOND)
    closed = await town.wave("t2")
    assert (closed.status, closed.held_since, closed.questionnaire_id) == ("closed", None, None)
    assert ("scheduled", "closed") in await town.events("wave")


async def test_closing_times_that_move_take_effect(town: Town) -> None:
    await town.stops()
    await town.is_at(OPENS)
    await plans_t2(town, closes=CLOSES + timedelta(days=7))
    await town.is_at(CLOSES + SECOND)
    assert (await town.wave("t2")).status == "open"
    await plans_t2(town, closes=CLOSES + timedelta(hours=1))
    await town.is_at(CLOSES + timedelta(hours=1))
    assert (await town.wave("t2")).status == "closed"
