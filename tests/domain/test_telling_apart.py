"""Questions in few words that still tell them apart."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.telling_apart import clipped, told_apart

TRUST = "On a scale from 0 to 10, how much do you trust each of these: {}?"


def test_a_beginning_that_others_share_is_cut_off() -> None:
    asked = ["Where do you live?", *map(TRUST.format, ("the courts", "the police", "banks"))]
    assert told_apart(asked, [18] * 4) == [
        "Where do you live?", "…courts?", "…police?", "…banks?"
    ]  # fmt: skip


def test_what_fits_stays_whole() -> None:
    assert told_apart(["How old are you?", "How old is she?"], [20, 20]) == [
        "How old are you?", "How old is she?"
    ]  # fmt: skip


def test_a_language_without_spaces_is_cut_at_the_letter_that_differs() -> None:
    asked = ["您在多大程度上信任以下机构法院", "您在多大程度上信任以下机构警察"]
    assert told_apart(asked, [8, 8]) == ["…法院", "…警察"]


def test_equal_questions_stay_as_they_are() -> None:
    assert told_apart(["Why is that so for you?"] * 2, [12, 12]) == ["Why is that…"] * 2


def test_words_are_clipped_between_words() -> None:
    assert clipped("How often do you go there?", 12) == "How often…"
    assert clipped("Donaudampfschifffahrt", 10) == "Donaudamp…"
    assert clipped("a\n b", 10) == "a b"


@given(st.lists(st.text(max_size=60), max_size=6), st.integers(5, 40))
def test_nothing_is_longer_than_its_room(labels: list[str], room: int) -> None:
    short = told_apart(labels, [room] * len(labels))
    assert len(short) == len(labels)
    assert all(len(label) <= room for label in short)
