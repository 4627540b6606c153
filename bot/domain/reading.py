"""What a citizen's words mean as an answer to an item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.answers import Answer, value_of
from bot.domain.choosing import chosen, offered, selected
from bot.domain.compiled import compiled
from bot.domain.expression import Value
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType
from bot.domain.words import label_in, listed, number_in, picked

#: Longest open answer that is stored, in characters. Telegram's longest message is 4096.
LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """The words are no answer to the item. `expected` is the key of a message that says what is."""

    expected: str
    details: Mapping[str, str] | None = None


def read_answer(
    item: Item, text: str, language: str, values: Mapping[str, Value], today: date
) -> Answer | Misunderstood:
    """What `text`, typed by a citizen, means as an answer to `item`."""
    if item.type is ItemType.TEXT:
        return _read_text(item, text)
    if item.type in (ItemType.INTEGER, ItemType.RANGE):
        answer = _read_number(item, text)
    elif item.type is ItemType.SELECT_ONE:
        answer = _read_choice(item, text, language, offered(item, values, today))
    else:
        answer = _read_choices(item, text, language, offered(item, values, today))
    if isinstance(answer, Misunderstood):
        return answer
    return check_constraint(item, answer, language, values, today)


def check_constraint(
    item: Item, answer: Answer, language: str, values: Mapping[str, Value], today: date
) -> Answer | Misunderstood:
    """`answer`, unless the item's constraint refuses it. An empty answer meets every constraint."""
    value = value_of(answer)
    if item.constraint is None or value is None:
        return answer
    if compiled(item.constraint).is_true(values, current=value, today=today):
        return answer
    message = item.constraint_message.get(language) or next(
        iter(item.constraint_message.values()), ""
    )
    return Misunderstood("expected-constraint", {"message": message})


def _read_text(item: Item, text: str) -> Answer | Misunderstood:
    words = text.strip()
    if not words:
        return Misunderstood("expected-text")
    if len(words) > LONGEST_TEXT:
        return Misunderstood("expected-shorter-text", {"limit": str(LONGEST_TEXT)})
    return Answer(AnswerKind.VALUE, words)


def _read_number(item: Item, text: str) -> Answer | Misunderstood:
    number = number_in(text)
    if item.scale is not None:
        if number is None or number not in item.scale:
            low, high = f"{item.scale.start:g}", f"{item.scale.end:g}"
            return Misunderstood("expected-point", {"low": low, "high": high})
    elif number is None or number != int(number):
        return Misunderstood("expected-whole-number")
    return Answer(AnswerKind.VALUE, int(number) if number == int(number) else number)


def _read_choice(
    item: Item, text: str, language: str, choices: Sequence[ItemChoice]
) -> Answer | Misunderstood:
    index = picked(text, [label_in(c.label, language) for c in choices])
    if index is None:
        return Misunderstood("expected-choice", {"count": str(len(choices))})
    return chosen(item, choices[index].code)


def _read_choices(
    item: Item, text: str, language: str, choices: Sequence[ItemChoice]
) -> Answer | Misunderstood:
    labels = [label_in(c.label, language) for c in choices]
    codes: list[str] = []
    one = picked(text, labels)
    words = [text] if one is not None else listed(text)
    for word in words:
        index = picked(word, labels)
        if index is None:
            return Misunderstood("expected-choices", {"count": str(len(labels))})
        codes.append(choices[index].code)
    if not codes:
        return Misunderstood("expected-choices", {"count": str(len(labels))})
    return selected(item, codes)
