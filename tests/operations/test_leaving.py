"""What is sent unasked is looked at when it leaves: still true, in these words, at this hour?"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversation.messages import Outgoing
from bot.domain.broadcast import BroadcastText
from bot.domain.unasked import BEGUN, FINISHED, NOT_IN_THE_PANEL, NOT_OPEN
from bot.scheduling import staff
from bot.storage.database import Transaction
from bot.storage.deliberations import load_pack
from bot.storage.outbox import UNREADABLE
from bot.storage.tables import address, outbox, participant
from bot.storage.unasked import Guard
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import CATALOGUES, Town

EVENING = datetime(2030, 1, 15, 19, 30, tzinfo=UTC)  #: 22:30 in Nairobi, where citizens live.
MORNING = datetime(2030, 1, 16, 5, tzinfo=UTC)  #: 8:00 there.


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.02)


async def unasked(town: Town) -> list[tuple[str, str, str | None]]:
    rows = await town.rows(
        select(outbox.c.kind, outbox.c.status, outbox.c.reason)
        .where(outbox.c.kind.in_(["invitation", "reminder", "broadcast"]))
        .order_by(outbox.c.id)
    )
    return [tuple(row) for row in rows]


async def is_taken_back(town: Town, kind: str, reason: str | None) -> None:
    """The only message that nobody asked for."""

    async def is_cancelled() -> bool:
        return await unasked(town) == [(kind, "cancelled", reason)]

    await until(is_cancelled)


async def changes(town: Town, statement: Any) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(statement)


async def reloads(town: Town, code: str, closes: datetime | None) -> None:
    waves = tuple(replace(w, closes=closes) if w.code == code else w for w in town.pack.waves)
    town.pack = replace(town.pack, waves=waves)
    await load_pack(town.app.database, town.pack, town.clock.now())
    await town.plans()


async def reminds(town: Town, code: str) -> int:
    told = await staff.remind_wave(
        town.app.database, CATALOGUES, None, code, town.settings.quiet, town.clock.now()
    )
    return told.total


# --- Still true ----------------------------------------------------------------------------------


async def test_a_wave_that_closed_in_the_night_is_not_announced_in_the_morning(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await town.closes("t2")
    await town.is_at(MORNING + timedelta(minutes=1))
    await is_taken_back(town, "invitation", NOT_OPEN)
    await citizen.sees_nothing()


async def test_who_was_not_told_is_told_when_the_wave_opens_again(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await town.closes("t2")
    await town.is_at(MORNING + timedelta(minutes=1))
    await until(lambda: town.rows(select(outbox.c.id).where(outbox.c.status == "cancelled")))
    for _ in range(2):
        await town.opens("t2")
        await town.closes("t2")
    await town.opens("t2")
    await citizen.sees("survey-invitation")
    await town.closes("t2")
    await town.opens("t2")
    await citizen.sees_nothing()


async def test_who_has_begun_in_the_night_is_not_invited_in_the_morning(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await citizen.says("/survey t2")
    await citizen.sees("item-transport")
    await town.is_at(MORNING + timedelta(minutes=1))
    await is_taken_back(town, "invitation", BEGUN)
    await citizen.sees_nothing()


async def test_who_has_finished_in_the_night_is_not_reminded_in_the_morning(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    assert await reminds(town, "t1") == 1
    await citizen.answers_t1()
    await town.is_at(MORNING + timedelta(minutes=1))
    await is_taken_back(town, "reminder", FINISHED)
    await citizen.sees_nothing()


async def test_a_closing_time_brought_forward_holds_for_what_waits(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await reloads(town, "t2", MORNING - timedelta(hours=1))
    await town.is_at(MORNING + timedelta(minutes=1))
    await citizen.sees_nothing()
    await town.advances(minutes=2)
    await is_taken_back(town, "invitation", NOT_OPEN)
    await citizen.sees_nothing()


async def test_a_closing_time_put_off_leaves_nobody_uninvited(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await reloads(town, "t2", MORNING - timedelta(hours=1))
    await town.is_at(EVENING)
    await town.opens("t2")
    await reloads(town, "t2", MORNING + timedelta(days=7))
    await town.is_at(MORNING + timedelta(minutes=1))
    await citizen.sees("survey-invitation")


async def test_who_is_in_the_panel_no_more_gets_nothing(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await changes(town, update(participant).values(status="withdrawn"))
    await town.is_at(MORNING + timedelta(minutes=1))
    await is_taken_back(town, "invitation", NOT_IN_THE_PANEL)
    await citizen.sees_nothing()


# --- In these words ------------------------------------------------------------------------------


async def test_a_reminder_tells_who_has_begun_from_who_has_not(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    assert await reminds(town, "t1") == 1
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    await town.is_at(MORNING + timedelta(minutes=1))
    seen = await citizen.sees("survey-reminder-begun")
    assert seen.buttons == (CATALOGUES.text("en", "continue-survey"),)
    await citizen.chooses("continue-survey")
    await citizen.sees("item-transport")


async def test_what_waits_for_the_morning_is_in_the_language_chosen_meanwhile(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await town.broadcasts({"en": BroadcastText("News."), "es": BroadcastText("Noticias.")})
    await citizen.says("/language")
    await citizen.sees("choose-language")
    await citizen.chooses("Español")
    citizen.language = "es"
    await citizen.sees("language-chosen", "home")
    await town.is_at(MORNING + timedelta(minutes=1))
    await town.app.desk.run()
    await citizen.sees("survey-invitation", language="es")
    await town.advances(seconds=2)
    await citizen.sees_words("Noticias.")
    rows = await town.rows(select(outbox.c.language).where(outbox.c.kind != "reply"))
    assert {language for (language,) in rows if language} >= {"es"}


async def test_a_broadcast_tells_the_closing_time_as_it_is_when_it_leaves(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await reloads(town, "t2", MORNING + timedelta(days=7))
    await town.is_at(EVENING)
    await town.broadcasts({"en": BroadcastText("Until {closes:t2}.", markdown=False)})
    await reloads(town, "t2", MORNING + timedelta(days=20))
    await town.is_at(MORNING + timedelta(minutes=1))
    await town.app.desk.run()
    await citizen.sees_words("5 February 2030")


# --- At this hour --------------------------------------------------------------------------------


async def test_nobody_is_reminded_within_half_an_hour_of_their_last_word(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.says("/help")
    await citizen.sees_anything()
    await citizen.sees("home")
    assert await reminds(town, "t1") == 1
    await citizen.sees_nothing()
    await town.advances(minutes=29)
    await citizen.sees_nothing()
    await town.advances(minutes=2)
    await citizen.sees("survey-reminder")


async def test_who_is_in_the_middle_of_a_questionnaire_is_invited_to_another_afterwards(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    await town.opens("t2")
    await citizen.sees_nothing()
    await citizen.chooses("button-later")
    await citizen.sees_anything()
    await citizen.sees("home")
    await town.advances(minutes=2)
    await citizen.sees("survey-invitation")


async def test_quiet_hours_hold_for_what_could_not_leave_by_day(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await town.stops()
    await town.is_at(EVENING - timedelta(hours=3))
    await town.opens("t2")
    town.clock.set(EVENING)
    await town.starts()
    await citizen.sees_nothing(1)
    await town.is_at(MORNING + timedelta(minutes=1))
    await citizen.sees("survey-invitation")


async def test_it_is_daytime_where_the_person_is_now(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    await changes(town, update(participant).values(timezone="America/Lima"))
    await town.is_at(MORNING + timedelta(minutes=1))  # midnight there
    await citizen.sees_nothing()
    await town.is_at(MORNING + timedelta(hours=9))
    await citizen.sees("survey-invitation")


async def test_what_is_taken_back_while_it_is_claimed_does_not_leave(
    citizen: Citizen, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await citizen.is_enrolled()
    taken_back = update(outbox).where(outbox.c.kind == "invitation").values(status="cancelled")
    passes = Guard.passes

    async def passes_in_vain(
        guard: Guard, transaction: Transaction, ids: Sequence[int], now: datetime
    ) -> dict[int, Outgoing | None]:
        passed = await passes(guard, transaction, ids, now)
        if ids and town.app.database.is_sqlite:  # which has one writer at a time
            await transaction.execute(taken_back)
        elif ids:
            await changes(town, taken_back)
        return passed

    monkeypatch.setattr(Guard, "passes", passes_in_vain)
    await town.opens("t2")
    await is_taken_back(town, "invitation", None)
    await citizen.sees_nothing()


async def test_a_zone_that_cannot_be_read_stops_nobody(town: Town) -> None:
    broken, sound = TelegramCitizen(town), TelegramCitizen(town)
    for citizen in (broken, sound):
        await citizen.is_enrolled()
    await town.is_at(EVENING)
    await town.opens("t2")
    here = select(participant.c.id).join(
        address, address.c.conversation_id == participant.c.conversation_id
    ).where(address.c.external_id == str(broken.person.id))  # fmt: skip
    await changes(
        town, update(participant).where(participant.c.id.in_(here)).values(timezone="N:Mars/Base")
    )
    town.clock.set(MORNING + timedelta(hours=4))
    town.app.database.signals.ring("outbox")
    for citizen in (broken, sound):
        await citizen.sees("survey-invitation")


async def test_a_message_that_cannot_be_read_fails_alone(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await town.settles()
    await town.is_at(EVENING)
    await town.broadcasts({"en": BroadcastText("News.")})
    await changes(town, update(outbox).where(outbox.c.kind == "broadcast").values(body=[1]))
    await town.is_at(MORNING + timedelta(minutes=1))
    await town.app.desk.run()
    town.app.database.signals.ring("outbox")
    await until(lambda: town.rows(select(outbox.c.id).where(outbox.c.reason == UNREADABLE)))
    await citizen.says("/help")
    await citizen.sees_anything()
    await citizen.sees("home")
