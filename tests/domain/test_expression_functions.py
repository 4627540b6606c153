"""What each function is worth, and what an expression says of itself before it is evaluated."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.expression import (
    ARITY,
    BadExpression,
    ResultType,
    Value,
    compile_expression,
)
from bot.domain.functions import FUNCTIONS

TODAY = date(2026, 11, 22)
ANSWERS: dict[str, Value] = {"age": "20", "topics": ("jobs", "health"), "skipped": ""}


def worth(source: str) -> Value:
    return compile_expression(source).evaluate(ANSWERS, today=TODAY)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("selected-at(${topics}, 1)", "health"),
        ("selected-at(${topics}, 2)", ""),
        ("selected-at(${topics}, -1)", ""),
        ("selected-at(${topics}, 'x')", ""),
        ("boolean('false')", True),
        ("boolean-from-string('false')", False),
        ("boolean-from-string(1)", True),
        ("concat(${age}, ' years')", "20 years"),
        ("concat('a', 1, true(), ${topics})", "a1truejobs health"),
        ("starts-with('consent', 'con')", True),
        ("ends-with('consent', 'con')", False),
        ("substr('consent', 3)", "sent"),
        ("substr('consent', 0, 3)", "con"),
        ("substr('consent', -4, -1)", "sen"),
        ("substr('consent', 5, 2)", ""),
        ("substr('consent', 1 div 0)", ""),
        ("substr('consent', 'x')", ""),
        ("substring-before('a-b-c', '-')", "a"),
        ("substring-after('a-b-c', '-')", "b-c"),
        ("substring-before('abc', '-')", ""),
        ("substring-after('abc', '')", "abc"),
        ("translate('bar', 'abc', 'AB')", "BAr"),
        ("translate('--aaa--', 'abc-', 'ABC')", "AAA"),
        ("normalize-space('  a   b ')", "a b"),
        ("round(2.345, 2)", 2.35),
        ("round(-2.5, 0)", -2.0),
        ("round(1234, -2)", 1200.0),
        ("round(1 div 3, 400)", 1 / 3),
        ("round(2.5, 'x')", math.nan),
        ("round(1 div 0, 2)", math.inf),
        ("floor(-2.5)", -3.0),
        ("ceiling(-2.5)", -2.0),
        ("floor('x')", math.nan),
        ("abs(-2.5)", 2.5),
        ("pow(2, 10)", 1024.0),
        ("pow(0, -1)", math.inf),
        ("pow(-8, 0.5)", math.nan),
        ("pow(10, 999)", math.inf),
        ("pow(-10, 999)", -math.inf),
        ("min(3, '2', 10)", 2.0),
        ("max(3, '20', 10)", 20.0),
        ("max(3, ${skipped})", math.nan),
        ("max(${age})", 20.0),
        ("date('2026-02-28')", "2026-02-28"),
        ("date(1)", "1970-01-02"),
        ("date('2026-02-30')", ""),
        ("date(99999999)", ""),
        ("date(today() - 1)", "2026-11-21"),
        ("decimal-date-time('1970-01-03')", 2.0),
        ("today() > date('2026-11-21')", True),
        ("format-date(today(), '%e/%n/%Y')", "22/11/2026"),
        ("format-date('2026-01-05', '%d.%m.%y')", "05.01.26"),
        ("format-date(${skipped}, '%Y')", ""),
        ("coalesce('', '')", ""),
    ],
)
def test_a_function_is_worth_what_the_specification_says(source: str, expected: Value) -> None:
    value = worth(source)
    assert type(value) is type(expected)
    assert value == expected or (value != value and expected != expected)


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("position(..)", 0, "`position` is not one of the functions: abs, "),
        ("once(1)", 0, "`once` is not one of the functions"),
        ("pulldata('a', 'b', 'c', 'd')", 0, "`pulldata` is not one of the functions"),
        ("jr:choice-name(${a}, 'b')", 0, "`jr:choice-name` is not one of the functions"),
        ("now()", 0, "`now` is not one of the functions: abs"),
        ("1 + Selected(${a}, 'b')", 4, "did you mean selected()?"),
        ("count_selected(${a})", 0, "did you mean count-selected()?"),
        ("substring('a', 1)", 0, "did you mean substr()?"),
        ("concat()", 0, "concat() expected 1 or more argument(s), found 0"),
        ("substr('a')", 0, "substr() expected 2 to 3 argument(s), found 1"),
        ("round(1, 2, 3)", 0, "round() expected 1 to 2 argument(s), found 3"),
        ("format-date(today(), '%d %b')", 21, "format-date() has no %b: write %Y, "),
        ("format-date(today(), '%')", 21, "format-date() has no %: write %Y, "),
        ("format-date(today(), ${a})", 21, "format-date() expected one quoted text as its form"),
        ("regex(., 'a(?=b)')", 9, "(?="),
    ],
)
def test_a_call_that_means_nothing_is_refused(source: str, position: int, message: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        compile_expression(source)
    assert message in str(refusal.value)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    ("source", "gives"),
    [
        ("1", "number"),
        ("'1'", "text"),
        ("${age}", "text"),
        (".", "text"),
        ("(${age})", "text"),
        ("-${age}", "number"),
        ("${age} + 1", "number"),
        ("${age} = 1", "boolean"),
        ("1 + 1 = 2 and true()", "boolean"),
        ("not(.)", "boolean"),
        ("regex(., 'a')", "boolean"),
        ("round(.)", "number"),
        ("count-selected(.)", "number"),
        ("string(1)", "text"),
        ("today()", "text"),
        ("if(., 1, 2)", "number"),
        ("if(., 1, ${age})", "text"),
        ("if(., 1 = 1, false())", "boolean"),
        ("coalesce(1, 2)", "number"),
        ("coalesce(${age}, 2)", "text"),
        ("format-date(., '%Y')", "text"),
    ],
)
def test_what_an_expression_gives_is_known_from_its_syntax(source: str, gives: ResultType) -> None:
    assert compile_expression(source).gives == gives


VALUES = (
    st.booleans()
    | st.floats()
    | st.text(max_size=8)
    | st.integers(-9, 99).map(str)
    | st.dates().map(date.isoformat)
    | st.lists(st.text(max_size=3)).map(tuple)
)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@given(data=st.data())
def test_a_function_never_raises_and_gives_what_it_promises(name: str, data: st.DataObject) -> None:
    least, most = ARITY[name]
    count = data.draw(st.integers(least, most if most is not None else 4))
    values = {f"v{place}": data.draw(VALUES) for place in range(count)}
    expression = compile_expression(f"{name}({', '.join(f'${{{v}}}' for v in values)})")
    value = expression.evaluate(values, today=TODAY)
    kinds: dict[ResultType, type] = {"number": float, "boolean": bool, "text": str}
    assert type(value) is kinds[expression.gives]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(-5, 8))
def test_rounding_moves_a_number_by_half_a_place_at_most(amount: float, places: int) -> None:
    rounded = worth_of(f"round(${{x}}, {places})", {"x": amount})
    assert isinstance(rounded, float)
    assert abs(rounded - amount) <= 0.5 * 10.0**-places * (1 + 1e-9) + abs(amount) * 1e-15
    assert worth_of(f"round(${{x}}, {places})", {"x": rounded}) == rounded


@given(st.text(), st.text(min_size=1))
def test_what_is_before_and_after_a_part_makes_up_the_text(text: str, part: str) -> None:
    values: dict[str, Value] = {"x": text, "y": part}
    if part in text:
        source = "concat(substring-before(${x}, ${y}), ${y}, substring-after(${x}, ${y}))"
        assert worth_of(source, values) == text
    else:
        source = "concat(substring-before(${x}, ${y}), substring-after(${x}, ${y}))"
        assert worth_of(source, values) == ""


@given(st.dates())
def test_a_date_survives_being_a_number(day: date) -> None:
    assert worth_of("date(number(${x}))", {"x": day.isoformat()}) == day.isoformat()
    assert worth_of("format-date(${x}, '%Y-%m-%d')", {"x": day.isoformat()}) == day.isoformat()


def worth_of(source: str, values: dict[str, Value]) -> Value:
    return compile_expression(source).evaluate(values, today=TODAY)
