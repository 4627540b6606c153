"""The answer that an item offers before one is given."""

import math
from collections.abc import Sequence
from datetime import date

from bot.domain.answers import Answer
from bot.domain.choosing import chosen
from bot.domain.compiled import compiled
from bot.domain.expression import Value
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType
from bot.domain.reading import LONGEST_TEXT, Misunderstood, check_constraint, number_answer
from bot.domain.survey import Walk
from bot.domain.xpath import number, string


def default_answer(
    item: Item, choices: Sequence[ItemChoice], walk: Walk, language: str, today: date
) -> Answer | None:
    """What the item's default is worth here; None where that would be no answer to it."""
    if item.default is None:
        return None
    answer = _as_answer(item, compiled(item.default).evaluate(walk.values, today=today), choices)
    if answer is None or isinstance(
        check_constraint(item, answer, language, walk.values, today), Misunderstood
    ):
        return None
    return answer


def default_codes(
    item: Item, choices: Sequence[ItemChoice], walk: Walk, today: date
) -> tuple[str, ...]:
    """What is chosen, or ranked, before anything was pressed."""
    if item.default is None:
        return ()
    there = {choice.code for choice in choices}
    codes = string(compiled(item.default).evaluate(walk.values, today=today)).split()
    return tuple(code for code in dict.fromkeys(codes) if code in there)


def _as_answer(item: Item, value: Value, choices: Sequence[ItemChoice]) -> Answer | None:
    text = string(value)
    match item.type:
        case ItemType.SELECT_ONE:
            return chosen(item, text) if any(c.code == text for c in choices) else None
        case ItemType.INTEGER | ItemType.DECIMAL | ItemType.RANGE:
            return _as_number(item, number(value))
        case ItemType.DATE:
            return _as_day(text)
        case ItemType.TEXT:
            if not text.strip() or len(text) > LONGEST_TEXT:
                return None
            return Answer(AnswerKind.VALUE, text.strip())
        case _:
            return None


def _as_number(item: Item, value: float) -> Answer | None:
    if not math.isfinite(value):
        return None
    if item.type is ItemType.INTEGER and value != int(value):
        return None
    if item.scale is not None and value not in item.scale:
        return None
    return number_answer(value)


def _as_day(text: str) -> Answer | None:
    try:
        return Answer(AnswerKind.VALUE, date.fromisoformat(text).isoformat())
    except ValueError:
        return None
