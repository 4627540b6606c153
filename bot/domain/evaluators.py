"""What expressions are compiled into: closures over the answers, the current value and the day.

Each maker is a function of its own, since a closure made in a loop or in a branch would capture
variables where it needs values.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date

from bot.domain.xpath import Value, boolean, divide, equal, modulo, number, string, unequal

#: Answers so far, the answer being checked, the day → what the expression is worth.
Evaluator = Callable[[Mapping[str, Value], Value, date], Value]

Combine = Callable[[Evaluator, Evaluator], Evaluator]


def constant(value: Value) -> Evaluator:
    return lambda values, current, today: value


def current_value(values: Mapping[str, Value], current: Value, today: date) -> Value:
    return current


def today_as_text(values: Mapping[str, Value], current: Value, today: date) -> Value:
    return today.isoformat()


def answer_to(name: str) -> Evaluator:
    return lambda values, current, today: values.get(name, "")


def negative(operand: Evaluator) -> Evaluator:
    return lambda values, current, today: -number(operand(values, current, today))


def choose(condition: Evaluator, then: Evaluator, otherwise: Evaluator) -> Evaluator:
    return lambda values, current, today: (
        then(values, current, today)
        if boolean(condition(values, current, today))
        else otherwise(values, current, today)
    )


def coalesce(preferred: Evaluator, otherwise: Evaluator) -> Evaluator:
    def run(values: Mapping[str, Value], current: Value, today: date) -> Value:
        value = preferred(values, current, today)
        return value if string(value) else otherwise(values, current, today)

    return run


def matches(text: Evaluator, pattern: re.Pattern[str]) -> Evaluator:
    """The whole text must match, as in ODK (Java's `Pattern.matches`)."""
    whole = pattern.fullmatch
    return lambda values, current, today: whole(string(text(values, current, today))) is not None


def call(function: Callable[..., Value], arguments: list[Evaluator]) -> Evaluator:
    """`function` takes the values of at most two arguments."""
    match arguments:
        case []:
            return constant(function())
        case [only]:
            return lambda values, current, today: function(only(values, current, today))
        case _:
            first, second = arguments
            return lambda values, current, today: function(
                first(values, current, today), second(values, current, today)
            )


def _or(left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda values, current, today: (
        boolean(left(values, current, today)) or boolean(right(values, current, today))
    )


def _and(left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda values, current, today: (
        boolean(left(values, current, today)) and boolean(right(values, current, today))
    )


def _values(function: Callable[[Value, Value], Value]) -> Combine:
    return lambda left, right: (
        lambda values, current, today: function(
            left(values, current, today), right(values, current, today)
        )
    )


def _numbers(function: Callable[[float, float], Value]) -> Combine:
    return lambda left, right: (
        lambda values, current, today: function(
            number(left(values, current, today)), number(right(values, current, today))
        )
    )


#: Operator → how strongly it binds (all are left-associative), and the closure of its two sides.
OPERATORS: Mapping[str, tuple[int, Combine]] = {
    "or": (1, _or),
    "and": (2, _and),
    "=": (3, _values(equal)),
    "!=": (3, _values(unequal)),
    "<": (4, _numbers(operator.lt)),
    "<=": (4, _numbers(operator.le)),
    ">": (4, _numbers(operator.gt)),
    ">=": (4, _numbers(operator.ge)),
    "+": (5, _numbers(operator.add)),
    "-": (5, _numbers(operator.sub)),
    "*": (6, _numbers(operator.mul)),
    "div": (6, _numbers(divide)),
    "mod": (6, _numbers(modulo)),
}
