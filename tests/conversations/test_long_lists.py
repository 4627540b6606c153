"""A citizen finds choices in lists that are too long to be shown at once."""

from bot.domain.questionnaire import ItemType
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item, plain

TOWNS = choices(
    *("Accra", "Bern", "Cairo", "Dakar", "Essen", "Freetown", "Geneva", "Harare", "Iasi"),
    *("Jakarta", "Kampala", "Kano", "Lima", "Manila", "Nairobi", "Oslo", "Quito", "Zagreb"),
)
AT_MOST_TWO = "count-selected(.) <= 2"
ITEMS = (
    item(ItemType.SELECT_MULTIPLE, "seen", choices=TOWNS),
    item(ItemType.SELECT_MULTIPLE, "liked", choices=TOWNS, constraint=AT_MOST_TWO),
    item(ItemType.SELECT_ONE, "home", choices=TOWNS),
    item(ItemType.RANK, "best", choices=TOWNS[:13]),
)


async def test_several_are_chosen_across_pages_and_by_typing(citizen: Citizen, town: Town) -> None:
    first = await citizen.starts()
    assert "Accra" in first.buttons and "Iasi" not in first.buttons
    assert "More (2/3)" in map(plain, first.buttons)
    await citizen.chooses("Bern")
    asked = await citizen.sees("item-seen")
    assert "Chosen so far (1): Bern" in plain(asked.text)
    await citizen.chooses("button-more")
    second = await citizen.sees("item-seen")
    assert "Iasi" in second.buttons and "More (3/3)" in map(plain, second.buttons)
    await town.restarts()
    await citizen.chooses("Iasi")
    await citizen.sees("item-seen")
    await citizen.says("zag")  # one is like it: it is offered
    found = await citizen.sees("did-you-mean")
    assert found.buttons[0] == "Zagreb"
    await citizen.chooses("Zagreb")
    asked = await citizen.sees("item-seen")
    assert "Chosen so far (3): Bern, Iasi, Zagreb" in plain(asked.text)
    await citizen.says("ka")  # several are
    found = await citizen.sees("did-you-mean")
    assert found.buttons[:2] == ("Kampala", "Kano")
    await citizen.says("2")  # what a number counts is what is shown
    await citizen.sees("item-seen")
    await citizen.says("Bern")  # once more, and it is not chosen
    asked = await citizen.sees("item-seen")
    assert "Chosen so far (3): Iasi, Zagreb, Kano" in plain(asked.text)
    await citizen.says("more")
    asked = await citizen.sees("item-seen")
    assert "✓ Iasi" in asked.buttons and "✓ Kano" in asked.buttons
    await citizen.says("More")
    asked = await citizen.sees("item-seen")
    assert "Quito" in asked.buttons and "✓ Zagreb" in asked.buttons
    assert "More (1/3)" in map(plain, asked.buttons)
    await citizen.chooses("button-done")
    await citizen.sees("item-liked")
    assert await town.answers() == {"seen": ["iasi", "kano", "zagreb"]}


async def test_what_is_not_in_the_list_is_told_so(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts()
    await telegram_citizen.says("Atlantis")
    await telegram_citizen.sees("expected-in-list", "item-seen")


async def test_none_of_those_offered_leads_back_to_the_question(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts()
    for _ in range(2):
        await citizen.chooses("button-skip")
        await citizen.sees_anything()
    await citizen.says("Frankfurt, Essen")
    found = await citizen.sees("did-you-mean")
    assert found.buttons[:2] == ("Essen", town.label("button-none-of-these", "en"))
    await citizen.says("9")  # no more than what is shown is counted
    await citizen.sees("expected-in-list", "item-home")
    await citizen.says("esen")
    await citizen.sees("expected-in-list", "item-home")
    await citizen.says("essem")
    await citizen.sees("did-you-mean")
    await citizen.chooses("button-none-of-these")
    await citizen.sees("item-home")
    assert "home" not in await town.answers()


async def test_one_too_many_is_not_taken(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await citizen.chooses("button-skip")
    asked = await citizen.sees("item-liked")
    assert "Choose at most 2" in plain(asked.text)
    await citizen.says("lima")
    await citizen.sees("item-liked")
    await citizen.says("oslo")
    await citizen.sees("item-liked")
    await citizen.says("quito")
    await citizen.sees("expected-at-most", "item-liked")
    await citizen.chooses("button-done")
    await citizen.sees("item-home")
    await citizen.says("man")
    await citizen.sees("did-you-mean")
    await citizen.says("manila.")
    await citizen.sees("item-best")
    assert await town.answers() == {"seen": "skipped", "liked": ["lima", "oslo"], "home": "manila"}


async def test_a_long_list_is_ranked_by_typing_and_pressing(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    for _ in range(3):
        await citizen.chooses("button-skip")
        await citizen.sees_anything()
    await citizen.says("lima")
    asked = await citizen.sees("item-best")
    assert "1. Lima" in asked.text
    await citizen.chooses("Accra")
    asked = await citizen.sees("item-best")
    assert "2. Accra" in asked.buttons
    for name in ("Bern", "Cairo", "Dakar", "Essen", "Freetown", "Geneva", "Harare", "Iasi"):
        await citizen.says(name)
        await citizen.sees("item-best")
    await citizen.says("Kano")
    await citizen.sees("item-best")
    await citizen.says("Jakarta")
    whole = await citizen.sees("item-best")
    assert "13. Kampala" in whole.text
    await citizen.says("done")
    await citizen.sees_thanks()
    ranked = (await town.answers())["best"]
    assert ranked[:2] == ["lima", "accra"] and ranked[-2:] == ["jakarta", "kampala"]
