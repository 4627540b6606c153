"""What is stored is an answer to its item, or it is not."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Answer
from bot.domain.choosing import picked_choices, selected
from bot.domain.naming import Tongue
from bot.domain.questionnaire import AnswerKind, ItemType, Scale
from bot.domain.reading import Misunderstood, read_answer
from bot.domain.validity import validity_of
from tests.cast.town import choices, item

SCALE = Scale(0, 10)
TWO = choices("Bus", "Train", unsure=AnswerKind.DONT_KNOW)
ITEMS = {
    type_: item(
        type_,
        "q",
        choices=TWO if type_ in ("select_one", "select_multiple", "rank") else (),
        scale=SCALE if type_ is ItemType.RANGE else None,
    )
    for type_ in ItemType
}


@pytest.mark.parametrize(
    ("type_", "stored"),
    [
        ("integer", "many"), ("integer", 2.5), ("integer", True), ("integer", 1e20),
        ("integer", [3]), ("decimal", "2.5"), ("decimal", float("inf")), ("decimal", None),
        ("range", 77), ("range", 2.5), ("range", "7"), ("select_one", "plane"),
        ("select_one", "unsure"), ("select_one", ["bus"]), ("select_multiple", "bus"),
        ("select_multiple", ["bus", "plane"]), ("select_multiple", ["bus", "bus"]),
        ("select_multiple", [1]), ("rank", ["bus", "unsure"]), ("date", "2026-02-30"),
        ("date", "20260228"), ("date", 5), ("acknowledge", "ok"), ("text", 5), ("text", {"a": 1}),
        ("note", "words"), ("calculate", 5), ("hidden", "x"),
    ],
)  # fmt: skip
def test_what_can_be_no_answer(type_: str, stored: object) -> None:
    assert not validity_of(ITEMS[ItemType(type_)])(stored)


@pytest.mark.parametrize(
    ("type_", "stored"),
    [
        ("integer", 0), ("integer", -3), ("integer", 3.0), ("decimal", 2.5), ("decimal", 2),
        ("range", 10), ("range", 0.0), ("select_one", "bus"), ("select_multiple", []),
        ("select_multiple", ["train", "bus"]), ("rank", ["train", "bus"]), ("rank", ["bus"]),
        ("date", "2024-02-29"), ("acknowledge", "OK"), ("text", "5"),
    ],
)  # fmt: skip
def test_what_can_be_one(type_: str, stored: object) -> None:
    assert validity_of(ITEMS[ItemType(type_)])(stored)


@given(
    st.sampled_from([each for each in ITEMS.values() if each.asked and each.type != "rank"]),
    st.sampled_from(["en", "es", "ar"]),
    st.text() | st.integers(-999, 999).map(str) | st.dates().map(str) | st.just("Bus, Train"),
)
def test_whatever_is_read_is_valid(asked, language, text) -> None:  # type: ignore[no-untyped-def]
    read: Answer | Misunderstood
    if asked.choices:
        codes = [choice.code for choice in asked.choices]
        read = selected(asked, picked_choices(text, asked.choices, codes, Tongue(language)))
        if asked.type is ItemType.SELECT_ONE and isinstance(read.value, list):
            read = Answer(read.kind, read.value[0]) if read.value else Answer(AnswerKind.SKIPPED)
    else:
        read = read_answer(asked, text, language, date(2030, 1, 15))
    if isinstance(read, Answer) and read.kind is AnswerKind.VALUE:
        assert validity_of(asked)(json.loads(json.dumps(read.value)))


@given(st.sampled_from(list(ITEMS.values())), st.from_type(type(None)) | st.booleans() | st.floats()
       | st.text() | st.lists(st.text() | st.integers() | st.none()) | st.dictionaries(st.text(),
       st.integers()) | st.integers())  # fmt: skip
def test_nothing_makes_it_raise(asked, stored) -> None:  # type: ignore[no-untyped-def]
    assert validity_of(asked)(stored) in (True, False)
