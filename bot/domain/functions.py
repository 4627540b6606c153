"""The functions of expressions that need no more than their arguments' values.

Rules: https://getodk.github.io/xforms-spec/#xpath-functions, and where that says "as in XPath 1.0",
https://www.w3.org/TR/1999/REC-xpath-19991116/#corelib. Left out are those on node-sets, which
expressions here do not have, and what is not the same every time (`random`, `uuid`, `now`).
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from bot.domain.xpath import EPOCH, ResultType, Value, boolean, divide, number, string

_BLANKS = re.compile(r"[ \t\r\n]+")

#: What `format-date` reads in its form. The spec has names of days and months too; they would be in
#: one language whatever the citizen's.
FORMS: Mapping[str, Callable[[date], str]] = {
    "%Y": lambda day: f"{day.year:04}",
    "%y": lambda day: f"{day.year % 100:02}",
    "%m": lambda day: f"{day.month:02}",
    "%n": lambda day: str(day.month),
    "%d": lambda day: f"{day.day:02}",
    "%e": lambda day: str(day.day),
}


def format_date(value: Value, form: str) -> str:
    """Empty text for what is no date."""
    day = _day(value)
    return re.sub("%.", lambda match: FORMS[match[0]](day), form) if day else ""


def _day(value: Value) -> date | None:
    days = number(value)
    if not math.isfinite(days):
        return None
    ordinal = math.floor(days) + EPOCH
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def _date(value: Value) -> str:
    day = _day(value)
    return day.isoformat() if day else ""


def _codes(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else tuple(string(value).split())


def _selected(value: Value, code: Value) -> bool:
    return string(code).strip() in _codes(value)


def _selected_at(value: Value, index: Value) -> str:
    """Counted from 0; empty text where there is none."""
    codes, at = _codes(value), _int(index)
    return codes[int(at)] if 0 <= at < len(codes) else ""


def _substr(value: Value, start: Value, end: Value = math.inf) -> str:
    """From the start, counted from 0, to before the end; below zero counted from the back."""
    text = string(value)
    first, last = _int(start), _int(end)
    if math.isnan(first) or math.isnan(last):
        return ""
    longest = len(text)
    return text[int(max(-longest, min(first, longest))) : int(max(-longest, min(last, longest)))]


def _before(text: Value, part: Value) -> str:
    before, found, _ = string(text).partition(string(part)) if string(part) else ("", "", "")
    return before if found else ""


def _after(text: Value, part: Value) -> str:
    return string(text).partition(string(part))[2] if string(part) else string(text)


def _translate(text: Value, old: Value, new: Value) -> str:
    """Each character of `old` becomes the one at its place in `new`, or goes if there is none."""
    became: dict[int, str] = {}
    for place, character in enumerate(string(old)):
        became.setdefault(ord(character), string(new)[place : place + 1])
    return string(text).translate(became)


def _round(value: Value, decimals: Value = 0.0) -> float:
    """Halves go up, also below zero."""
    amount, places = number(value), _int(decimals)
    if math.isnan(places):
        return math.nan
    if not math.isfinite(amount):
        return amount
    if places == 0:
        below = math.floor(amount)
        return float(below if amount - below < 0.5 else below + 1)
    shift = int(max(-400, min(places, 400)))
    moved = Decimal(repr(amount)).scaleb(shift) + Decimal("0.5")
    return float(moved.to_integral_value(ROUND_FLOOR).scaleb(-shift))


def _int(value: Value) -> float:
    amount = number(value)
    return float(math.trunc(amount)) if math.isfinite(amount) else amount


def _whole(rounded: Callable[[float], int]) -> Callable[[Value], float]:
    def run(value: Value) -> float:
        amount = number(value)
        return float(rounded(amount)) if math.isfinite(amount) else amount

    return run


def _pow(value: Value, power: Value) -> float:
    base, exponent = number(value), number(power)
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf if base > 0 or math.fmod(exponent, 2) == 0 else -math.inf
    except ValueError:
        return math.nan if base else divide(1.0, math.pow(base, -exponent))


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., float]:
    def run(*values: Value) -> float:
        amounts = [number(value) for value in values]
        return math.nan if any(map(math.isnan, amounts)) else choose(amounts)

    return run


class Function(NamedTuple):
    least: int  #: Arguments.
    most: int | None  #: Arguments; None for any number.
    gives: ResultType
    run: Callable[..., Value]


#: `if`, `coalesce`, `regex`, `format-date` and `today` need more than values: see
#: bot/domain/expression.py.
FUNCTIONS: Mapping[str, Function] = {
    "selected": Function(2, 2, "boolean", _selected),
    "selected-at": Function(2, 2, "text", _selected_at),
    "count-selected": Function(1, 1, "number", lambda value: float(len(_codes(value)))),
    "not": Function(1, 1, "boolean", lambda value: not boolean(value)),
    "boolean": Function(1, 1, "boolean", boolean),
    "boolean-from-string": Function(1, 1, "boolean", lambda text: string(text) in ("true", "1")),
    "true": Function(0, 0, "boolean", lambda: True),
    "false": Function(0, 0, "boolean", lambda: False),
    "string": Function(1, 1, "text", string),
    "string-length": Function(1, 1, "number", lambda text: float(len(string(text)))),
    "concat": Function(1, None, "text", lambda *values: "".join(map(string, values))),
    "contains": Function(2, 2, "boolean", lambda text, part: string(part) in string(text)),
    "starts-with": Function(
        2, 2, "boolean", lambda text, part: string(text).startswith(string(part))
    ),
    "ends-with": Function(2, 2, "boolean", lambda text, part: string(text).endswith(string(part))),
    "substr": Function(2, 3, "text", _substr),
    "substring-before": Function(2, 2, "text", _before),
    "substring-after": Function(2, 2, "text", _after),
    "translate": Function(3, 3, "text", _translate),
    "normalize-space": Function(
        1, 1, "text", lambda text: _BLANKS.sub(" ", string(text)).strip(" ")
    ),
    "number": Function(1, 1, "number", number),
    "int": Function(1, 1, "number", _int),
    "round": Function(1, 2, "number", _round),
    "floor": Function(1, 1, "number", _whole(math.floor)),
    "ceiling": Function(1, 1, "number", _whole(math.ceil)),
    "abs": Function(1, 1, "number", lambda value: abs(number(value))),
    "pow": Function(2, 2, "number", _pow),
    "min": Function(1, None, "number", _extreme(min)),
    "max": Function(1, None, "number", _extreme(max)),
    "date": Function(1, 1, "text", _date),
    "decimal-date-time": Function(1, 1, "number", number),
}
