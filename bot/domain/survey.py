"""What a survey asks next.

The position in a questionnaire is never stored: it follows from the answers given so far, so that a
restart, another channel or a changed answer all lead to the right next item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.domain.answers import Answer, Answers, value_of
from bot.domain.choosing import offered
from bot.domain.compiled import compiled
from bot.domain.expression import Value
from bot.domain.functions import FUNCTIONS
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Questionnaire
from bot.domain.xpath import string


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
    filtered: Mapping[str, tuple[ItemChoice, ...]] = field(default_factory=dict)

    def choices(self, item: Item) -> tuple[ItemChoice, ...]:
        """What `item` offers here, in the questionnaire's order."""
        return self.filtered.get(item.code, item.choices)


def walk(questionnaire: Questionnaire, answers: Answers, today: date) -> Walk:
    """Which items are relevant, and which answers count.

    An answer to an item that became irrelevant counts as empty, and so does one with a choice that
    is no longer offered, or an order that lacks one which now is; all stay stored. An item whose
    choice filter lets nothing through is irrelevant. Derived items get their values here.
    """
    values = values_of(answers)
    if questionnaire.straight:
        return Walk(questionnaire.items, answers, values)
    shown: list[Item] = []
    counted = dict(answers)
    filtered: dict[str, tuple[ItemChoice, ...]] = {}
    for item in questionnaire.items:
        relevant = not item.relevant or compiled(item.relevant).is_true(values, today=today)
        if relevant and item.choice_filter and not item.derived:
            choices = filtered[item.code] = offered(item, values, today)
            relevant = bool(choices)
            if item.code in values and not _still_offered(item, values[item.code], choices):
                del values[item.code], counted[item.code]
        if not relevant:
            values.pop(item.code, None)
            counted.pop(item.code, None)
            continue
        shown.append(item)
        if item.derived:
            source = item.calculation or item.default
            value = compiled(source).evaluate(values, today=today) if source else ""
            values[item.code] = value = _of_type(item, value)
            counted[item.code] = _derived(value)
    return Walk(shown, counted, values, filtered)


def _still_offered(item: Item, value: Value, choices: Sequence[ItemChoice]) -> bool:
    """Whether an answer given earlier fits the choices as they are now."""
    said = set(value if isinstance(value, tuple) else (value,))
    if item.type is ItemType.RANK:
        return said == {choice.code for choice in choices if choice.missing is None}
    return said <= {choice.code for choice in choices}


def _of_type(item: Item, value: Value) -> Value:
    """What a calculation gives, in the form that answers to `item` have."""
    if item.type in (ItemType.SELECT_MULTIPLE, ItemType.RANK):
        return tuple(string(value).split())
    if item.type is ItemType.DATE:
        return FUNCTIONS["date"].run(value)
    return value


def _derived(value: Value) -> Answer:
    """Truth is stored as 1 and 0; emptiness as an item passed over."""
    if value in ("", ()) or value != value:  # NaN
        return Answer(AnswerKind.SKIPPED)
    if isinstance(value, bool):
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return Answer(AnswerKind.VALUE, list(value) if isinstance(value, tuple) else value)


def stands(item: Item, gone: Walk, today: date) -> bool:
    """Whether `item` has an answer that counts and still fits the others.

    One that fitted when it was given can have ceased to only if its constraint asks for another
    item's answer, which was changed since. That a day is over changes nothing that was said.
    """
    answer = gone.answers.get(item.code)
    if answer is None or item.constraint is None or (value := value_of(answer)) is None:
        return answer is not None
    constraint = compiled(item.constraint)
    return not constraint.references or constraint.is_true(gone.values, current=value, today=today)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a response stands: the item to ask now, with what is shown before it."""

    item: Item | None  #: None when everything relevant has an answer that stands.
    shown: tuple[Item, ...]  #: Notes and read-only items that lead up to it.
    number: int  #: Of the item, counted from 1 among the relevant items that are asked.
    total: int
    before: Item | None  #: The answered item that was asked before it.
    walk: Walk


def position(
    questionnaire: Questionnaire, answers: Answers, today: date, at: str | None = None
) -> Position:
    """The first relevant item without an answer that stands, or the relevant item coded `at`.

    `at` serves going back; where it is no longer relevant, the first open item is taken.
    """
    gone = walk(questionnaire, answers, today)
    asked = [item for item in gone.items if item.asked]
    current = next((item for item in asked if item.code == at), None) or next(
        (item for item in asked if not stands(item, gone, today)), None
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
