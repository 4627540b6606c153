"""What was said to an item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.expression import Value
from bot.domain.formats import day_in_words, number_in_words
from bot.domain.questionnaire import AnswerKind, Item, ItemType
from bot.domain.words import label_in

Stored = str | float | list[str] | None  #: JSON form of a value: number, code, codes or text.


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one item. `value` is None unless `kind` is VALUE."""

    kind: AnswerKind
    value: Stored = None


Answers = Mapping[str, Answer]

#: How a confirmed `acknowledge` is shown, in any language.
CONFIRMED = "✓"


def value_of(answer: Answer) -> Value | None:
    """What expressions see of the answer; None for one without a value."""
    if answer.kind is not AnswerKind.VALUE or answer.value is None:
        return None
    return tuple(answer.value) if isinstance(answer.value, list) else answer.value


def display(item: Item, answer: Answer, language: str) -> str | None:
    """`answer` in words of `language`, or None for an answer without a value."""
    value = answer.value
    if answer.kind is not AnswerKind.VALUE or value is None:
        return None
    if item.type is ItemType.ACKNOWLEDGE:
        return CONFIRMED
    if isinstance(value, float | int):
        return number_in_words(value, language)
    if item.choices:
        return _labels(item, value if isinstance(value, list) else [value], language)
    if item.type is ItemType.DATE and isinstance(value, str):
        return day_in_words(date.fromisoformat(value), language)
    return str(value)


def _labels(item: Item, codes: list[str], language: str) -> str:
    """Of what is ranked, with its places."""
    found = [choice for code in codes if (choice := item.choice(code))]
    labels = [label_in(choice.label, language) for choice in found]
    if item.type is ItemType.RANK:
        labels = [f"{place}. {label}" for place, label in enumerate(labels, start=1)]
    return ", ".join(labels)
