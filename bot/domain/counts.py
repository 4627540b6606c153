"""How many choices an item wants, as its constraint says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.compiled import compiled
from bot.domain.expression import Value
from bot.domain.questionnaire import Item, ItemType

_COUNT_OF_THIS = re.compile(r"count-selected\(\s*\.\s*\)")
#: Stands for the count. No item has such a name: they begin with a letter.
_COUNT = "_count"


@dataclass(frozen=True, slots=True)
class Counts:
    """The fewest and the most choices that may be chosen, if any are."""

    least: int
    most: int


def counts_wanted(
    item: Item, among: int, values: Mapping[str, Value], today: date
) -> Counts | None:
    """How many of `among` choices the constraint lets through, where it is about the count alone.

    None where it asks for anything else, lets every count through or none, or leaves a gap.
    """
    if item.type is not ItemType.SELECT_MULTIPLE or item.constraint is None:
        return None
    source, found = _COUNT_OF_THIS.subn(f"${{{_COUNT}}}", item.constraint)
    if not found or (expression := compiled(source)).uses_current:
        return None
    counts = [
        count
        for count in range(1, among + 1)
        if expression.is_true({**values, _COUNT: float(count)}, today=today)
    ]
    if not counts or len(counts) == among or counts[-1] - counts[0] >= len(counts):
        return None
    return Counts(counts[0], counts[-1])
