"""What is offered follows from earlier answers, and follows them when they change."""

from sqlalchemy import select

from bot.domain.questionnaire import ItemChoice, ItemType
from bot.storage.tables import answer
from tests.cast.citizens import Citizen
from tests.cast.town import Town, choices, item


def street(code: str, quarter: str) -> ItemChoice:
    return ItemChoice(code, {"en": code.title()}, columns={"quarter": quarter})


STREETS = (street("elm", "north"), street("oak", "north"), street("quay", "south"))
OF_QUARTER = "quarter = ${quarter}"
ITEMS = (
    item(ItemType.SELECT_ONE, "quarter", choices=choices("North", "South", "West"), required=True),
    item(ItemType.SELECT_ONE, "street", choices=STREETS, choice_filter=OF_QUARTER, required=True),
    item(ItemType.RANK, "order", choices=STREETS, choice_filter=OF_QUARTER, required=True),
    item(ItemType.TEXT, "elm_trees", relevant="${street} = 'elm'"),
    item(ItemType.TEXT, "last"),
)


async def test_only_what_fits_is_offered_typed_and_counted(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await citizen.chooses("North")
    asked = await citizen.sees("item-street")
    assert asked.buttons[:2] == ("Elm", "Oak") and "Quay" not in asked.buttons
    for words in ("Quay", "3"):
        await citizen.says(words)
        await citizen.sees("expected-choice", "item-street")
    await citizen.says("2")
    await citizen.sees("item-order")
    await citizen.says("Oak")  # the other one follows by itself
    await citizen.sees("item-order")
    await citizen.chooses("button-done")
    await citizen.sees("item-last")
    assert await town.answers() == {"quarter": "north", "street": "oak", "order": ["oak", "elm"]}


async def test_where_nothing_is_offered_nothing_is_asked(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await citizen.chooses("West")
    asked = await citizen.sees("item-last")
    assert "2 of 2" in asked.text.replace("\u2068", "").replace("\u2069", "")


async def test_a_changed_answer_asks_again_and_keeps_what_no_longer_counts(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts()
    for words, seen in (
        ("North", "item-street"),
        ("Elm", "item-order"),
        ("1", "item-order"),
        ("done", "item-elm_trees"),
        ("Three", "item-last"),
    ):
        await citizen.says(words)
        await citizen.sees(seen)
    await citizen.says("Nothing else")
    summary = await citizen.sees_thanks()
    assert "Three" in summary.text
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.chooses("1. quarter? — North")
    await citizen.sees("item-quarter")
    await citizen.says("South")
    lost = await citizen.sees_anything()
    assert "elm_trees?" in lost.text and "street?" not in lost.text
    asked = await citizen.sees("item-street")  # Elm is not there any more
    assert "Your answer so far, \u2068Elm\u2069, is not among the choices any more" in asked.text
    await citizen.says("Quay")
    await citizen.sees("item-order")  # one choice is an order by itself
    await citizen.chooses("button-done")
    summary = await citizen.sees_thanks()
    assert "Three" not in summary.text and "Quay" in summary.text
    stored = await town.rows(
        select(answer.c.value).where(answer.c.item == "elm_trees", answer.c.replaced_at.is_(None))
    )
    assert [row[0] for row in stored] == ["Three"]  # it does not count, and is kept
