"""What holds for every expression and every answer, however odd."""

import contextlib
import math
import time
from datetime import date
from types import UnionType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.evaluators import OPERATORS
from bot.domain.expression import (
    ARITY,
    MAX_LENGTH,
    BadExpression,
    ResultType,
    Value,
    compile_expression,
)
from bot.domain.xpath import boolean, equal, number, string

TODAY = date(2026, 11, 22)

NUMBERS = st.floats()
TEXTS = st.text() | st.floats().map(str) | st.dates().map(date.isoformat)
VALUES = st.booleans() | NUMBERS | TEXTS | st.lists(st.text(max_size=5)).map(tuple)

FRAGMENTS = st.sampled_from(
    [
        *("1", "0", "2.5", "'a'", "''", "'3'", "${a}", "${b}", ".", "(", ")", ",", "-", "+", "*"),
        *("div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or", "not(", "if(", "today()"),
        *("true()", "number(", "string(", "round(", "int(", "selected(", "count-selected("),
        *("coalesce(", "contains(", "string-length(", "regex(", "'[a-z'", "'[0-9]+'", "''a", "$"),
        *("name", "region", "..", "/", "concat(", "format-date(", "'%Y'", "round(", "true", "${"),
    ]
)


#: Their second argument is written as a text.
QUOTING = ("regex", "format-date")


def with_arguments(count: int) -> list[str]:
    return sorted(
        name
        for name, (least, most) in ARITY.items()
        if least <= count and (most is None or count <= most)
    )


def operations(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(sorted(OPERATORS))
    one = st.sampled_from(["-", *with_arguments(1)])
    two = st.sampled_from([name for name in with_arguments(2) if name not in QUOTING])
    three = st.sampled_from(with_arguments(3))
    return (
        st.tuples(operands, signs, operands).map(" ".join)
        | st.tuples(one, operands).map(lambda parts: f"{parts[0]}({parts[1]})")
        | st.tuples(two, operands, operands).map(lambda p: f"{p[0]}({p[1]}, {p[2]})")
        | st.tuples(three, operands, operands, operands).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]}, {p[3]})"
        )
        | operands.map(lambda text: f"format-date({text}, '%d.%n.%Y')")
        | operands.map(lambda text: f"regex({text}, '[0-9]*')")
    )


SOUND = st.recursive(
    st.sampled_from(["1", "0", "2.5", "'a'", "''", "'-3'", "${a}", "${b}", ".", "today()"]),
    operations,
    max_leaves=12,
)


ANSWERS = st.dictionaries(st.sampled_from("ab"), VALUES)
KINDS: dict[ResultType, type | UnionType] = {
    "number": float,
    "boolean": bool,
    "text": str | float | bool | tuple,
}


@given(
    st.text() | st.lists(FRAGMENTS).map(" ".join) | st.lists(FRAGMENTS).map("".join),
    st.booleans(),
    ANSWERS,
    VALUES,
)
def test_whatever_is_written_is_refused_or_can_be_evaluated(
    source: str, columns: bool, values: dict[str, Value], current: Value
) -> None:
    try:
        expression = compile_expression(source, columns=columns)
    except BadExpression as refusal:
        assert 0 <= refusal.position <= len(source)
        return
    value = expression.evaluate(values, current=current, today=TODAY)
    assert isinstance(value, KINDS[expression.gives])
    assert not (expression.columns and not columns)


@given(SOUND, ANSWERS, VALUES, st.dates())
def test_what_is_sound_compiles_and_gives_what_it_promises(
    source: str, values: dict[str, Value], current: Value, today: date
) -> None:
    expression = compile_expression(source)
    value = expression.evaluate(values, current=current, today=today)
    assert isinstance(value, KINDS[expression.gives])
    assert expression.is_true(values, current=current, today=today) is boolean(value)


