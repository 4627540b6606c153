"""What expressions are compiled into: closures over the answers, the current value and the day.

Each maker is a function of its own, since a closure made in a loop or in a branch would capture
variables where it needs values.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from bot.domain.functions import format_date
from bot.domain.xpath import (
    ResultType,
    Value,
    boolean,
    divide,
    equal,
    modulo,
    number,
    string,
    unequal,
)

#: The answer being checked, a Value; in a choice filter the columns of the choice, a mapping of
#: texts. An expression has only one of the two.
Current = Any

#: Answers so far, what is being looked at, the day → what the expression is worth.
Evaluator = Callable[[Mapping[str, Value], Current, date], Value]


class Part(NamedTuple):
    """A piece of an expression: its closure, and what that is always worth.

    Whoever combines parts leaves out the coercions that `gives` shows to be idle.
    """

    run: Evaluator
    gives: ResultType


Combine = Callable[[Part, Part], Evaluator]


def constant(value: Value) -> Evaluator:
    return lambda values, current, today: value


def current_value(values: Mapping[str, Value], current: Current, today: date) -> Value:
    value: Value = current
    return value


def today_as_text(values: Mapping[str, Value], current: Current, today: date) -> Value:
    return today.isoformat()


def answer_to(name: str) -> Evaluator:
    return lambda values, current, today: values.get(name, "")


def column(name: str) -> Evaluator:
    def run(values: Mapping[str, Value], current: Current, today: date) -> Value:
        text: str = current.get(name, "")
        return text

    return run


def negative(operand: Evaluator) -> Evaluator:
    return lambda values, current, today: -number(operand(values, current, today))


def _truth(part: Part) -> Evaluator:
    run, gives = part
    if gives == "boolean":
        return run
    return lambda values, current, today: boolean(run(values, current, today))


def choose(condition: Part, then: Evaluator, otherwise: Evaluator) -> Evaluator:
    true = _truth(condition)
    return lambda values, current, today: (
        then(values, current, today)
        if true(values, current, today)
        else otherwise(values, current, today)
    )


def coalesce(preferred: Evaluator, otherwise: Evaluator) -> Evaluator:
    def run(values: Mapping[str, Value], current: Current, today: date) -> Value:
        value = preferred(values, current, today)
        return value if string(value) else otherwise(values, current, today)

    return run


def matches(text: Evaluator, fits: Callable[[str], bool]) -> Evaluator:
    return lambda values, current, today: fits(string(text(values, current, today)))


def dated(day: Evaluator, form: str) -> Evaluator:
    return lambda values, current, today: format_date(day(values, current, today), form)


def call(function: Callable[..., Value], arguments: list[Evaluator]) -> Evaluator:
    """`function` of the values of its arguments."""
    match arguments:
        case []:
            return constant(function())
        case [only]:
            return lambda values, current, today: function(only(values, current, today))
        case [first, second]:
            return lambda values, current, today: function(
                first(values, current, today), second(values, current, today)
            )
        case _:
            return lambda values, current, today: function(
                *[argument(values, current, today) for argument in arguments]
            )


def _or(left: Part, right: Part) -> Evaluator:
    one, other = _truth(left), _truth(right)
    return lambda values, current, today: (
        one(values, current, today) or other(values, current, today)
    )


def _and(left: Part, right: Part) -> Evaluator:
    one, other = _truth(left), _truth(right)
    return lambda values, current, today: (
        one(values, current, today) and other(values, current, today)
    )


def _values(function: Callable[[Value, Value], Value]) -> Combine:
    return lambda left, right: call(function, [left.run, right.run])


def _numbers(function: Callable[..., Value]) -> Combine:
    """`function` of two numbers."""

    def combine(left: Part, right: Part) -> Evaluator:
        one, other = left.run, right.run
        match left.gives == "number", right.gives == "number":
            case True, True:
                return call(function, [one, other])
            case True, False:
                return lambda values, current, today: function(
                    one(values, current, today), number(other(values, current, today))
                )
            case False, True:
                return lambda values, current, today: function(
                    number(one(values, current, today)), other(values, current, today)
                )
        return lambda values, current, today: function(
            number(one(values, current, today)), number(other(values, current, today))
        )

    return combine


class Operator(NamedTuple):
    strength: int  #: How strongly it binds. All are left-associative.
    gives: ResultType
    combine: Combine  #: The closure of its two sides.


OPERATORS: Mapping[str, Operator] = {
    "or": Operator(1, "boolean", _or),
    "and": Operator(2, "boolean", _and),
    "=": Operator(3, "boolean", _values(equal)),
    "!=": Operator(3, "boolean", _values(unequal)),
    "<": Operator(4, "boolean", _numbers(operator.lt)),
    "<=": Operator(4, "boolean", _numbers(operator.le)),
    ">": Operator(4, "boolean", _numbers(operator.gt)),
    ">=": Operator(4, "boolean", _numbers(operator.ge)),
    "+": Operator(5, "number", _numbers(operator.add)),
    "-": Operator(5, "number", _numbers(operator.sub)),
    "*": Operator(6, "number", _numbers(operator.mul)),
    "div": Operator(6, "number", _numbers(divide)),
    "mod": Operator(6, "number", _numbers(modulo)),
}
