"""Choices come in another order for each participant, and the order is kept with the answer."""

from sqlalchemy import select

from bot.domain.choosing import in_random_order
from bot.domain.questionnaire import AnswerKind, ItemType
from bot.storage.tables import answer, participant
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item

COLOURS = choices("Red", "Green", "Blue", "Gold", "Pink", "Grey", none=AnswerKind.REFUSED)
ITEMS = (
    item(ItemType.SELECT_ONE, "colour", choices=COLOURS, randomized=True, required=True),
    item(ItemType.SELECT_ONE, "same", choices=COLOURS, randomized=True, seed="'7'"),
    item(ItemType.RANK, "order", choices=COLOURS, randomized=True),
    item(ItemType.SELECT_ONE, "fixed", choices=COLOURS),
)


async def test_numbers_count_the_order_shown_which_is_kept(citizen: Citizen, town: Town) -> None:
    first = await citizen.starts()
    who = (await town.rows(select(participant.c.id)))[0][0]
    order = in_random_order(COLOURS, f"{who}:colour")
    labels = tuple(choice.label["en"] for choice in order)
    assert first.buttons[:7] == labels and labels[-1] == "none"
    await citizen.says("nothing")
    again = await citizen.sees("expected-choice", "item-colour")
    assert again.buttons == first.buttons
    await town.restarts()
    await citizen.says("2")
    asked = await citizen.sees("item-same")
    assert asked.buttons[:7] == tuple(c.label["en"] for c in in_random_order(COLOURS, "7"))
    await citizen.chooses(asked.buttons[0])
    ranking = await citizen.sees("item-order")
    await citizen.says("1 2 3 4 5 6")
    await citizen.sees("item-order")
    await citizen.chooses("button-done")
    await citizen.sees("item-fixed")
    await citizen.says("1")
    await citizen.sees_thanks()
    answers = await town.answers()
    assert answers["colour"] == order[1].code
    assert await town.shown("colour") == [choice.code for choice in order]
    assert await town.shown("order") == [label.lower() for label in ranking.buttons[:7]]
    assert answers["order"] == [label.lower() for label in ranking.buttons[:6]]
    assert await town.shown("fixed") is None


async def test_a_changed_answer_has_its_order_too(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts()
    await telegram_citizen.says("1")
    await telegram_citizen.sees("item-same")
    await telegram_citizen.chooses("button-back")
    await telegram_citizen.sees("item-colour")
    await telegram_citizen.says("3")
    await telegram_citizen.sees("item-same")
    rows = await town.rows(select(answer.c.choices_shown).where(answer.c.item == "colour"))
    assert len(rows) == 2 and rows[0][0] == rows[1][0] is not None
