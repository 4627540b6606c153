"""What was said to an item."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.expression import Value
from bot.domain.questionnaire import AnswerKind, Item
from bot.domain.words import label_in

Stored = str | float | list[str] | None  #: JSON form of a value: number, code, codes or text.


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one item. `value` is None unless `kind` is VALUE."""

    kind: AnswerKind
    value: Stored = None


Answers = Mapping[str, Answer]


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
    if isinstance(value, float | int):
        return f"{value:g}"
    codes = value if isinstance(value, list) else [value]
    if item.choices:
        found = [item.choice(code) for code in codes]
        return ", ".join(label_in(c.label, language) for c in found if c)
    return str(value)