@pytest.mark.parametrize(
    "source",
    [
        "(" * MAX_LENGTH,
        "(" * (MAX_LENGTH + 1),
        "-" * 30_000 + "1",
        "not(" * 8_000,
        "1" + " + 1" * 8_000,
        "1" + " or 1 = 1 and 1 < 1 + 1 * 1" * 1_000,
        "concat(" + "1," * 16_000 + "1)",
        "'" * 30_001,
        "a" * 30_000,
        " " * 30_000,
        "1" * 30_000,
        "${" * 16_000,
        "regex(., '" + "(a+)+" * 6_000 + "')",
        "regex(., '" + "(" * 30_000 + "')",
        "regex(., '" + "(a{0,30}){0,30}" * 100 + "')",
    ],
    ids=lambda source: source[:12],
)
def test_nothing_written_takes_long_to_compile(source: str) -> None:
    started = time.process_time()
    with contextlib.suppress(BadExpression):
        compile_expression(source)
    assert time.process_time() - started < 1


def same(one: str, other: str, *answers: Value) -> bool:
    values = dict(zip("abc", answers, strict=False))
    first, second = (
        compile_expression(source).evaluate(values, today=TODAY) for source in (one, other)
    )
    return type(first) is type(second) and (first == second or first != first)


@given(VALUES)
def test_not_not_is_the_truth(value: Value) -> None:
    assert same("not(not(${a}))", "boolean(${a})", value)


@given(VALUES, VALUES)
def test_de_morgan(one: Value, other: Value) -> None:
    assert same("not(${a} and ${b})", "not(${a}) or not(${b})", one, other)
    assert same("not(${a} or ${b})", "not(${a}) and not(${b})", one, other)


@given(VALUES, VALUES, VALUES)
def test_and_or_are_symmetric_and_distribute(one: Value, other: Value, third: Value) -> None:
    assert same("${a} and ${b}", "${b} and ${a}", one, other)
    assert same("${a} or ${b}", "${b} or ${a}", one, other)
    assert same("${a} and (${b} or ${c})", "${a} and ${b} or ${a} and ${c}", one, other, third)


@given(VALUES, VALUES)
def test_order_is_antisymmetric(one: Value, other: Value) -> None:
    assert same("${a} <= ${b} and ${b} <= ${a}", "number(${a}) = number(${b})", one, other)
    assert same("${a} < ${b} and ${b} < ${a}", "false()", one, other)


@given(VALUES, VALUES, VALUES)
def test_if_is_one_of_the_two(condition: Value, then: Value, otherwise: Value) -> None:
    chosen = "${b}" if boolean(condition) else "${c}"
    assert same("if(${a}, ${b}, ${c})", chosen, condition, then, otherwise)


@given(VALUES, VALUES)
def test_minus_is_plus_the_negative(one: Value, other: Value) -> None:
    assert same("${a} - ${b}", "${a} + -${b}", one, other)


def compare(left: Value, sign: str, right: Value) -> Value:
    values = {"a": left, "b": right}
    return compile_expression(f"${{a}} {sign} ${{b}}").evaluate(values, today=TODAY)


@given(VALUES, VALUES)
def test_equality_is_symmetric_and_unequal_is_its_opposite(left: Value, right: Value) -> None:
    assert compare(left, "=", right) is compare(right, "=", left)
    assert compare(left, "!=", right) is not compare(left, "=", right)


@given(VALUES, VALUES)
def test_order_is_always_numeric(left: Value, right: Value) -> None:
    assert compare(left, "<", right) is (number(left) < number(right))
    assert compare(left, ">=", right) is (number(left) >= number(right))
    assert compare(left, "<", right) is compare(right, ">", left)


@given(NUMBERS, TEXTS)
def test_a_number_and_a_text_are_equal_as_numbers(value: float, text: str) -> None:
    assert equal(value, text) is (value == number(text))


@given(st.booleans(), VALUES)
def test_a_boolean_and_anything_are_equal_as_booleans(value: bool, other: Value) -> None:
    assert equal(value, other) is (value is boolean(other))


@given(VALUES)
def test_nothing_compares_with_nan(value: Value) -> None:
    if not isinstance(value, bool):
        assert not equal(math.nan, value)
    for sign in ("<", "<=", ">", ">="):
        assert compare(math.nan, sign, value) is False


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_being_written(value: float) -> None:
    assert number(string(value)) == value


@given(VALUES)
def test_writing_a_value_twice_changes_nothing(value: Value) -> None:
    assert string(string(value)) == string(value)
