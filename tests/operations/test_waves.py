"""Waves open, invite, remind and close at their times, in everybody's daytime and language."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.storage.tables import event, invitation, outbox, response, wave
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town

T2_OPENS = datetime(2030, 3, 1, 9, tzinfo=UTC)
NOON = timedelta(hours=3)


async def test_a_wave_opens_at_its_time_and_invites_in_the_persons_language(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled(language="es")
    await town.is_at(T2_OPENS - timedelta(minutes=1))
    await citizen.sees("survey-reminder")  # of t1, which is not finished
    await citizen.sees_nothing()
    await town.is_at(T2_OPENS)
    await citizen.sees("survey-invitation")
    await citizen.says("1")
    await citizen.sees("item-transport")
    assert (await town.wave("t2")).status == "open"


async def test_planning_again_changes_nothing_more(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await town.opens("t2")
    await telegram_citizen.sees("survey-invitation")
    for _ in range(3):
        await town.plans()
    await telegram_citizen.sees_nothing()


async def test_late_joiners_are_invited_to_what_is_open(citizen: Citizen, town: Town) -> None:
    await town.opens("t2")
    await citizen.consents()
    await citizen.chooses("Kenya")
    await citizen.sees("item-nickname")
    await citizen.chooses("button-skip")
    await citizen.confirms_profile()
    await citizen.sees("enrolled", "survey-open", "survey-open", "home")
    await town.plans()
    await citizen.sees_nothing()
    assert len(await town.rows(select(invitation))) == 2


async def test_those_who_have_not_finished_are_reminded_as_often_as_planned(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.advances(days=1, hours=20)
    await citizen.sees_nothing()
    await town.advances(days=1)
    await citizen.sees("survey-reminder")
    await town.advances(hours=1)
    await citizen.sees_nothing()
    await town.advances(days=3)
    await citizen.sees("survey-reminder")
    await town.advances(days=10)
    await citizen.sees_nothing()


async def test_who_has_finished_is_not_reminded(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.answers_t1()
    await town.advances(days=2, hours=1)
    await citizen.sees_nothing()


async def test_who_missed_two_reminders_gets_one(citizen: Citizen, town: Town) -> None:
    """Nothing ran for a week: nobody is told twice in a row."""
    await citizen.is_enrolled()
    await town.advances(days=7)
    await citizen.sees("survey-reminder")
    await town.plans()
    await citizen.sees_nothing()


async def test_nobody_is_written_to_at_night(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()  # in Nairobi, three hours ahead of UTC
    await town.is_at(datetime(2030, 1, 18, 19, 0, tzinfo=UTC))  # 22:00 there
    await citizen.sees_nothing()
    await town.opens("t2")
    await citizen.sees_nothing()
    (row,) = await town.rows(select(outbox.c.send_after).where(outbox.c.kind == "invitation"))
    assert row[0] == datetime(2030, 1, 19, 5, 0, tzinfo=UTC)  # 8:00 there
    await town.is_at(datetime(2030, 1, 19, 5, 0, 1, tzinfo=UTC))
    await citizen.sees("survey-invitation", "survey-reminder")


async def test_closing_turns_what_was_begun_into_partial(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.answers_t1()
    await town.is_at(T2_OPENS)
    await citizen.sees("survey-invitation")
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    await town.is_at(datetime(2030, 3, 15, 9, tzinfo=UTC))
    rows = await town.rows(
        select(response.c.instrument, response.c.status).order_by(response.c.instrument)
    )
    assert [tuple(row) for row in rows] == [
        ("profile", "complete"), ("t1", "complete"), ("t2", "partial")
    ]  # fmt: skip
    assert await town.rows(
        select(event.c.source, event.c.target).where(
            event.c.subject == "response", event.c.target == "partial"
        )
    ) == [("in_progress", "partial")]


async def test_a_wave_far_too_late_is_held_until_staff_open_it(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.answers_t1()
    await town.is_at(T2_OPENS + timedelta(hours=6, minutes=1))
    await citizen.sees_nothing()
    held = await town.wave("t2")
    assert (held.status, held.held_since is not None) == ("scheduled", True)
    await town.plans()
    assert await town.rows(
        select(event.c.target).where(event.c.subject == "wave", event.c.target == "held")
    ) == [("held",)]
    await town.is_at(T2_OPENS + timedelta(hours=23))
    await town.opens("t2")
    await citizen.sees("survey-invitation")
    assert (await town.rows(select(wave.c.held_since).where(wave.c.code == "t2"))) == [(None,)]
