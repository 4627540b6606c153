"""Answers made up for a preview: the first that an item takes, so that what follows has words."""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.domain.answers import Answer
from bot.domain.choosing import selected
from bot.domain.defaults import default_answer
from bot.domain.questionnaire import ACKNOWLEDGED, AnswerKind, Item, ItemType
from bot.domain.reading import Misunderstood, check_constraint
from bot.domain.survey import Walk

_NUMBERS = (3, 10, 30, 1, 2, 5, 20, 50, 100, 1000, 0.5, 0, -1)
_DAYS_AGO = (7, 0, -7, 10_000)


def sample_answer(item: Item, gone: Walk, language: str, today: date) -> Answer | None:
    """None where nothing that was tried meets the constraint."""
    offered = default_answer(item, gone.choices(item), gone, language, today)
    tried = [offered] if offered else []
    for answer in (*tried, *_candidates(item, gone, today)):
        if not isinstance(
            check_constraint(item, answer, language, gone.values, today), Misunderstood
        ):
            return answer
    return None


def _candidates(item: Item, gone: Walk, today: date) -> Iterator[Answer]:
    codes = [choice.code for choice in gone.choices(item) if choice.missing is None]
    match item.type:
        case ItemType.SELECT_ONE:
            yield from (Answer(AnswerKind.VALUE, code) for code in codes)
        case ItemType.SELECT_MULTIPLE:
            yield from (selected(item, codes[:count]) for count in range(1, len(codes) + 1))
        case ItemType.RANK:
            yield Answer(AnswerKind.VALUE, codes)
        case ItemType.ACKNOWLEDGE:
            yield Answer(AnswerKind.VALUE, ACKNOWLEDGED)
        case ItemType.DATE:
            days = (today - timedelta(days=ago) for ago in _DAYS_AGO)
            yield from (Answer(AnswerKind.VALUE, day.isoformat()) for day in days)
        case ItemType.TEXT:
            yield Answer(AnswerKind.VALUE, "abc")
        case _ if item.scale:
            middle = item.scale.start + item.scale.count // 2 * item.scale.step
            yield Answer(AnswerKind.VALUE, middle)
        case ItemType.INTEGER:
            yield from (Answer(AnswerKind.VALUE, n) for n in _NUMBERS if n == int(n))
        case _:
            yield from (Answer(AnswerKind.VALUE, n) for n in _NUMBERS)
