"""What a survey asks next, and what a citizen's words mean as an answer.

The position in a questionnaire is never stored: it follows from the answers given so far, so that a
restart, another channel or a changed answer all lead to the right next item.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.domain.expression import Expression, Value, compile_expression
from bot.domain.questionnaire import AnswerKind, Item, ItemType, Questionnaire

#: Longest open answer that is stored, in characters. Telegram's longest message is 4096.
LONGEST_TEXT = 4096

Stored = str | float | list[str] | None  #: JSON form of a value: number, code, codes or text.


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one item. `value` is None unless `kind` is VALUE."""

    kind: AnswerKind
    value: Stored = None


Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """The words are no answer to the item. `expected` is the key of a message that says what is."""

    expected: str
    details: Mapping[str, str] | None = None


_compiled = lru_cache(maxsize=4096)(compile_expression)


def _values(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for code, answer in answers.items():
        if answer.kind is AnswerKind.VALUE and answer.value is not None:
            value = answer.value
            values[code] = tuple(value) if isinstance(value, list) else value
    return values


def relevant_items(questionnaire: Questionnaire, answers: Answers, today: date) -> list[Item]:
    """The items to ask, in order. An answer to an item that became irrelevant counts as empty."""
    if not any(item.relevant for item in questionnaire.items):
        return list(questionnaire.items)
    values = _values(answers)
    shown = []
    for item in questionnaire.items:
        if item.relevant and not _compiled(item.relevant).is_true(values, today=today):
            values.pop(item.code, None)
        else:
            shown.append(item)
    return shown


@dataclass(frozen=True, slots=True)
class Position:
    """Where a response stands: the item to ask now, with the notes that lead up to it."""

    item: Item | None  #: None when everything relevant has an answer.
    notes: tuple[Item, ...]
    number: int  #: Of the item, counted from 1 among the relevant answerable items.
    total: int
    before: Item | None  #: The answered item that was asked before it.


def position(
    questionnaire: Questionnaire, answers: Answers, today: date, at: str | None = None
) -> Position:
    """The first relevant item without an answer, or the relevant item coded `at`.

    `at` serves going back; where it is no longer relevant, the first open item is taken.
    """
    items = relevant_items(questionnaire, answers, today)
    asked = [item for item in items if item.type is not ItemType.NOTE]
    current = next((item for item in asked if item.code == at), None) or next(
        (item for item in asked if item.code not in answers), None
    )
    notes: list[Item] = []
    for item in items:
        if item is current:
            break
        notes = [*notes, item] if item.type is ItemType.NOTE else []
    number = asked.index(current) + 1 if current else len(asked)
    earlier = asked[: number - 1] if current else asked
    before = next((item for item in reversed(earlier) if item.code in answers), None)
    return Position(current, tuple(notes), number, len(asked), before)


@lru_cache(maxsize=16384)
def folded(text: str) -> str:
    """`text` as compared: compatibility forms, case, accents, vowel signs, invisible marks, kinds
    of apostrophe and surrounding space do not count."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("\u2019", "'")
    kept = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join("".join(kept).split())


def without_marks(text: str) -> str:
    """`text` without the invisible direction marks that come along when words are copied."""
    return text.strip(" \n\t\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")


def number_in(text: str) -> float | None:
    """The number that `text` is, in any script's digits, with a point or comma; else None.

    An exponent or a group separator is refused rather than guessed at.
    """
    words = unicodedata.normalize("NFKC", text).strip().replace("٫", ".").replace(",", ".")
    bare = words.lstrip("+-\u2212")
    whole, _, fraction = bare.partition(".")
    if len(words) - len(bare) > 1 or not whole.isdecimal() or len(bare) > 15:
        return None
    if fraction and not fraction.isdecimal():
        return None
    value = float(bare)
    return -value if words[0] in "-\u2212" else value


def picked(text: str, labels: Sequence[str]) -> int | None:
    """Which of the offered `labels` was typed, as its label or as its number from 1."""
    wanted = folded(text)
    for index, label in enumerate(labels):
        if folded(label) == wanted:
            return index
    number = number_in(text)
    if number is not None and number == int(number) and 1 <= number <= len(labels):
        return int(number) - 1
    return None


def read_answer(
    item: Item, text: str, language: str, answers: Answers, today: date
) -> Answer | Misunderstood:
    """What `text`, typed by a citizen, means as an answer to `item`."""
    if item.type is ItemType.TEXT:
        return _read_text(item, text)
    if item.type in (ItemType.INTEGER, ItemType.RANGE):
        answer = _read_number(item, text)
    elif item.type is ItemType.SELECT_ONE:
        answer = _read_choice(item, text, language)
    else:
        answer = _read_choices(item, text, language)
    if isinstance(answer, Misunderstood):
        return answer
    return check_constraint(item, answer, language, answers, today)


def check_constraint(
    item: Item, answer: Answer, language: str, answers: Answers, today: date
) -> Answer | Misunderstood:
    """`answer`, unless the item's constraint refuses it. An empty answer meets every constraint."""
    if item.constraint is None or answer.kind is not AnswerKind.VALUE or answer.value is None:
        return answer
    value: Value = tuple(answer.value) if isinstance(answer.value, list) else answer.value
    expression: Expression = _compiled(item.constraint)
    if expression.is_true(_values(answers), current=value, today=today):
        return answer
    message = item.constraint_message.get(language) or next(
        iter(item.constraint_message.values()), ""
    )
    return Misunderstood("expected-constraint", {"message": message})


def chosen(item: Item, code: str) -> Answer:
    """The answer that pressing the choice `code` of a select_one gives."""
    choice = item.choice(code)
    if choice is not None and choice.missing is not None:
        return Answer(choice.missing)
    return Answer(AnswerKind.VALUE, code)


def selected(item: Item, codes: Sequence[str]) -> Answer:
    """The answer of a select_multiple with `codes` chosen, in the questionnaire's order.

    A choice that means don't know or refused stands alone.
    """
    for code in codes:
        choice = item.choice(code)
        if choice is not None and choice.missing is not None:
            return Answer(choice.missing)
    return Answer(AnswerKind.VALUE, [c.code for c in item.choices if c.code in codes])


def toggled(item: Item, codes: Sequence[str], code: str) -> list[str]:
    """`codes` with `code` pressed once more. Don't know and refused exclude all others."""
    if code in codes:
        return [c for c in codes if c != code]
    if (choice := item.choice(code)) and choice.missing:
        return [code]
    return [c for c in codes if not ((other := item.choice(c)) and other.missing)] + [code]


def matching_choices(item: Item, text: str, language: str) -> list[str]:
    """Codes of choices whose label begins with, or else contains, `text`: for long lists."""
    wanted = folded(text)
    if not wanted:
        return []
    labels = {c.code: folded(label_in(c.label, language)) for c in item.choices}
    exact = [code for code, label in labels.items() if label == wanted]
    starting = [code for code, label in labels.items() if label.startswith(wanted)]
    containing = [code for code, label in labels.items() if wanted in label]
    return exact or starting or containing


def label_in(texts: Mapping[str, str], language: str) -> str:
    """The wording in `language`, else in the first language there is (the source)."""
    return texts.get(language) or next(iter(texts.values()), "")


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
        if number is None or number not in item.scale.points():
            low, high = f"{item.scale.start:g}", f"{item.scale.end:g}"
            return Misunderstood("expected-point", {"low": low, "high": high})
    elif number is None or number != int(number):
        return Misunderstood("expected-whole-number")
    return Answer(AnswerKind.VALUE, int(number) if number == int(number) else number)


def _read_choice(item: Item, text: str, language: str) -> Answer | Misunderstood:
    index = picked(text, [label_in(c.label, language) for c in item.choices])
    if index is None:
        return Misunderstood("expected-choice", {"count": str(len(item.choices))})
    return chosen(item, item.choices[index].code)


def _read_choices(item: Item, text: str, language: str) -> Answer | Misunderstood:
    labels = [label_in(c.label, language) for c in item.choices]
    codes: list[str] = []
    one = picked(text, labels)
    words = [text] if one is not None else _listed(text)
    for word in words:
        index = picked(word, labels)
        if index is None:
            return Misunderstood("expected-choices", {"count": str(len(labels))})
        codes.append(item.choices[index].code)
    if not codes:
        return Misunderstood("expected-choices", {"count": str(len(labels))})
    return selected(item, codes)


def _listed(text: str) -> list[str]:
    """The parts of a list: by comma or semicolon of any script, else numbers by space."""
    for separator in ("\n", ";", "؛", ",", "،"):
        if separator in text:
            return [part for part in text.split(separator) if part.strip()]
    parts = text.split()
    return parts if all(number_in(part) is not None for part in parts) else [text]
