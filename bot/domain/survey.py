"""What a survey asks next.

The position in a questionnaire is never stored: it follows from the answers given so far, so that a
restart, another channel or a changed answer all lead to the right next item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.answers import Answer, Answers, value_of
from bot.domain.choosing import offered
from bot.domain.compiled import compiled
from bot.domain.expression import Value
from bot.domain.questionnaire import AnswerKind, Item, Questionnaire


def values_of(answers: Answers) -> dict[str, Value]:
    """What expressions see of `answers`."""
    return {
        code: value for code, answer in answers.items() if (value := value_of(answer)) is not None
    }


@dataclass(frozen=True, slots=True)
class Walk:
    """A questionnaire gone through from first to last with the answers so far."""

    items: Sequence[Item]  #: The relevant ones, in order: asked, derived and shown.
    answers: Answers  #: Those that count, derived ones among them.
    values: Mapping[str, Value]  #: What expressions see.


def walk(questionnaire: Questionnaire, answers: Answers, today: date) -> Walk:
    """Which items are relevant, and which answers count.

    An answer to an item that became irrelevant counts as empty, and so does one with a choice that
    is no longer offered; both stay stored. Derived items get their values here.
    """
    values = values_of(answers)
    if questionnaire.straight:
        return Walk(questionnaire.items, answers, values)
    shown: list[Item] = []
    counted = dict(answers)
    for item in questionnaire.items:
        if item.relevant and not compiled(item.relevant).is_true(values, today=today):
            values.pop(item.code, None)
            counted.pop(item.code, None)
            continue
        shown.append(item)
        if item.derived:
            value = (
                compiled(item.calculation).evaluate(values, today=today) if item.calculation else ""
            )
            values[item.code] = value
            counted[item.code] = _derived(value)
        elif item.choice_filter and item.code in values:
            there = {choice.code for choice in offered(item, values, today)}
            value = values[item.code]
            if not there.issuperset(value if isinstance(value, tuple) else (value,)):
                del values[item.code], counted[item.code]
    return Walk(shown, counted, values)


def _derived(value: Value) -> Answer:
    """Truth is stored as 1 and 0; emptiness as an item passed over."""
    if value == "" or value != value:  # NaN
        return Answer(AnswerKind.SKIPPED)
    if isinstance(value, bool):
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return Answer(AnswerKind.VALUE, list(value) if isinstance(value, tuple) else value)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a response stands: the item to ask now, with what is shown before it."""

    item: Item | None  #: None when everything relevant has an answer.
    shown: tuple[Item, ...]  #: Notes and read-only items that lead up to it.
    number: int  #: Of the item, counted from 1 among the relevant items that are asked.
    total: int
    before: Item | None  #: The answered item that was asked before it.
    walk: Walk


def position(
    questionnaire: Questionnaire, answers: Answers, today: date, at: str | None = None
) -> Position:
    """The first relevant item without an answer, or the relevant item coded `at`.

    `at` serves going back; where it is no longer relevant, the first open item is taken.
    """
    gone = walk(questionnaire, answers, today)
    asked = [item for item in gone.items if item.asked]
    current = next((item for item in asked if item.code == at), None) or next(
        (item for item in asked if item.code not in gone.answers), None
    )
    shown: list[Item] = []
    for item in gone.items:
        if item is current:
            break
        if item.shown:
            shown.append(item)
        elif item.asked:
            shown.clear()
    number = asked.index(current) + 1 if current else len(asked)
    earlier = asked[: number - 1] if current else asked
    before = next((item for item in reversed(earlier) if item.code in gone.answers), None)
    return Position(current, tuple(shown), number, len(asked), before, gone)
