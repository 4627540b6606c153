"""Choice filters: bare names are columns of the choice. Elsewhere they are refused, like paths."""

from datetime import date

import pytest

from bot.domain.expression import BadExpression, Value, compile_expression

TODAY = date(2026, 11, 22)
TOWNS = [
    {"name": "kisumu", "region": "west", "size": "600000"},
    {"name": "nairobi", "region": "centre", "size": "4400000"},
    {"name": "kakamega", "region": "west", "size": "110000"},
    {"name": "elsewhere"},
]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("region = ${region}", ["kisumu", "kakamega"]),
        ("region = ${region} and size > 200000", ["kisumu"]),
        ("selected(${likes}, name)", ["nairobi", "kakamega"]),
        ("not(selected(${likes}, name)) and region", ["kisumu"]),
        ("string-length(region)=0", ["elsewhere"]),
        ("starts-with(name, 'k') or region=''", ["kisumu", "kakamega", "elsewhere"]),
        ("${region} = 'west'", ["kisumu", "nairobi", "kakamega", "elsewhere"]),
    ],
)
def test_a_filter_shows_the_choices_it_is_true_for(source: str, shown: list[str]) -> None:
    answers: dict[str, Value] = {"region": "west", "likes": ("kakamega", "nairobi")}
    choice_filter = compile_expression(source, columns=True)
    assert [
        town["name"] for town in TOWNS if choice_filter.is_true(answers, choice=town, today=TODAY)
    ] == shown


def test_a_filter_knows_its_columns_and_its_references() -> None:
    choice_filter = compile_expression("region = ${a} and (size > 3 or región)", columns=True)
    assert choice_filter.columns == {"region", "size", "región"}
    assert choice_filter.references == {"a"}
    assert not choice_filter.uses_current
    assert compile_expression("${a} = 1").columns == frozenset()


def test_a_column_may_have_the_name_of_a_function_and_an_item() -> None:
    choice_filter = compile_expression("number = ${number} and number(number) > 1", columns=True)
    assert choice_filter.columns == {"number"}
    assert choice_filter.is_true({"number": "5"}, choice={"number": "5"}, today=TODAY)
    assert not choice_filter.is_true({"number": "5"}, choice={"number": "6"}, today=TODAY)


def test_without_a_choice_columns_are_empty() -> None:
    choice_filter = compile_expression("region = ''", columns=True)
    assert choice_filter.is_true({}, today=TODAY)
    assert choice_filter.is_true({}, current="west", today=TODAY)


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("region = . ", 9, "found `.`: a choice_filter has columns and ${name}"),
        ("region = and", 9, "expected a value"),
        ("= region", 0, "expected a value"),
        ("region name", 7, "expected an operator or the end, found `name`"),
        ("region = ../region", 9, "found `..`: paths are not read, write ${name}"),
        ("region = current()/../region", 9, "`current` is not one of the functions"),
        ("name[1] = 2", 4, "found `[`: paths are not read"),
    ],
)
def test_what_a_filter_cannot_hold_is_refused(source: str, position: int, message: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        compile_expression(source, columns=True)
    assert message in str(refusal.value)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("age > 3", 0, "write ${age} for another item's answer, 'age' for a text"),
        ("${a} = yes", 7, "'yes' for a text"),
        ("/data/x = 1", 0, "found `/`: paths are not read, write ${name} for an item's answer"),
        ("//x", 0, "found `//`: paths"),
        ("../x > 2", 0, "found `..`: paths"),
        ("./x > 2", 1, "found `/`: paths"),
        ("${a}/b", 4, "found `/`: paths"),
        ("${a}[1]", 4, "found `[`: paths"),
        ("${a} | ${b}", 5, "found `|`: paths"),
        ("@x", 0, "found `@`: paths"),
        ("$age > 3", 0, "found `$`: paths"),
        ("* = 3", 0, "found `*`, which multiplies two values: write ${name}"),
        ("count(*)", 0, "`count` is not one of the functions"),
        ("not(*)", 4, "found `*`, which multiplies"),
        ("true", 4, "expected `(` after true"),
    ],
)
def test_elsewhere_bare_names_and_paths_are_refused(
    source: str, position: int, message: str
) -> None:
    with pytest.raises(BadExpression) as refusal:
        compile_expression(source)
    assert message in str(refusal.value)
    assert refusal.value.position == position
