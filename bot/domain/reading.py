"""What a citizen's words mean as an answer to an item."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.answers import Answer, value_of
from bot.domain.compiled import compiled
from bot.domain.dates import NoDate, read_date
from bot.domain.expression import Value
from bot.domain.formats import decimal_sign, example_days, number_in_words
from bot.domain.numbers import NumberWords, names_numbers, number_said
from bot.domain.questionnaire import ACKNOWLEDGED, AnswerKind, Item, ItemType, Scale
from bot.domain.words import folded, label_in

#: Longest open answer that is stored, in characters. Telegram's longest message is 4096.
LONGEST_TEXT = 4096

#: A thousand or more with a group separator, or else a number with three digits of a fraction.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")

NO_WORDS = NumberWords()


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """The words are no answer to the item. `expected` is the key of a message that says what is."""

    expected: str
    details: Mapping[str, str] | None = None
    guess: Answer | None = None  #: What may have been meant, to be confirmed.


def read_answer(
    item: Item, text: str, language: str, today: date, words: NumberWords = NO_WORDS
) -> Answer | Misunderstood:
    """What `text`, typed by a citizen, means as an answer to `item`, its constraint apart.

    Choices are no matter of one reading: bot/domain/choosing.py.
    """
    match item.type:
        case ItemType.TEXT:
            return _read_text(text)
        case ItemType.INTEGER | ItemType.DECIMAL | ItemType.RANGE:
            return _read_number(item, text, language, words)
        case ItemType.DATE:
            return _read_date(text, language, today)
        case ItemType.ACKNOWLEDGE:
            if folded(text) == folded(ACKNOWLEDGED):
                return Answer(AnswerKind.VALUE, ACKNOWLEDGED)
            return Misunderstood("expected-acknowledge")
    raise AssertionError(f"{item.type} is read elsewhere: bot/domain/choosing.py")


def check_constraint(
    item: Item, answer: Answer, language: str, values: Mapping[str, Value], today: date
) -> Answer | Misunderstood:
    """`answer`, unless the item's constraint refuses it. An empty answer meets every constraint."""
    if meets_constraint(item, answer, values, today):
        return answer
    if message := label_in(item.constraint_message, language):
        return Misunderstood("expected-constraint", {"message": message})
    return Misunderstood("expected-other")


def meets_constraint(item: Item, answer: Answer, values: Mapping[str, Value], today: date) -> bool:
    value = value_of(answer)
    if item.constraint is None or value is None:
        return True
    return compiled(item.constraint).is_true(values, current=value, today=today)


def number_answer(number: float) -> Answer:
    """Whole numbers are stored as such."""
    return Answer(AnswerKind.VALUE, int(number) if number == int(number) else number)


def off_the_scale(scale: Scale, language: str) -> Misunderstood:
    """A message that says which numbers are points of `scale`."""
    low, high = number_in_words(scale.start, language), number_in_words(scale.end, language)
    if scale.step == 1:
        return Misunderstood("expected-point", {"low": low, "high": high})
    step = number_in_words(scale.step, language)
    return Misunderstood("expected-point-in-steps", {"low": low, "high": high, "step": step})


def _read_text(text: str) -> Answer | Misunderstood:
    words = text.strip()
    if not words:
        return Misunderstood("expected-text")
    if len(words) > LONGEST_TEXT:
        return Misunderstood("expected-shorter-text", {"limit": str(LONGEST_TEXT)})
    return Answer(AnswerKind.VALUE, words)


def _read_number(
    item: Item, text: str, language: str, words: NumberWords
) -> Answer | Misunderstood:
    asked = f"{label_in(item.label, language)} {label_in(item.hint, language)}"
    said = number_said(text, words, asked)
    number = None if said is None or _is_grouped(item, said.figures, language) else said.number
    if item.scale is not None:
        if number is None or number not in item.scale:
            return off_the_scale(item.scale, language)
    elif said is None and names_numbers(text, words):
        example = "3" if item.type is ItemType.INTEGER else number_in_words(2.5, language)
        return Misunderstood("expected-one-number", {"example": example})
    elif item.type is ItemType.DECIMAL:
        if number is None:
            return Misunderstood("expected-number", {"example": number_in_words(2.5, language)})
    elif number is None or number != int(number):
        return Misunderstood("expected-whole-number")
    if said is not None and not said.certain:
        shown = number_in_words(number, language)
        return Misunderstood("confirm-number", {"number": shown}, number_answer(number))
    return number_answer(number)


def _is_grouped(item: Item, figures: str | None, language: str) -> bool:
    """Whether a point or comma may part thousands, so that nobody knows what was meant."""
    grouped = _GROUPED.fullmatch(figures or "")
    return grouped is not None and (
        item.type is ItemType.INTEGER or grouped[1] != decimal_sign(language)
    )


def _read_date(text: str, language: str, today: date) -> Answer | Misunderstood:
    found = read_date(text, language, today)
    digits, words = example_days(language)
    match found:
        case NoDate.UNREADABLE:
            return Misunderstood("expected-date", {"digits": digits, "words": words})
        case NoDate.IMPOSSIBLE:
            return Misunderstood("impossible-date", {"digits": digits, "words": words})
        case NoDate.NO_YEAR:
            return Misunderstood("impossible-year", {"digits": digits, "words": words})
        case day:
            return Answer(AnswerKind.VALUE, day.isoformat())
