"""A citizen changes one of many answers; staff change a question that is being asked."""

from dataclasses import replace

import pytest

from bot.domain.questionnaire import Item, ItemType
from bot.storage.deliberations import load_pack
from handlers import survey_summary
from tests.cast.citizens import Citizen
from tests.cast.town import Town, choices, item

ITEMS = (
    item(ItemType.SELECT_ONE, "way", choices=choices("Bus", "Cars")),
    item(ItemType.TEXT, "second"),
    item(ItemType.TEXT, "third"),
)


async def test_many_questions_to_change_come_in_pages(
    citizen: Citizen, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_summary, "CHANGE_PAGE", 2)
    await citizen.starts()
    for words, following in (("1", "item-second"), ("b", "item-third")):
        await citizen.says(words)
        await citizen.sees(following)
    await citizen.says("c")
    await citizen.sees_thanks()
    await citizen.chooses("button-change-answer")
    assert len((await citizen.sees("choose-item")).buttons) == 4  # two, more, back
    await citizen.chooses("button-more")
    assert len((await citizen.sees("choose-item")).buttons) == 3
    await citizen.says("3")  # as it is numbered in the summary
    await citizen.sees("item-third")
    await citizen.says("changed")
    await citizen.sees_thanks()
    assert (await town.answers())["third"] == "changed"


async def test_a_choice_that_staff_took_out_meanwhile_is_not_recorded(
    citizen: Citizen, town: Town
) -> None:
    asked = await citizen.starts()
    form = next(q for q in town.pack.questionnaires.values() if "way" in q.by_code)
    corrected = replace(form.items[0], choices=form.items[0].choices[:1])
    changed = replace(form, items=(corrected, *form.items[1:]))
    pack = replace(town.pack, questionnaires={**town.pack.questionnaires, form.code: changed})
    await load_pack(town.app.database, pack, town.clock.now())
    await citizen.chooses(asked.buttons[1])
    await citizen.sees("question-changed", "item-way")
    assert await town.answers() == {}


async def corrects(town: Town, *items: Item) -> None:
    """Staff load the pack again, before the first answer, with these for the wave's items."""
    form = town.pack.questionnaires["opinion"]
    changed = {**town.pack.questionnaires, form.code: replace(form, items=items)}
    await load_pack(town.app.database, replace(town.pack, questionnaires=changed), town.clock.now())


@pytest.mark.parametrize("typed", [True, False], ids=["typed", "pressed"])
async def test_an_answer_is_none_to_an_item_that_was_put_before(
    citizen: Citizen, town: Town, typed: bool
) -> None:
    """Both take what was said; it belongs to the one that was on the screen."""
    asked = await citizen.starts()
    early = item(ItemType.SELECT_ONE, "early", choices=choices("Bus", "Cars"))
    await corrects(town, early, *ITEMS)
    await (citizen.says("Bus") if typed else citizen.chooses(asked.buttons[0]))
    await citizen.sees("question-changed")
    await citizen.sees_words("early?")
    assert await town.answers() == {}


async def test_words_are_no_answer_to_a_corrected_question(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await corrects(
        town,
        replace(ITEMS[0], label={"en": "way? Not by car", "es": "¿way?", "ar": "way؟"}),
        *ITEMS[1:],
    )
    await citizen.says("Bus")
    await citizen.sees("question-changed")
    await citizen.sees_words("Not by car")
    assert await town.answers() == {}
    await citizen.says("Bus")
    await citizen.sees("item-second")
    assert await town.answers() == {"way": "bus"}
