"""What a citizen's words mean as an answer, and which item comes next."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Answer, Answers, display
from bot.domain.choosing import chosen, picked_choices, selected, toggled
from bot.domain.naming import Tongue
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Questionnaire, Scale
from bot.domain.questionnaire_document import from_document, to_document
from bot.domain.reading import LONGEST_TEXT, Misunderstood, check_constraint, read_answer
from bot.domain.survey import position, values_of, walk
from bot.domain.words import folded, label_in, number_in, picked, without_marks

TODAY = date(2030, 1, 15)
VALUE, DONT_KNOW, REFUSED = AnswerKind.VALUE, AnswerKind.DONT_KNOW, AnswerKind.REFUSED

#: The zero of some scripts; the other nine digits follow it.
ZEROS = {"Latin": "0", "Arabic": "٠", "Persian": "۰", "Devanagari": "०", "Thai": "๐", "wide": "０"}


def item(type_: ItemType, code: str = "q", **more: Any) -> Item:
    return Item(code, type_, {"en": f"{code}?"}, **more)


def given_(*codes: str) -> Answers:
    return {code: Answer(VALUE, "1") for code in codes}


def read(it: Item, text: str, language: str = "en", **answers: Answer) -> Answer | Misunderstood:
    """As a conversation does: first what the words mean, then whether the constraint agrees."""
    meant = read_answer(it, text, language, TODAY)
    if isinstance(meant, Misunderstood):
        return meant
    return check_constraint(it, meant, language, values_of(answers), TODAY)


def pick(it: Item, text: str, language: str = "en") -> tuple[str, ...]:
    """The codes of the choices that are enumerated, all of them being shown."""
    return picked_choices(text, it.choices, [c.code for c in it.choices], Tongue(language))


WISHES = item(
    ItemType.SELECT_MULTIPLE,
    choices=(
        ItemChoice("trees", {"en": "Trees", "fr": "Des arbres"}),
        ItemChoice("water", {"en": "Water, clean", "fr": "De l’eau"}),
        ItemChoice("rest", {"en": "Rest", "fr": "Du repos"}),
        ItemChoice("unsure", {"en": "I don't know", "fr": "Je ne sais pas"}, DONT_KNOW),
        ItemChoice("secret", {"en": "I'd rather not say", "fr": "Sans réponse"}, REFUSED),
    ),
)
ONE_WISH = item(ItemType.SELECT_ONE, choices=WISHES.choices)


# --- Numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", ZEROS.values(), ids=ZEROS)
@given(value=st.decimals(-(10**7), 10**7, places=3))
def test_a_number_is_read_in_any_scripts_digits(zero: str, value: Decimal) -> None:
    digits = {str(n): chr(ord(zero) + n) for n in range(10)}
    for point in ".,٫":
        written = "".join(digits.get(c, point if c == "." else c) for c in f"{value:f}")
        assert number_in(f" {written} ") == float(value)


@pytest.mark.parametrize(("text", "number"), [("+7", 7), ("-7", -7), ("−7", -7), ("7.", 7)])
def test_a_sign_and_a_bare_point_may_stand_there(text: str, number: float) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", ".", ".5", "1e5", "1 000", "1.000,5", "1,000,000", "--1", "½", "Ⅳ", "0x1f",
     "seven", "7 people", "nan", "inf", "9" * 16],
)  # fmt: skip
def test_what_could_be_guessed_at_only_is_no_number(text: str) -> None:
    assert number_in(text) is None


@given(st.text(max_size=20))
def test_no_words_break_the_reading_of_a_number(text: str) -> None:
    assert number_in(text) is None or isinstance(number_in(text), float)


def test_a_point_of_the_scale_is_an_answer_and_nothing_beside_it_is() -> None:
    scale = item(ItemType.RANGE, scale=Scale(0, 10))
    assert read(scale, "١٠") == Answer(VALUE, 10)
    for words in ("11", "-1", "3.5", "ten", ""):
        assert read(scale, words) == Misunderstood("expected-point", {"low": "0", "high": "10"})


def test_a_wide_scale_is_never_written_out() -> None:
    wide = item(ItemType.RANGE, scale=Scale(0, 10**9, 0.5))
    assert read(wide, "123456789,5") == Answer(VALUE, 123456789.5)
    steps = {"low": "0", "high": "1000000000", "step": "0,5"}
    assert read(wide, "3,7", "es") == Misunderstood("expected-point-in-steps", steps)


def test_a_decimal_is_read_with_point_or_comma_in_any_language() -> None:
    number = item(ItemType.DECIMAL)
    for words in ("2.5", "2,5", "٢٫٥", "٢,٥"):
        assert read(number, words) == read(number, words, "es") == Answer(VALUE, 2.5)
    assert read(number, "0,125") == read(number, "0.125", "es") == Answer(VALUE, 0.125)
    assert read(number, "much") == Misunderstood("expected-number", {"example": "2.5"})


@pytest.mark.parametrize(
    ("language", "grouped", "fraction"), [("en", "1,000", "1.000"), ("es", "1.000", "1,000")]
)
def test_a_separator_of_thousands_is_not_taken_for_a_fraction(
    language: str, grouped: str, fraction: str
) -> None:
    number = item(ItemType.DECIMAL)
    assert isinstance(read(number, grouped, language), Misunderstood)
    assert read(number, fraction, language) == Answer(VALUE, 1)
    whole = item(ItemType.INTEGER)
    assert read(whole, grouped, language) == Misunderstood("expected-whole-number")
    assert read(whole, fraction, language) == Misunderstood("expected-whole-number")


def test_a_scale_may_have_steps_that_are_not_whole() -> None:
    tenths = item(ItemType.RANGE, scale=Scale(0, 1, 0.1))
    assert read(tenths, "0,3") == Answer(VALUE, 0.3)
    assert read(tenths, "1") == Answer(VALUE, 1)
    assert isinstance(read(tenths, "0.35"), Misunderstood)


@given(st.integers(-50, 50), st.integers(1, 40), st.sampled_from([0.1, 0.25, 0.5, 1, 2]))
def test_every_point_that_a_scale_offers_is_taken(start: int, count: int, step: float) -> None:
    scale = Scale(start, start + count * step, step)
    assert len(scale.points()) == count + 1
    for point in scale.points():
        assert read(item(ItemType.RANGE, scale=scale), f"{point:g}") == Answer(VALUE, point)


def test_an_integer_is_whole() -> None:
    number = item(ItemType.INTEGER)
    assert read(number, "12,0") == Answer(VALUE, 12)
    assert isinstance(read(number, "12").value, int)  # type: ignore[union-attr]
    assert read(number, "12.5") == read(number, "a dozen") == Misunderstood("expected-whole-number")


def test_a_constraint_refuses_in_its_own_words() -> None:
    age = item(
        ItemType.INTEGER,
        constraint=". >= 18 and . <= 120",
        constraint_message={"en": "Adults only.", "fr": "Adultes seulement."},
    )
    assert read(age, "18") == Answer(VALUE, 18)
    refused = read(age, "17", "fr")
    assert refused == Misunderstood("expected-constraint", {"message": "Adultes seulement."})
    swahili = read(age, "17", "sw")
    assert swahili == Misunderstood("expected-constraint", {"message": "Adults only."})


def test_a_constraint_without_words_of_its_own_refuses_in_the_bots() -> None:
    assert read(item(ItemType.INTEGER, constraint=". > 3"), "2") == Misunderstood("expected-other")


def test_a_constraint_sees_the_other_answers() -> None:
    working = item(ItemType.INTEGER, constraint=". <= ${adults}")
    assert read(working, "3", adults=Answer(VALUE, 3)) == Answer(VALUE, 3)
    assert isinstance(read(working, "3", adults=Answer(VALUE, 2)), Misunderstood)


# --- Choices -------------------------------------------------------------------------------------


def test_a_label_is_picked_whatever_its_case_accents_and_apostrophes() -> None:
    labels = ["Autobús", "I don’t know", "حَافِلَة"]
    assert [picked(words, labels) for words in ("AUTOBUS ", "i don't  know", "حافلة")] == [0, 1, 2]
    assert picked("STRASSE", ["Weg", "Straße"]) == 1


def test_a_number_counts_the_labels_from_one() -> None:
    assert [picked(words, ["a", "b", "c"]) for words in ("1", "٣", "3.0")] == [0, 2, 2]
    for words in ("0", "4", "-1", "1.5", "d", ""):
        assert picked(words, ["a", "b", "c"]) is None


def test_a_label_that_is_a_number_goes_before_its_place() -> None:
    assert picked("2", ["3", "2", "1"]) == 1
    assert picked("3", ["3", "2", "1"]) == 0


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), unique_by=folded, min_size=1))
def test_every_label_can_be_typed_as_it_stands(labels: list[str]) -> None:
    assert [picked(label, labels) for label in labels] == list(range(len(labels)))


@given(st.text(max_size=30))
def test_folding_twice_folds_no_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(max_size=30))
def test_invisible_marks_around_words_do_not_count(text: str) -> None:
    assert folded(f" \u2068{text}\u2069\u200f ") == folded(text)


def test_marks_around_copied_words_fall_off_and_those_within_stay() -> None:
    assert without_marks("\u2068/start a\u200db\u2069\u200e\n") == "/start a\u200db"


def test_one_choice_is_taken_by_label_or_number() -> None:
    assert pick(ONE_WISH, "trees") == pick(ONE_WISH, "1") == ("trees",)
    assert pick(ONE_WISH, "de l'eau", "fr") == ("water",)
    assert pick(ONE_WISH, "6") == ()


def test_a_choice_that_means_no_answer_gives_none() -> None:
    assert chosen(ONE_WISH, "secret") == Answer(REFUSED)
    assert chosen(ONE_WISH, "trees") == Answer(VALUE, "trees")


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("3, 1", ["trees", "rest"]),
        ("1 3", ["trees", "rest"]),
        ("rest; Water, clean", ["water", "rest"]),
        ("trees\nrest", ["trees", "rest"]),
        ("١، ٣", ["trees", "rest"]),
        ("Water, clean", ["water"]),  # one label with a comma in it is no enumeration
        ("1, 1, trees,", ["trees"]),
    ],
)
def test_several_choices_are_enumerated_as_people_do(words: str, codes: list[str]) -> None:
    assert selected(WISHES, pick(WISHES, words)) == Answer(VALUE, codes)


@pytest.mark.parametrize("words", ["", ",", "1, 9", "trees and rest", "1 trees"])
def test_an_enumeration_with_something_unknown_is_refused_as_a_whole(words: str) -> None:
    assert pick(WISHES, words) == ()


def test_dont_know_among_several_stands_alone() -> None:
    assert pick(WISHES, "1, 4") == ("trees", "unsure")
    assert selected(WISHES, ["trees", "unsure"]) == Answer(DONT_KNOW)
    assert selected(WISHES, ["rest", "trees"]) == Answer(VALUE, ["trees", "rest"])


@given(st.lists(st.sampled_from([choice.code for choice in WISHES.choices]), max_size=12))
def test_pressing_never_leaves_dont_know_beside_another(presses: list[str]) -> None:
    codes: list[str] = []
    for code in presses:
        before, codes = codes, toggled(WISHES, codes, code)
        assert (code in codes) is (code not in before)
        assert len(codes) == 1 or not {"unsure", "secret"} & set(codes)
        assert len(codes) == len(set(codes))


def test_pressing_twice_takes_back() -> None:
    assert toggled(WISHES, ["trees", "rest"], "trees") == ["rest"]
    assert toggled(WISHES, ["trees", "rest"], "unsure") == ["unsure"]
    assert toggled(WISHES, ["unsure"], "rest") == ["rest"]


# --- Words ---------------------------------------------------------------------------------------


def test_a_text_is_kept_as_written_up_to_its_limit() -> None:
    text = item(ItemType.TEXT)
    assert read(text, "  Benches 🪑\n\nand shade ") == Answer(VALUE, "Benches 🪑\n\nand shade")
    assert read(text, " \n ") == Misunderstood("expected-text")
    assert read(text, "x" * LONGEST_TEXT) == Answer(VALUE, "x" * LONGEST_TEXT)
    assert read(text, "x" * (LONGEST_TEXT + 1)) == Misunderstood(
        "expected-shorter-text", {"limit": "4096"}
    )


def test_an_answer_is_shown_in_the_readers_words() -> None:
    assert display(WISHES, Answer(VALUE, ["trees", "rest"]), "fr") == "Des arbres, Du repos"
    assert display(ONE_WISH, Answer(VALUE, "trees"), "sw") == "Trees"  # no Swahili: the source
    assert display(item(ItemType.INTEGER), Answer(VALUE, 3.0), "en") == "3"
    assert display(WISHES, Answer(REFUSED), "en") is None
    order = item(ItemType.RANK, choices=WISHES.choices)
    assert display(order, Answer(VALUE, ["rest", "trees"]), "en") == "1. Rest, 2. Trees"
    assert display(item(ItemType.DATE), Answer(VALUE, "2026-11-22"), "es") == (
        "22 de noviembre de 2026"
    )
    assert display(item(ItemType.ACKNOWLEDGE), Answer(VALUE, "OK"), "en") == "✓"
    assert display(item(ItemType.DECIMAL), Answer(VALUE, 3.14159265), "fr") == "3,14159265"
    assert display(item(ItemType.INTEGER), Answer(VALUE, 1985), "en") == "1985"  # a year, say
    assert label_in({}, "en") == ""


# --- Position ------------------------------------------------------------------------------------

TRIP = Questionnaire(
    "trip",
    1,
    {"en": "A trip"},
    (
        item(ItemType.NOTE, "hello"),
        item(ItemType.TEXT, "goes"),
        item(ItemType.NOTE, "about_it", relevant="${goes} = '1'"),
        item(ItemType.TEXT, "how", relevant="${goes} = '1'"),
        item(ItemType.TEXT, "how_long", relevant="${how} != ''"),
        item(ItemType.TEXT, "last"),
        item(ItemType.NOTE, "goodbye"),
    ),
)


def at(answers: Answers, code: str | None = None) -> tuple[str | None, list[str], int, int]:
    found = position(TRIP, answers, TODAY, code)
    return (
        found.item.code if found.item else None,
        [note.code for note in found.shown],
        found.number,
        found.total,
    )


def test_the_position_follows_from_the_answers() -> None:
    assert at({}) == ("goes", ["hello"], 1, 2)
    assert at(given_("goes")) == ("how", ["about_it"], 2, 3)
    assert at(given_("goes", "how")) == ("how_long", [], 3, 4)
    assert at({"goes": Answer(VALUE, "no")}) == ("last", [], 2, 2)
    assert at(given_("goes", "how", "how_long", "last")) == (None, ["goodbye"], 4, 4)


def test_refusing_and_skipping_answer_an_item_without_giving_a_value() -> None:
    assert at({"goes": Answer(REFUSED)}) == ("last", [], 2, 2)
    assert at({"goes": Answer(AnswerKind.SKIPPED), "last": Answer(DONT_KNOW)})[0] is None


def test_going_back_lands_where_asked_unless_that_is_no_longer_relevant() -> None:
    assert at(given_("goes", "how"), "goes") == ("goes", ["hello"], 1, 4)
    assert at({"goes": Answer(VALUE, "no")}, "how") == ("last", [], 2, 2)


def test_an_answer_to_what_became_irrelevant_counts_as_empty() -> None:
    answers = {**given_("how", "how_long"), "goes": Answer(VALUE, "no")}
    shown = [it.code for it in walk(TRIP, answers, TODAY).items]
    assert shown == ["hello", "goes", "last", "goodbye"]


def test_the_item_before_is_an_answered_and_relevant_one() -> None:
    def before(answers: Answers, code: str | None) -> str | None:
        found = position(TRIP, answers, TODAY, at=code).before
        return found.code if found else None

    everything = given_("goes", "how", "how_long", "last")
    assert before(everything, None) == "last"
    assert before(everything, "last") == "how_long"
    assert before(everything, "goes") is None
    assert before({**everything, "goes": Answer(VALUE, "no")}, "last") == "goes"
    assert before(given_("goes", "last"), "last") == "goes"


@given(st.dictionaries(st.sampled_from(["goes", "how", "how_long", "last"]), st.sampled_from("01")))
def test_answering_what_is_asked_comes_to_an_end(said: dict[str, str]) -> None:
    answers = {code: Answer(VALUE, value) for code, value in said.items()}
    for _ in range(len(TRIP.asked) + 1):
        found = position(TRIP, answers, TODAY)
        assert 1 <= found.number <= found.total
        if found.item is None:
            return
        assert found.item.code not in answers and found.item.type is not ItemType.NOTE
        answers[found.item.code] = Answer(VALUE, "1")
    pytest.fail("it went on asking")


def test_a_questionnaire_survives_being_stored() -> None:
    rich = Questionnaire(
        "rich",
        3,
        {"en": "Rich"},
        (
            *TRIP.items,
            WISHES,
            item(ItemType.RANGE, "r", scale=Scale(0, 1, 0.1), dont_know=True, required=True),
            item(ItemType.TEXT, "name", personal=True, hint={"en": "Or a nickname"}),
            item(ItemType.INTEGER, "age", constraint=". > 17", constraint_message={"en": "No."}),
        ),
    )
    assert from_document(to_document(rich)) == rich
