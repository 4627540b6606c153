"""Whether a stored value is an answer to its item at all, whatever stored it."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any

from bot.domain.questionnaire import ACKNOWLEDGED, Item, ItemType

#: The greatest whole number that every kind of file and every database tells exactly.
GREATEST = 2**53

#: The points of so short a scale are looked up: exports ask of millions of answers.
FEW = 1000


def validity_of(item: Item) -> Callable[[Any], bool]:
    """A test for the values of an item, as JSON gives them back: type, range, and choices.

    The constraint is not asked: it may depend on answers that were changed since.
    """
    if not item.asked:
        return lambda _: False
    codes = {choice.code for choice in item.choices if choice.missing is None}
    scale = item.scale
    match item.type:
        case ItemType.SELECT_ONE:
            return lambda value: isinstance(value, str) and value in codes
        case ItemType.SELECT_MULTIPLE | ItemType.RANK:
            return lambda value: _are_codes(value) and codes.issuperset(value)
        case ItemType.INTEGER:
            return lambda value: _is_number(value) and value == int(value)
        case ItemType.DECIMAL:
            return _is_number
        case ItemType.RANGE if scale is not None:
            points = set(scale.points()) if scale.count <= FEW else set()
            return lambda value: _is_number(value) and (value in points or value in scale)
        case ItemType.DATE:
            return _is_day
        case ItemType.ACKNOWLEDGE:
            return lambda value: bool(value == ACKNOWLEDGED)
        case _:
            return lambda value: isinstance(value, str)


def _are_codes(value: Any) -> bool:
    """Whether it is a list that holds no text twice."""
    if type(value) is not list or not all(isinstance(code, str) for code in value):
        return False
    return len(set(value)) == len(value)


def _is_number(value: Any) -> bool:
    if type(value) is int:
        return -GREATEST <= value <= GREATEST
    return type(value) is float and math.isfinite(value) and abs(value) <= GREATEST


def _is_day(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
