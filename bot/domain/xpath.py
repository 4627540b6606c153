"""Values of XForm expressions, with the coercions and the arithmetic of XPath 1.0.

Rules: https://www.w3.org/TR/1999/REC-xpath-19991116/#corelib. Dates are the one exception: OpenRosa
counts a date as days since 1970-01-01 wherever a number is wanted, so that `. <= today()` works
(https://getodk.github.io/xforms-spec/#xpath-functions).
"""

import math
import re
from datetime import date
from decimal import Decimal
from typing import Literal

#: What an answer or an expression is worth. A tuple is a multi-select, as it is stored.
Value = str | float | bool | tuple[str, ...]

#: What an expression is always worth, as its syntax tells. "text" may be any Value.
ResultType = Literal["number", "boolean", "text"]

_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: The day that is 0 where a date is a number, counted as Python does.
EPOCH = date(1970, 1, 1).toordinal()


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
    if isinstance(value, float):
        return value
    if isinstance(value, (str, tuple)):
        text = string(value)
        if match := _NUMBER.fullmatch(text):
            return float(match[1])
        if _DATE.fullmatch(text):
            return _days(text)
        return math.nan
    return float(value)


def _days(text: str) -> float:
    try:
        return float(date.fromisoformat(text).toordinal() - EPOCH)
    except ValueError:
        return math.nan


def boolean(value: Value) -> bool:
    """XPath `boolean()`: a text is true unless empty, a number unless 0 or NaN."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, tuple)):
        return bool(string(value))
    return value != 0 and not math.isnan(value)


def equal(left: Value, right: Value) -> bool:
    """XPath `=`: as booleans if either is one, else as numbers if either is one, else as texts."""
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) == boolean(right)
    if isinstance(left, (str, tuple)) and isinstance(right, (str, tuple)):
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
