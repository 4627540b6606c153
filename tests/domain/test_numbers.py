"""Which number people name, and when it is certain."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.catalogue import LOCALES, SOURCE, Catalogues
from bot.domain.answers import Answer
from bot.domain.numbers import NumberWords, numerals
from bot.domain.questionnaire import AnswerKind, Item, ItemType, Scale
from bot.domain.reading import Misunderstood, read_answer
from bot.domain.words import bare

CATALOGUES = Catalogues(LOCALES)
TODAY = date(2030, 1, 15)
LABELS = {
    "en": "How many visits, in how many days?",
    "fr": "Combien de visites, à combien de km ?",
    "es": "¿Cuántos días?",
    "ar": "كم زيارة؟",
    "sw": "Siku ngapi?",
}


def number_words(language: str) -> NumberWords:
    """As a conversation in it knows them."""
    lists = [CATALOGUES.text(each, "words-around-a-number") for each in (language, SOURCE)]
    own, english = (CATALOGUES.text(each, "words-numbers") for each in (language, SOURCE))
    around = frozenset(bare(word) for each in lists for word in each.split("|"))
    return NumberWords({**numerals(english), **numerals(own)}, around)


def read(type_: ItemType, text: str, language: str) -> Answer | Misunderstood:
    scale = Scale(0, 10) if type_ is ItemType.RANGE else None
    return read_answer(
        Item("q", type_, LABELS, scale=scale), text, language, TODAY, number_words(language)
    )


@pytest.mark.parametrize("language", CATALOGUES.languages)
def test_numerals_are_from_0_to_20_and_then_by_tens(language: str) -> None:
    listed = CATALOGUES.text(language, "words-numbers")
    assert len(listed.split("|")) == 29
    assert set(numerals(listed).values()) == {*range(21), *range(30, 101, 10)}


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "three", 3),
        ("en", "Twenty!", 20),
        ("en", "none", 0),
        ("en", "4 times", 4),
        ("en", "4x", 4),
        ("en", "three times.", 3),
        ("en", "12 days", 12),
        ("en", "1 visit", 1),
        ("en", "4!", 4),
        ("fr", "quatre-vingt-dix", 90),
        ("fr", "dix-sept fois", 17),
        ("fr", "2,5 km", 2.5),
        ("fr", "2,5km", 2.5),
        ("fr", "three", 3),
        ("es", "dieciséis", 16),
        ("es", "once", 11),
        ("es", "1 día", 1),
        ("ar", "ثلاثة", 3),
        ("ar", "ثلاث مرات", 3),
        ("ar", "٤ مرات", 4),
        ("sw", "kumi na moja", 11),
        ("sw", "mara tatu", 3),
        ("sw", "siku 4", None),
        ("sw", "4 siku", 4),
    ],
)
def test_a_number_in_words_or_with_what_changes_nothing_counts(
    language: str, text: str, number: float | None
) -> None:
    read_as = read(ItemType.DECIMAL, text, language)
    if number is None:  # the unit goes before, where nothing tells it from `about`
        assert isinstance(read_as, Misunderstood) and read_as.guess is None
    else:
        assert read_as == Answer(AnswerKind.VALUE, number)


@pytest.mark.parametrize("text", ["2 weeks", "4 km", "2 million", "two dozen"])
def test_a_word_that_was_not_asked_for_leaves_it_uncertain(text: str) -> None:
    uncertain = read(ItemType.INTEGER, text, "en")
    assert isinstance(uncertain, Misunderstood) and uncertain.expected == "confirm-number"
    assert uncertain.guess and uncertain.guess.value in (2, 4)


@pytest.mark.parametrize(
    "text",
    ["2-3", "3 or 4", "about 3", "more than 3", "3 or more", "two or three", "1 000",
     "3 and a half", "twenty one", "4 times a week", "not 3", "2h30", "3 to 5 days"],
)  # fmt: skip
def test_what_is_no_one_number_is_declined(text: str) -> None:
    assert read(ItemType.INTEGER, text, "en") == Misunderstood(
        "expected-one-number", {"example": "3"}
    )
    assert isinstance(read(ItemType.RANGE, text, "en"), Misunderstood)


@pytest.mark.parametrize("text", ["1.500", "1,500", "1.500 days", "2,5 days", "many", ""])
def test_a_whole_number_is_neither_grouped_nor_a_fraction(text: str) -> None:
    assert read(ItemType.INTEGER, text, "en") == Misunderstood("expected-whole-number")


@given(st.text("12 .,-+ortimesaboukm½٣", max_size=12))
def test_whatever_counts_has_one_number_in_it(text: str) -> None:
    taken = read(ItemType.DECIMAL, text, "en")
    if isinstance(taken, Answer):
        figures = "".join(c if c.isdecimal() or c in ".,+-" else " " for c in text).split()
        assert len([each for each in figures if any(c.isdecimal() for c in each)]) <= 1
        assert not {"or", "about"} & set(text.split())
