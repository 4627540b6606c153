"""Which choices an item offers, how many it wants, and in what order they are put."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Answer
from bot.domain.choosing import in_random_order, picked_choices
from bot.domain.counts import Counts, counts_wanted
from bot.domain.defaults import default_answer, default_codes
from bot.domain.naming import Tongue
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Questionnaire, Scale
from bot.domain.ranking import completed, placed, undone
from bot.domain.survey import position, walk

TODAY = date(2030, 1, 15)
VALUE = AnswerKind.VALUE
FIVE = tuple(ItemChoice(code, {"en": code.upper()}) for code in "abcde")


def several(constraint: str) -> Item:
    return Item("q", ItemType.SELECT_MULTIPLE, {"en": "Q"}, constraint=constraint, choices=FIVE)


# --- How many ------------------------------------------------------------------------------------


@given(st.integers(1, 5), st.integers(1, 5))
def test_the_counts_are_those_that_the_constraint_takes(least: int, most: int) -> None:
    constraint = f"count-selected(.) >= {least} and count-selected( . ) <= {most}"
    found = counts_wanted(several(constraint), 5, {}, TODAY)
    if least > most or (least, most) == (1, 5):
        assert found is None
    else:
        assert found == Counts(least, most)


@pytest.mark.parametrize(
    "constraint",
    [
        "count-selected(.) != 3",  # leaves a gap
        "count-selected(.) <= 9",  # lets all through
        "count-selected(.) > 9",  # lets none through
        "count-selected(.) <= 2 or selected(., 'a')",
        "count-selected(${q}) <= 2",
    ],
)
def test_what_is_not_about_the_count_alone_gives_none(constraint: str) -> None:
    assert counts_wanted(several(constraint), 5, {}, TODAY) is None


def test_the_counts_may_depend_on_another_answer() -> None:
    wanted = several("count-selected(.) = ${places}")
    assert counts_wanted(wanted, 5, {"places": 3.0}, TODAY) == Counts(3, 3)


# --- Orders --------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.sampled_from("abcde"), st.just("undo")), max_size=40))
def test_pressing_and_undoing_always_leaves_an_order(presses: list[str]) -> None:
    codes = "abcde"
    ranked: tuple[str, ...] = ()
    for press in presses:
        before = ranked
        ranked = undone(ranked, codes) if press == "undo" else placed(ranked, press, codes)
        assert len(set(ranked)) == len(ranked) != len(codes) - 1
        if press != "undo":
            assert ranked[: len(before)] == before and press in ranked
        elif before:
            assert ranked == before[: len(ranked)] and len(ranked) < len(before)


@given(st.permutations("abcde"))
def test_every_order_can_be_pressed_with_one_press_less(order: list[str]) -> None:
    ranked: tuple[str, ...] = ()
    for code in order[:-1]:
        ranked = placed(ranked, code, "abcde")
    assert ranked == tuple(order)


def test_one_choice_is_an_order_by_itself() -> None:
    assert completed((), "a") == ("a",)
    assert undone(("a",), "a") == ()


@given(st.text(max_size=20))
def test_a_random_order_has_every_choice_once_and_is_always_the_same(seed: str) -> None:
    unsure = ItemChoice("z", {"en": "?"}, AnswerKind.DONT_KNOW)
    order = in_random_order((unsure, *FIVE), seed)
    assert order == in_random_order((unsure, *FIVE), seed)
    assert sorted(choice.code for choice in order[:-1]) == list("abcde")
    assert order[-1] is unsure


def test_a_random_order_is_the_same_on_every_machine() -> None:
    assert "".join(choice.code for choice in in_random_order(FIVE, "p1:q")) == "baedc"


def test_typed_numbers_count_what_is_shown_and_labels_all_there_is() -> None:
    english = Tongue("en")
    assert picked_choices("2, D, 1", FIVE, ("e", "c"), english) == ("c", "d", "e")
    assert picked_choices("3", FIVE, ("e", "c"), english) == ()
    assert picked_choices("", FIVE, ("e", "c"), english) == ()


# --- What is offered -----------------------------------------------------------------------------

NORTH = tuple(ItemChoice(code, {"en": code}, columns={"side": "n"}) for code in ("elm", "oak"))
SOUTH = (ItemChoice("quay", {"en": "quay"}, columns={"side": "s"}),)
CASCADE = Questionnaire(
    "cascade",
    1,
    {"en": "Cascade"},
    (
        Item("side", ItemType.TEXT, {"en": "Side"}),
        Item(
            "street",
            ItemType.SELECT_ONE,
            {"en": "Street"},
            choices=NORTH + SOUTH,
            choice_filter="side = ${side}",
        ),
        Item(
            "order",
            ItemType.RANK,
            {"en": "Order"},
            choices=NORTH + SOUTH,
            choice_filter="side = ${side}",
        ),
        Item("elm", ItemType.TEXT, {"en": "Elm"}, relevant="${street} = 'elm'"),
    ),
)


def said(
    side: str, street: str = "elm", order: tuple[str, ...] = ("oak", "elm")
) -> dict[str, Answer]:
    values = {"side": side, "street": street, "order": list(order), "elm": "yes"}
    return {code: Answer(VALUE, value) for code, value in values.items()}


def test_an_answer_counts_while_its_choice_is_offered() -> None:
    assert set(walk(CASCADE, said("n"), TODAY).answers) == {"side", "street", "order", "elm"}
    assert set(walk(CASCADE, said("s"), TODAY).answers) == {"side"}
    assert position(CASCADE, said("s"), TODAY).item == CASCADE.item("street")
    one_more = said("n", order=("oak",))
    assert "order" not in walk(CASCADE, one_more, TODAY).answers  # an order has all there are


def test_an_item_that_offers_nothing_is_not_relevant() -> None:
    gone = walk(CASCADE, {"side": Answer(VALUE, "west")}, TODAY)
    assert [item.code for item in gone.items] == ["side"]
    assert position(CASCADE, said("west"), TODAY).item is None


# --- What is kept if nothing else is said --------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (Item("q", ItemType.INTEGER, {}, default="2 + 3"), 5),
        (Item("q", ItemType.INTEGER, {}, default="2.5"), None),
        (Item("q", ItemType.INTEGER, {}, default="'many'"), None),
        (Item("q", ItemType.INTEGER, {}, default="5", constraint=". > 9"), None),
        (Item("q", ItemType.DECIMAL, {}, default="5 div 2"), 2.5),
        (Item("q", ItemType.DECIMAL, {}, default="1 div 0"), None),
        (Item("q", ItemType.RANGE, {}, scale=Scale(0, 10), default="10"), 10),
        (Item("q", ItemType.RANGE, {}, scale=Scale(0, 10), default="11"), None),
        (Item("q", ItemType.DATE, {}, default="today()"), "2030-01-15"),
        (Item("q", ItemType.DATE, {}, default="'soon'"), None),
        (Item("q", ItemType.TEXT, {}, default="${said}"), "Hello"),
        (Item("q", ItemType.TEXT, {}, default="${unsaid}"), None),
        (Item("q", ItemType.SELECT_ONE, {}, choices=FIVE, default="'c'"), "c"),
        (Item("q", ItemType.SELECT_ONE, {}, choices=FIVE, default="'x'"), None),
        (Item("q", ItemType.ACKNOWLEDGE, {}, default="'OK'"), None),
    ],
)
def test_a_default_is_offered_if_it_is_sound(item: Item, value: object) -> None:
    gone = walk(
        Questionnaire("d", 1, {}, (Item("said", ItemType.TEXT, {}), item)),
        {"said": Answer(VALUE, "Hello")},
        TODAY,
    )
    expected = None if value is None else Answer(VALUE, value)  # type: ignore[arg-type]
    assert default_answer(item, item.choices, gone, "en", TODAY) == expected


def test_defaults_of_several_are_those_that_are_offered() -> None:
    item = Item("q", ItemType.SELECT_MULTIPLE, {}, choices=FIVE, default="'d a x d'")
    gone = walk(Questionnaire("d", 1, {}, (item,)), {}, TODAY)
    assert default_codes(item, FIVE, gone, TODAY) == ("d", "a")
    assert default_codes(item, FIVE[:2], gone, TODAY) == ("a",)


# --- What nobody is asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "calculation", "value"),
    [
        (ItemType.CALCULATE, "2 > 1", 1),
        (ItemType.CALCULATE, "1 div 4", 0.25),
        (ItemType.CALCULATE, "''", None),
        (ItemType.DATE, "'2030-01-15' + 7", "2030-01-22"),
        (ItemType.DATE, "'some day'", None),
        (ItemType.SELECT_MULTIPLE, "'b a'", ["b", "a"]),
        (ItemType.SELECT_MULTIPLE, "''", None),
    ],
)
def test_a_derived_value_has_the_form_of_its_type(
    type_: ItemType, calculation: str, value: object
) -> None:
    item = Item("q", type_, {}, calculation=calculation, read_only=True, choices=FIVE)
    answer = walk(Questionnaire("d", 1, {}, (item,)), {}, TODAY).answers["q"]
    assert answer.value == value
    assert answer.kind is (AnswerKind.SKIPPED if value is None else VALUE)
