"""Values of XForm expressions: XPath 1.0 coercions and the functions of the XLSForm subset.

Rules: https://www.w3.org/TR/1999/REC-xpath-19991116/#corelib (coercions, `round`) and
https://getodk.github.io/xforms-spec/#xpath-functions (`selected`, `coalesce`, `regex`, `int`).
Where the two differ, dates are the only case that matters here: OpenRosa counts a date as days
since 1970-01-01 wherever a number is wanted, so that `. <= today()` works.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

#: What an answer or an expression is worth. A tuple is a multi-select, as it is stored.
Value = str | float | bool | tuple[str, ...]

_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH = date(1970, 1, 1).toordinal()


def string(value: Value) -> str:
    """XPath `string()`: no exponent, no trailing `.0`, codes of a multi-select joined by spaces."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def number(value: Value) -> float:
    """XPath `number()`: NaN for whatever is not written as a plain decimal, or as an ISO date."""
    if isinstance(value, str | tuple):
        text = string(value)
        if match := _NUMBER.fullmatch(text):
            return float(match[1])
        if _DATE.fullmatch(text):
            return _days(text)
        return math.nan
    return float(value)


def _days(text: str) -> float:
    try:
        return float(date.fromisoformat(text).toordinal() - _EPOCH)
    except ValueError:
        return math.nan


def boolean(value: Value) -> bool:
    """XPath `boolean()`: a text is true unless empty, a number unless 0 or NaN."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | tuple):
        return bool(string(value))
    return value != 0 and not math.isnan(value)


def equal(left: Value, right: Value) -> bool:
    """XPath `=`: as booleans if either is one, else as numbers if either is one, else as texts."""
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) == boolean(right)
    if isinstance(left, str | tuple) and isinstance(right, str | tuple):
        return string(left) == string(right)
    return number(left) == number(right)


def unequal(left: Value, right: Value) -> bool:
    return not equal(left, right)


def divide(left: float, right: float) -> float:
    """IEEE 754: a number divided by zero is infinite, zero divided by zero is NaN."""
    if right:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def modulo(left: float, right: float) -> float:
    """XPath `mod`: the sign of the left side, as in Java and unlike Python."""
    return math.nan if right == 0 or math.isinf(left) else math.fmod(left, right)


def _selected(value: Value, code: Value) -> bool:
    return string(code).strip() in _codes(value)


def _count_selected(value: Value) -> float:
    return float(len(_codes(value)))


def _codes(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else tuple(string(value).split())


def _round(value: Value) -> float:
    """Halves go up, also below zero."""
    amount = number(value)
    if not math.isfinite(amount):
        return amount
    below = math.floor(amount)
    return float(below if amount - below < 0.5 else below + 1)


def _int(value: Value) -> float:
    amount = number(value)
    return float(math.trunc(amount)) if math.isfinite(amount) else amount


#: Name → how many arguments, and what to do with them. `if`, `coalesce`, `regex` and `today`
#: need more than their arguments' values: bot/domain/expression.py.
FUNCTIONS: Mapping[str, tuple[int, Callable[..., Value]]] = {
    "selected": (2, _selected),
    "count-selected": (1, _count_selected),
    "not": (1, lambda value: not boolean(value)),
    "string-length": (1, lambda value: float(len(string(value)))),
    "contains": (2, lambda text, part: string(part) in string(text)),
    "number": (1, number),
    "string": (1, string),
    "true": (0, lambda: True),
    "false": (0, lambda: False),
    "round": (1, _round),
    "int": (1, _int),
}
