"""Codes in files: those declared missing, and the numbers that stand for the codes of choices.

Don't know, refused and not reached are 97, 98 and 99; where these could be answers, -97, -98 and
-99; where those could be, too, -9997, -9998 and -9999. SPSS can declare three, and no more.

Both follow from the questionnaire alone, never from the data.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Final, Literal

from bot.domain.compiled import compiled
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType

#: Of what is stored and is no answer to its item: another type, off the scale, a code of no choice.
INVALID: Final = "invalid"

#: Why there is no value. None: the item was not reached. What was skipped or is invalid is empty.
Reason = AnswerKind | Literal["invalid"] | None

LABELS: Mapping[Reason, str] = {
    AnswerKind.DONT_KNOW: "Don't know",
    AnswerKind.REFUSED: "Refused",
    None: "Not reached",
}

_USUAL = (97, 98, 99)
_NEGATIVE = (-97, -98, -99)
_FAR_OFF = (-9997, -9998, -9999)

#: A code that can stand for itself where numbers are wanted: Stata's longest whole number has ten
#: digits.
_WHOLE = re.compile("-?[0-9]{1,9}")


def missing_codes(wordings: Sequence[Item]) -> Mapping[Reason, int]:
    """Codes that can be no answer to an item, in any of its `wordings`, the newest first.

    Where nothing limits a number, its own -97 cannot be told from don't know: give it a constraint.
    """
    taken = set(numbers_of(wordings).values())
    free = (
        codes
        for codes in (_USUAL, _NEGATIVE, _FAR_OFF)
        if taken.isdisjoint(codes)
        and not any(_accepts(item, code) for item in wordings for code in codes)
    )
    return dict(zip(LABELS, next(free, _NEGATIVE), strict=True))


def numbers_of(wordings: Sequence[Item]) -> Mapping[str, int]:
    """The number for each choice of a select_one, by code, where numbers are wanted.

    It is the choice's `spss_code`. Without one it is the code itself where all codes of the version
    that brought it are whole numbers, else the next from 1 that is free. So no choice gets another
    number because a version was added.
    """
    given: dict[str, int] = {}
    for item in wordings:
        for choice in _substantive(item):
            if choice.number is not None and choice.number not in given.values():
                given.setdefault(choice.code, choice.number)
    numbers = dict(given)
    for item in reversed(wordings):
        new = [choice.code for choice in _substantive(item) if choice.code not in numbers]
        own = {code: int(code) for code in new if _WHOLE.fullmatch(code)}
        if len({*own.values(), *numbers.values()}) == len(new) + len(numbers) and all(
            _WHOLE.fullmatch(choice.code) or choice.code in given for choice in _substantive(item)
        ):
            numbers |= own
        else:
            free = (number for number in count(1) if number not in numbers.values())
            for code in new:
                numbers[code] = next(free)
    return numbers


def _substantive(item: Item) -> list[ItemChoice]:
    if item.type is not ItemType.SELECT_ONE:
        return []
    return [choice for choice in item.choices if choice.missing is None]


def _accepts(item: Item, number: int) -> bool:
    """Whether `number` could stand in the item's column as an answer."""
    match item.type:
        case ItemType.SELECT_ONE:
            return any(
                _WHOLE.fullmatch(choice.code) and int(choice.code) == number
                for choice in _substantive(item)
            )
        case ItemType.RANK:
            return 1 <= number <= len(item.choices)
        case ItemType.INTEGER | ItemType.DECIMAL if item.constraint is None:
            return True
        case ItemType.INTEGER | ItemType.DECIMAL:
            limit = compiled(item.constraint)
            return bool(limit.references) or limit.is_true({}, current=number, today=date.min)
        case ItemType.RANGE:
            return item.scale is not None and number in item.scale
        case _:  # 0 and 1, 1, or a day
            return False
