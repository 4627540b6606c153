"""Declared missing codes: an answer that is no value must not be taken for one.

Don't know, refused and not reached are 97, 98 and 99; where these could be answers, -97, -98 and
-99; where those could be, too, -9997, -9998 and -9999. SPSS can declare three, and no more.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.expression import compile_expression
from bot.domain.questionnaire import AnswerKind, Item, ItemType

#: Why there is no value. None: the item was not reached. Whatever was skipped stays empty.
Reason = AnswerKind | None

LABELS: Mapping[Reason, str] = {
    AnswerKind.DONT_KNOW: "Don't know",
    AnswerKind.REFUSED: "Refused",
    None: "Not reached",
}

_USUAL = (97, 98, 99)
_NEGATIVE = (-97, -98, -99)
_FAR_OFF = (-9997, -9998, -9999)


def missing_codes(wordings: Sequence[Item]) -> Mapping[Reason, int]:
    """Codes that can be no answer to an item, in any of its `wordings`.

    They follow from the questionnaire alone, never from the data. Where nothing limits an integer,
    its own -97 cannot be told from don't know: give it a constraint.
    """
    free = (
        codes
        for codes in (_USUAL, _NEGATIVE, _FAR_OFF)
        if not any(_accepts(item, code) for item in wordings for code in codes)
    )
    return dict(zip(LABELS, next(free, _NEGATIVE), strict=True))


def _accepts(item: Item, number: int) -> bool:
    """Whether `number` could stand in the item's column as an answer."""
    if item.type is ItemType.SELECT_MULTIPLE:
        return False  # its columns hold 0 and 1
    if item.type is ItemType.SELECT_ONE:
        codes = [choice.code for choice in item.choices if choice.missing is None]
        return any(code.isdecimal() and int(code) == number for code in codes)
    if item.scale is not None:
        return number in item.scale.points()
    if item.constraint is None:
        return True
    limit = compile_expression(item.constraint)
    return bool(limit.references) or limit.is_true({}, current=number, today=date.min)
