"""A citizen chooses as many as the item wants, no more and no fewer."""

import pytest

from bot.domain.questionnaire import ItemType
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item, plain

WISHES = choices("Trees", "Water", "Shade", "Quiet")
TWO_OR_THREE = "count-selected(.) >= 2 and count-selected(.) <= 3"
ITEMS = (
    item(
        ItemType.SELECT_MULTIPLE,
        "wishes",
        choices=WISHES,
        constraint=TWO_OR_THREE,
        required=True,
        required_message={"en": "Nobody wants nothing.", "es": "Algo querrá.", "ar": "شيء ما."},
    ),
    item(ItemType.SELECT_MULTIPLE, "usual", choices=WISHES, default="'water quiet'"),
    item(
        ItemType.SELECT_MULTIPLE,
        "not_both",
        choices=WISHES,
        constraint="not(selected(., 'shade') and selected(., 'trees'))",
    ),
)


async def test_the_item_says_how_many_it_wants_and_holds_to_it(
    citizen: Citizen, town: Town
) -> None:
    first = await citizen.starts()
    assert "Choose 2 to 3" in plain(first.text)
    await citizen.chooses("button-done")
    assert "Nobody wants nothing." in await citizen.sees_notice("expected-required")
    await citizen.chooses("Trees")
    await citizen.sees("item-wishes")
    await citizen.chooses("button-done")
    assert "at least 2. So far: 1" in await citizen.sees_notice("expected-at-least")
    for label in ("Water", "Shade"):
        await citizen.chooses(label)
        await citizen.sees("item-wishes")
    await citizen.chooses("Quiet")
    await citizen.sees_notice("expected-at-most")
    await citizen.chooses("✓ Water")
    await citizen.sees("item-wishes")
    await citizen.chooses("button-done")
    await citizen.sees("item-usual")
    assert await town.answers() == {"wishes": ["trees", "shade"]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [("1, 2, 3, 4", "expected-at-most"), ("2", "expected-at-least"), ("skip", "expected-required")],
)
async def test_a_typed_enumeration_is_counted_too(
    telegram_citizen: TelegramCitizen, town: Town, words: str, expected: str
) -> None:
    await telegram_citizen.starts()
    await telegram_citizen.says(words)
    await telegram_citizen.sees(expected, "item-wishes")
    await telegram_citizen.says("1, 4")
    await telegram_citizen.sees("item-usual")


async def test_defaults_are_chosen_from_the_start(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await citizen.says("1, 4")
    asked = await citizen.sees("item-usual")
    assert asked.buttons[:4] == ("Trees", "✓ Water", "Shade", "✓ Quiet")
    await citizen.chooses("✓ Quiet")
    await citizen.sees("item-usual")
    await citizen.chooses("button-done")
    asked = await citizen.sees("item-not_both")
    assert (await town.answers())["usual"] == ["water"]
    assert "Press each answer you choose" in asked.text  # its constraint counts nothing
    await citizen.says("1, 3")
    await citizen.sees("expected-other", "item-not_both")
    await citizen.chooses("button-done")
    await citizen.sees_thanks()
    assert (await town.answers())["not_both"] == "skipped"
