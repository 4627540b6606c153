"""Expressions of XLSForms: what they mean, and that nothing written in a form can break a turn."""

import math
from datetime import date

import pytest

from bot.domain.expression import BadExpression, Value, compile_expression
from bot.domain.xpath import boolean, number, string

TODAY = date(2026, 11, 22)
ANSWERS: dict[str, Value] = {
    "age": "20",
    "hours": 2.5,
    "topics": ("jobs", "health"),
    "skipped": "",
    "born": "2006-11-23",
}


def worth(source: str, current: Value | None = None) -> Value:
    return compile_expression(source).evaluate(ANSWERS, current=current, today=TODAY)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # Precedence and association
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 3 - 2", 5.0),
        ("8 div 4 div 2", 1.0),
        ("7 mod 4", 3.0),
        ("-7 mod 4", -3.0),
        ("1.5 mod 0.5", 0.0),
        ("2 - -2", 4.0),
        ("--2 * 3", 6.0),
        ("true() or false() and false()", True),
        ("1 < 2 = true()", True),
        ("3 > 2 > 1", False),
        ("1 + 1 = 2 and 2 < 3", True),
        (".5 + 5.", 5.5),
        # Names of operators are operators only between operands; hyphens belong to names
        ("${age}-1", 19.0),
        ("string-length('div')", 3.0),
        ("'and' = \"and\"", True),
        # Division as IEEE 754 has it
        ("1 div 0", math.inf),
        ("-1 div 0", -math.inf),
        ("0 div 0", math.nan),
        ("1 mod 0", math.nan),
        # References and `.`
        ("${age} >= 18", True),
        ("${age} > '9'", True),
        ("${hours} * 2", 5.0),
        ("${nobody} = ''", True),
        ("${nobody} < 5", False),
        ("${skipped} != ''", False),
        ("${topics} = 'jobs health'", True),
        # Functions
        ("selected(${topics}, 'jobs')", True),
        ("selected(${topics}, 'job')", False),
        ("selected('a b c', 'b')", True),
        ("selected(${nobody}, '')", False),
        ("count-selected(${topics})", 2.0),
        ("count-selected(${skipped})", 0.0),
        ("not(${age} = 20)", False),
        ("if(${age} >= 18, 'adult', 'minor')", "adult"),
        ("coalesce(${skipped}, ${age})", "20"),
        ("coalesce(${age}, 'none')", "20"),
        ("regex(${age}, '[0-9]')", False),
        ("regex(${age}, '[0-9]+')", True),
        ("string-length(${topics})", 11.0),
        ("contains('consent', 'sent')", True),
        ("number('4') + 1", 5.0),
        ("string(2.50)", "2.5"),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("round(0.49999999999999994)", 0.0),
        ("int(-2.7)", -2.0),
        ("round(1 div 0)", math.inf),
        # Dates: text as text, days since 1970 where a number is wanted
        ("today()", "2026-11-22"),
        ("number('1970-01-02')", 1.0),
        ("${born} <= today()", True),
        ("(today() - ${born}) div 365.25 >= 20", False),
        ("number('2026-02-30')", math.nan),
    ],
)
def test_an_expression_is_worth_what_xpath_says(source: str, expected: Value) -> None:
    value = worth(source)
    assert type(value) is type(expected)
    assert value == expected or (value != value and expected != expected)


def test_the_current_value_is_the_answer_being_checked() -> None:
    assert worth(". > 3 and . < 9", current=5.0) is True
    assert worth(". > 3 and . < 9", current="12") is False
    assert worth("count-selected(.) <= 1", current=("a", "b")) is False
    assert worth(". = ''") is True


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", math.nan),
        (" 12 ", 12.0),
        ("-1.50", -1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", math.nan),
        ("+1", math.nan),
        ("- 1", math.nan),
        ("٣", math.nan),
        ("Infinity", math.nan),
        (True, 1.0),
        (("5",), 5.0),
        (("5", "6"), math.nan),
        ((), math.nan),
    ],
)
def test_number(value: Value, expected: float) -> None:
    assert number(value) == expected or (math.isnan(number(value)) and math.isnan(expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (True, "true"),
        (False, "false"),
        (("a", "b"), "a b"),
        ((), ""),
    ],
)
def test_string(value: Value, expected: str) -> None:
    assert string(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", False), ("false", True), ("0", True), (0.0, False), (math.nan, False), (-1.0, True)],
)
def test_boolean(value: Value, expected: bool) -> None:
    assert boolean(value) is expected


@pytest.mark.parametrize(
    ("source", "position", "expected"),
    [
        ("", 0, "expected a value"),
        ("1 +", 3, "found the end"),
        (". >== 1 and (", 4, "found `=`"),
        ("(1", 2, "expected `)`"),
        ("1 2", 2, "expected an operator"),
        ("'open", 0, "a text without its closing '"),
        ("foo(.)", 0, "`foo` is not one of the functions"),
        ("age > 3", 0, "write ${age} for another item's answer"),
        ("true", 4, "expected `(` after true, found the end"),
        ("not()", 0, "expected 1 argument(s), found 0"),
        ("1 + selected(${a})", 4, "expected 2 argument(s), found 1"),
        ("if(1, 2, 3, 4)", 0, "expected 3 argument(s), found 4"),
        ("/data/age > 9", 0, "found `/`"),
        ("../age", 0, "found `..`: paths are not read"),
        ("${a b}", 0, "found `$`"),
        ("regex(., '(')", 9, "expected a regular expression"),
        ("regex(., ${a})", 9, "expected one quoted text"),
        ("regex(., 'a' = 'b')", 15, "expected one quoted text"),
        ("(" * 100 + "1" + ")" * 100, 40, "nested more than 40 deep"),
        ("1" + " + 1" * 400, 1202, "more than 300 operators"),
    ],
)
def test_a_bad_expression_says_where_and_what_was_expected(
    source: str, position: int, expected: str
) -> None:
    with pytest.raises(BadExpression) as refusal:
        compile_expression(source)
    assert refusal.value.position == position
    assert f"at character {position + 1} of" in str(refusal.value)
    assert expected in str(refusal.value)


def test_an_expression_knows_what_it_refers_to() -> None:
    expression = compile_expression("${age} > 3 and selected(${topics}, .) or ${age} = 1")
    assert expression.references == {"age", "topics"}
    assert expression.uses_current
    assert not compile_expression("${age} > 3").uses_current


def test_the_longest_expression_allowed_can_be_evaluated() -> None:
    assert worth("1" + " + 1" * 300) == 301.0
    assert worth("(" * 39 + "1" + ")" * 39) == 1.0
