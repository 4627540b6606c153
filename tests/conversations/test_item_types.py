"""What the other kinds of items say, and what they take."""

import pytest

from bot.domain.questionnaire import ItemType, Scale
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item, plain

ITEMS = (
    item(ItemType.ACKNOWLEDGE, "read", required=True),
    item(ItemType.DECIMAL, "weight", default="72.5", dont_know=True, can_refuse=True),
    item(ItemType.RANGE, "share", scale=Scale(0, 100, 5), required=True),
    item(ItemType.RANGE, "part", scale=Scale(0, 1, 0.25), default="1 div 3"),
    item(ItemType.HIDDEN, "edition", label={}, calculation="'a'"),
    item(ItemType.SELECT_ONE, "colour", choices=choices("Red", "Blue"), default="'blue'"),
    item(ItemType.DATE, "day", default="today()", required=True),
    item(ItemType.TEXT, "again", default="${colour}"),
)


async def test_every_item_can_be_answered_by_pressing(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await citizen.chooses("button-acknowledge")
    asked = await citizen.sees("item-weight")
    assert "Keep: 72.5" in map(plain, asked.buttons)
    await citizen.chooses("button-refuse")
    asked = await citizen.sees("item-share")
    assert not any(label.isdigit() for label in asked.buttons) or "100" in asked.buttons
    await citizen.says("55")
    asked = await citizen.sees("item-part")
    assert asked.buttons[:5] == ("0", "0.25", "0.5", "0.75", "1")
    assert not any("Keep" in label for label in asked.buttons)  # a third is no point of the scale
    await citizen.chooses("0.25")
    await citizen.sees("item-colour")
    await citizen.chooses("button-keep-default")
    await citizen.sees("item-day")
    await citizen.chooses("button-keep-default")
    await citizen.sees("item-again")
    await citizen.chooses("button-skip")
    summary = await citizen.sees_thanks()
    assert "15 January 2030" in summary.text and "✓" in summary.text
    assert await town.answers() == {
        "read": "OK",
        "weight": "refused",
        "share": 55,
        "part": 0.25,
        "colour": "blue",
        "day": "2030-01-15",
        "again": "skipped",
    }


async def test_every_item_can_be_answered_by_typing(citizen: Citizen, town: Town) -> None:
    await citizen.starts("es")
    for words, seen in (
        ("ok", "item-weight"),
        ("٧٢٫٢٥", "item-share"),
        ("100", "item-part"),
        ("0,5", "item-colour"),
        ("Dejar", "item-day"),  # the button says what is kept
        ("ayer", "confirm-date"),
        ("sí", "item-again"),
    ):
        await citizen.says(words)
        await citizen.sees(seen)
    await citizen.says("dejar")
    await citizen.sees_thanks()
    assert await town.answers() == {
        "read": "OK",
        "weight": 72.25,
        "share": 100,
        "part": 0.5,
        "colour": "blue",
        "day": "2030-01-14",
        "again": "blue",
    }


@pytest.mark.parametrize("words", ["no", "2", "skip"])
async def test_what_is_not_acknowledged_is_asked_again(
    telegram_citizen: TelegramCitizen, town: Town, words: str
) -> None:
    await telegram_citizen.starts()
    await telegram_citizen.says(words)
    expected = "expected-some-answer" if words == "skip" else "expected-acknowledge"
    await telegram_citizen.sees(expected, "item-read")
    await telegram_citizen.says("1")
    await telegram_citizen.sees("item-weight")


async def test_a_number_never_presses_a_button_beside_the_answers(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.starts()
    await citizen.chooses("button-acknowledge")
    await citizen.sees("item-weight")
    await citizen.chooses("button-dont-know")
    await citizen.sees("item-share")
    await citizen.says("7")
    await citizen.sees("expected-point-in-steps", "item-share")
    await citizen.says("0")
    await citizen.sees("item-part")
    await citizen.chooses("button-skip")
    await citizen.sees("item-colour")
    await citizen.says("4")  # the fourth button is no answer
    await citizen.sees("expected-choice", "item-colour")
    await citizen.says("Reddish")
    await citizen.sees("expected-choice", "item-colour")
