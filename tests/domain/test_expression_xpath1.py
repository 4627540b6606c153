"""The same as libxml2, an independent engine for XPath 1.0, on what the two have in common.

Answers are handed to it as variables, since they are values here and not nodes: a node that is
there is true even if it is empty. Left out of what is generated, because they differ on purpose:

- `selected`, `count-selected`, `if`, `coalesce`, `regex` and the like, `today` and dates as days,
  tuples, `concat` of one and `round` to decimals: they are OpenRosa's;
- the texts of numbers of more than 9 digits, below 0.00001, or with a fraction that was computed:
  libxml2 writes 15 digits, and exponents, where the standard wants all digits and no exponent;
- texts such as `1e3`: libxml2 reads the exponent, the standard does not know it.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from bot.domain.evaluators import OPERATORS
from bot.domain.expression import Value, compile_expression
from bot.domain.functions import FUNCTIONS

#: As both have them.
Answers = dict[str, str | float | bool]

NOTHING = etree.Element("nothing")
NAMES = ("a", "b", "c")

#: Function → how many arguments, for those that mean the same in both.
COMMON = {
    **{"not": 1, "boolean": 1, "true": 0, "false": 0, "number": 1, "floor": 1, "ceiling": 1},
    **{"round": 1, "string": 1, "string-length": 1, "normalize-space": 1, "contains": 2},
    **{"starts-with": 2, "substring-before": 2, "substring-after": 2, "concat": 3, "translate": 3},
}

#: Those of them that write a number out.
TEXTUAL = {"string", "string-length", "normalize-space", "contains", "starts-with", "concat"} | {
    "substring-before",
    "substring-after",
    "translate",
}

SHORT_NUMBERS = st.integers(-4096, 4096).map(lambda eighths: eighths / 8)
NUMBERS = SHORT_NUMBERS | st.sampled_from([math.nan, math.inf, -math.inf, -0.0])
TEXTS = (
    st.text(st.sampled_from(" ab1-.\t0é😀\u00a0+"), max_size=6)
    | SHORT_NUMBERS.map(str)
    | st.sampled_from(["", "true", "false", "NaN", "Infinity", " 7 ", "-.5", "5.", "--1", "- 1"])
)
VALUES = st.booleans() | NUMBERS | TEXTS

LITERALS = (
    st.integers(0, 999).map(str)
    | st.sampled_from(["0.5", ".25", "3."])
    | TEXTS.map(lambda text: f"'{text}'")
    | st.sampled_from([f"${{{name}}}" for name in NAMES])
)


def calls(names: Iterable[str], parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def call(name: str) -> st.SearchStrategy[str]:
        return st.tuples(*[parts] * COMMON[name]).map(lambda given: f"{name}({', '.join(given)})")

    return st.sampled_from(sorted(names)).flatmap(call)


def operations(signs: Iterable[str], parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operation = st.tuples(parts, st.sampled_from(sorted(signs)), parts).map(" ".join)
    return operation | operation.map(lambda part: f"({part})")


#: Worth a text, or a number that nothing was computed with, so that both write it alike.
WRITTEN = st.recursive(
    LITERALS | calls(["number", "round", "floor", "ceiling", "true"], LITERALS),
    lambda parts: calls(TEXTUAL, parts) | operations(["=", "<", "and", "or"], parts),
    max_leaves=6,
)

EXPRESSIONS = st.recursive(
    WRITTEN,
    lambda parts: (
        operations(OPERATORS, parts)
        | parts.map(lambda part: f"-{part}")
        | calls(set(COMMON) - TEXTUAL, parts)
    ),
    max_leaves=10,
)


def ours(source: str, values: Mapping[str, Value]) -> Value:
    return compile_expression(source).evaluate(values, today=date(2026, 11, 22))


def theirs(source: str, values: Answers) -> object:
    for name in NAMES:
        source = source.replace(f"${{{name}}}", f"${name}")
    return etree.XPath(source, smart_strings=False)(NOTHING, **values)


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other


@settings(max_examples=1000)
@given(EXPRESSIONS, st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)))
@example("- - ${a} * 2", {"a": "3", "b": "", "c": ""})
@example("${a} = ${b} = ${c}", {"a": "x", "b": "x", "c": True})
def test_an_expression_is_worth_the_same(source: str, values: Answers) -> None:
    assert same(ours(source, values), theirs(source, values)), (
        ours(source, values),
        theirs(source, values),
    )


@pytest.mark.parametrize("sign", sorted(OPERATORS))
@given(left=VALUES, right=VALUES)
def test_each_operator_coerces_the_same(sign: str, left: str | float, right: str | float) -> None:
    values = {"a": left, "b": right, "c": ""}
    assert same(ours(f"${{a}} {sign} ${{b}}", values), theirs(f"${{a}} {sign} ${{b}}", values))


@pytest.mark.parametrize("name", sorted(COMMON))
@given(given_values=st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)))
def test_each_function_is_worth_the_same(name: str, given_values: Answers) -> None:
    arguments = ", ".join(f"${{{letter}}}" for letter in NAMES[: COMMON[name]])
    source = f"{name}({arguments})"
    assert same(ours(source, given_values), theirs(source, given_values))


def test_the_common_functions_are_ours() -> None:
    for name, count in COMMON.items():
        function = FUNCTIONS[name]
        assert function.least <= count and (function.most is None or count <= function.most)
