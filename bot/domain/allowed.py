"""Which answers an item allows: the last look before one is recorded, whatever its door."""

from collections.abc import Sequence
from datetime import date

from bot.domain.answers import Answer, Stored
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType
from bot.domain.reading import LONGEST_TEXT, meets_constraint
from bot.domain.survey import Walk
from bot.domain.validity import validity_of


class NotAllowed(ValueError):
    """The item does not allow this answer; nothing was recorded."""


def require_allowed(item: Item, answer: Answer, walk: Walk, today: date) -> None:
    """Raise `NotAllowed` unless `item` is asked in `walk`, and allows `answer` there."""
    if not is_allowed(item, answer, walk, today):
        raise NotAllowed(f"item {item.code}: {NotAllowed.__doc__}")


def is_allowed(item: Item, answer: Answer, walk: Walk, today: date) -> bool:
    """Whether `answer` is one that `item` asks for and offers, given the answers before it."""
    if not item.asked or not any(each.code == item.code for each in walk.items):
        return False
    choices = walk.choices(item)
    if answer.kind is not AnswerKind.VALUE:
        return answer.value is None and _may_be_missing(item, answer.kind, choices)
    return (
        validity_of(item)(answer.value)
        and _is_offered(item, answer.value, choices)
        and meets_constraint(item, answer, walk.values, today)
    )


def _may_be_missing(item: Item, kind: AnswerKind, choices: Sequence[ItemChoice]) -> bool:
    if any(choice.missing is kind for choice in choices):
        return True
    match kind:
        case AnswerKind.DONT_KNOW:
            return item.dont_know
        case AnswerKind.REFUSED:
            return item.can_refuse
        case _:
            return not item.required


def _is_offered(item: Item, value: Stored, choices: Sequence[ItemChoice]) -> bool:
    """Whether a value of the right kind can be given here: not all choices need be offered, several
    are at least one, an order leaves none out, and words say something."""
    offered = {choice.code for choice in choices if choice.missing is None}
    match value, item.type:
        case _, ItemType.SELECT_ONE:
            return value in offered
        case list(), ItemType.RANK:
            return offered == set(value)
        case list(), _:
            return bool(value) and offered.issuperset(value)
        case str(), ItemType.TEXT:
            return 0 < len(value.strip()) <= len(value) <= LONGEST_TEXT
        case _:
            return True
