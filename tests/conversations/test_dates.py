"""A citizen writes a day; it is recorded once it was confirmed in words."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.domain.questionnaire import ItemType
from bot.storage.tables import answer
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, item, plain

ITEMS = (
    item(ItemType.TEXT, "who"),
    item(
        ItemType.DATE,
        "visit",
        constraint=". <= today()",
        constraint_message=dict.fromkeys(("en", "es", "ar"), "It has to be over."),
    ),
    item(ItemType.DATE, "again"),
)


async def is_asked_for_the_day(citizen: Citizen, language: str = "en") -> None:
    await citizen.starts(language)
    await citizen.says("Ana")
    await citizen.sees("item-visit")


async def test_a_day_is_recorded_when_it_was_confirmed_even_after_a_restart(
    citizen: Citizen, town: Town
) -> None:
    await is_asked_for_the_day(citizen)
    await citizen.says("22.11.2026")
    asked = await citizen.sees("confirm-date")
    assert "22 November 2026" in asked.text
    assert await town.answers() == {"who": "Ana"}
    await town.restarts()
    await citizen.chooses("button-date-yes")
    await citizen.sees("item-again")
    assert (await town.answers())["visit"] == "2026-11-22"
    await citizen.says("2027-02-28")
    await citizen.sees("confirm-date")
    await citizen.says("1")  # the terminal numbers the buttons
    summary = await citizen.sees_thanks()
    assert "22 November 2026" in summary.text and "28 February 2027" in summary.text


async def test_another_day_can_be_written_in_stead(citizen: Citizen, town: Town) -> None:
    await is_asked_for_the_day(citizen)
    await citizen.says("3/4/26")
    assert "3 April 2026" in (await citizen.sees("confirm-date")).text
    await citizen.chooses("button-date-no")
    await citizen.sees("item-visit")
    await citizen.says("4 march 2026")
    await citizen.sees("confirm-date")
    await citizen.says("Mar 3, 2026")  # a correction needs no button
    assert "3 March 2026" in (await citizen.sees("confirm-date")).text
    await citizen.says("yes")
    await citizen.sees("item-again")
    assert (await town.answers())["visit"] == "2026-03-03"


@pytest.mark.parametrize(
    ("language", "written", "words"),
    [
        ("es", "03/04/2026", "3 de abril de 2026"),
        ("es", "22 de nov. de 2026", "22 de noviembre de 2026"),
        ("ar", "٣/٤/٢٠٢٦", "3 أبريل 2026"),
        ("en", "yesterday", "14 January 2030"),
        ("es", "Hoy", "15 de enero de 2030"),
    ],
)
async def test_a_day_is_read_as_its_language_writes_it(
    telegram_citizen: TelegramCitizen, language: str, written: str, words: str
) -> None:
    await is_asked_for_the_day(telegram_citizen, language)
    await telegram_citizen.says(written)
    assert words in (await telegram_citizen.sees("confirm-date")).text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("30/2/2026", "impossible-date"),
        ("1/1/12026", "impossible-year"),
        ("0000-01-01", "impossible-year"),
        ("last summer", "expected-date"),
        ("12", "expected-date"),
        ("16 January 2030", "expected-constraint"),
    ],
)
async def test_what_is_no_day_is_told_why(
    telegram_citizen: TelegramCitizen, town: Town, written: str, expected: str
) -> None:
    await is_asked_for_the_day(telegram_citizen)
    await telegram_citizen.says(written)
    await telegram_citizen.sees(expected, "item-visit")
    assert "visit" not in await town.answers()


async def test_the_way_back_leads_from_a_confirmation_too(citizen: Citizen, town: Town) -> None:
    await is_asked_for_the_day(citizen)
    await citizen.says("1/2/2026")
    await citizen.sees("confirm-date")
    await citizen.chooses("button-back")
    await citizen.sees("item-who")
    await citizen.says("Ben")
    asked = await citizen.sees("item-visit")
    assert "February" not in plain(asked.text)
    assert await town.answers() == {"who": "Ben"}


async def test_a_confirmation_that_is_pressed_twice_counts_once(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await is_asked_for_the_day(telegram_citizen)
    await telegram_citizen.says("1/2/2026")
    label = (await telegram_citizen.sees("confirm-date")).buttons[0]
    await telegram_citizen.person.presses(label)
    await telegram_citizen.person.presses(label)
    await telegram_citizen.sees("item-again")
    await telegram_citizen.sees_notice("stale-button")
    rows = await town.rows(select(answer.c.id).where(answer.c.item == "visit"))
    assert len(rows) == 1


async def test_today_is_the_day_where_the_citizen_is(citizen: Citizen, town: Town) -> None:
    await is_asked_for_the_day(citizen)  # in Kenya, three hours ahead
    town.clock.set(datetime(2030, 1, 15, 22, 30, tzinfo=UTC))
    await citizen.says("today")
    assert "16 January 2030" in (await citizen.sees("confirm-date")).text
    await citizen.says("yes")
    await citizen.sees("item-again")
    assert (await town.answers())["visit"] == "2030-01-16"
    await citizen.says("yesterday")
    assert "15 January 2030" in (await citizen.sees("confirm-date")).text
