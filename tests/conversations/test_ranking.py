"""A citizen puts choices in order: press by press, or all at once by typing."""

import pytest
from sqlalchemy import select

from bot.domain.questionnaire import AnswerKind, ItemType
from bot.storage.tables import answer
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item

GOALS = choices("Jobs for all", "Parks", "Schools", "Trams", unsure=AnswerKind.DONT_KNOW)
ITEMS = (
    item(ItemType.TEXT, "who"),
    item(ItemType.RANK, "goals", choices=GOALS, required=True),
    item(ItemType.TEXT, "why"),
)


async def is_asked_to_rank(citizen: Citizen) -> None:
    await citizen.starts()
    await citizen.says("Ana")
    await citizen.sees("item-goals")


async def test_each_press_places_a_choice_and_the_last_places_itself(
    citizen: Citizen, town: Town
) -> None:
    await is_asked_to_rank(citizen)
    await citizen.chooses("Schools")
    asked = await citizen.sees("item-goals")
    assert asked.buttons[:5] == ("Jobs for all", "Parks", "1. Schools", "Trams", "unsure")
    await citizen.chooses("Jobs for all")
    await citizen.sees("item-goals")
    await citizen.chooses("button-undo")
    await citizen.sees("item-goals")
    await town.restarts()
    await citizen.chooses("Trams")
    await citizen.sees("item-goals")
    await citizen.chooses("Parks")
    whole = await citizen.sees("item-goals")
    assert "1. Schools" in whole.text and "4. Jobs for all" in whole.text
    assert "Schools" not in "".join(whole.buttons)
    assert "goals" not in await town.answers()
    await citizen.chooses("button-done")
    await citizen.sees("item-why")
    assert (await town.answers())["goals"] == ["schools", "trams", "parks", "jobs"]


async def test_undoing_a_whole_order_takes_back_what_placed_itself_too(
    citizen: Citizen, town: Town
) -> None:
    await is_asked_to_rank(citizen)
    await citizen.says("4, 3, 2")
    await citizen.sees("item-goals")
    await citizen.says("undo")
    asked = await citizen.sees("item-goals")
    assert asked.buttons[:4] == ("Jobs for all", "Parks", "2. Schools", "1. Trams")
    await citizen.says("1")
    whole = await citizen.sees("item-goals")
    assert "3. Jobs for all" in whole.text and "4. Parks" in whole.text
    await citizen.says("done")
    await citizen.sees("item-why")
    assert (await town.answers())["goals"] == ["trams", "schools", "jobs", "parks"]


@pytest.mark.parametrize(
    "words", ["3 1 4 2", "Schools, jobs for all, Trams", "schools; jobs for all; trams; parks"]
)
async def test_an_order_is_typed_at_once_and_confirmed(
    telegram_citizen: TelegramCitizen, town: Town, words: str
) -> None:
    await is_asked_to_rank(telegram_citizen)
    await telegram_citizen.says(words)
    whole = await telegram_citizen.sees("item-goals")
    assert "1. Schools\n2. Jobs for all\n3. Trams\n4. Parks" in whole.text
    await telegram_citizen.says("2, 1, 3, 4")  # counts the order that is shown
    changed = await telegram_citizen.sees("item-goals")
    assert "1. Jobs for all\n2. Schools\n3. Trams\n4. Parks" in changed.text
    await telegram_citizen.says("1")
    await telegram_citizen.sees("item-why")
    assert (await town.answers())["goals"] == ["jobs", "schools", "trams", "parks"]


@pytest.mark.parametrize("words", ["1 1 2 3", "1, 2, 9, 3", "all of it", "1 2 unsure", "skip"])
async def test_what_is_no_order_is_told_so(
    telegram_citizen: TelegramCitizen, town: Town, words: str
) -> None:
    await is_asked_to_rank(telegram_citizen)
    await telegram_citizen.says(words)
    expected = "expected-some-answer" if words == "skip" else "expected-order"
    await telegram_citizen.sees(expected, "item-goals")


async def test_dont_know_is_no_part_of_an_order(citizen: Citizen, town: Town) -> None:
    await is_asked_to_rank(citizen)
    await citizen.chooses("Parks")
    await citizen.sees("item-goals")
    await citizen.chooses("unsure")
    await citizen.sees("item-why")
    assert (await town.answers())["goals"] == "dont_know"


async def test_a_choice_that_has_its_place_stays_there(citizen: Citizen, town: Town) -> None:
    await is_asked_to_rank(citizen)
    await citizen.chooses("Parks")
    await citizen.sees("item-goals")
    await citizen.chooses("1. Parks")
    await citizen.sees_notice("already-placed")


async def test_an_order_is_edited_in_place_and_changed_later(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await is_asked_to_rank(citizen)
    await citizen.chooses("Parks")
    assert (await citizen.sees("item-goals")).raw.edited
    await citizen.chooses("Trams")
    await citizen.sees("item-goals")
    await citizen.chooses("Schools")
    await citizen.sees("item-goals")
    await citizen.person.presses("Done")
    await citizen.person.presses("Done")
    await citizen.sees("item-why")
    await citizen.sees_notice("stale-button")
    await citizen.chooses("button-skip")
    summary = await citizen.sees_thanks()
    assert "1. Parks, 2. Trams, 3. Schools, 4. Jobs for all" in summary.text
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.says("2")
    earlier = await citizen.sees("item-goals")
    assert "4. Jobs for all" in earlier.text  # it begins with what was said
    await citizen.chooses("button-undo")
    await citizen.sees("item-goals")
    await citizen.chooses("Jobs for all")
    await citizen.sees("item-goals")
    await citizen.chooses("button-done")
    await citizen.sees_thanks()
    rows = await town.rows(
        select(answer.c.value).where(answer.c.item == "goals").order_by(answer.c.id)
    )
    assert [row[0][2:] for row in rows] == [["schools", "jobs"], ["jobs", "schools"]]
