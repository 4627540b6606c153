"""What each type of item becomes in staff's files, and what is said of it besides."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.domain.questionnaire import Item, ItemChoice, ItemType, Questionnaire, Scale
from bot.export import Shape
from bot.export.columns import Column, ColumnType
from bot.export.instruments import Instrument
from bot.export.material import Material, material
from bot.export.missing import missing_codes, numbers_of
from bot.export.people import Person
from bot.export.staff_file import ParadataIsWide
from bot.export.wide import PERSON, RESPONSE, Wide
from bot.storage import answers, tables
from tests.cast.archive import (
    DONT_KNOW,
    NOON,
    OPINION,
    PARTIAL,
    REFUSED,
    SKIPPED,
    YES_NO,
    Archive,
    cells,
    choices,
    item,
    opened,
)  # fmt: skip


@pytest.fixture
async def archive(a_database: str, tmp_path: Path) -> AsyncIterator[Archive]:
    async with opened(a_database, tmp_path) as made:
        yield made


def form(*items: Item, version: int = 1) -> Questionnaire:
    return Questionnaire("opinion", version, {}, items)


def columns_of(*versions: Questionnaire, **more: Any) -> Mapping[str, Column]:
    """Of the items, by name; the newest version first."""
    instrument = Instrument("t1", versions)
    wide = Wide("town", [instrument], lambda texts: texts.get("en", ""), **more)
    return {column.name: column for column in wide.columns[len(PERSON) + len(RESPONSE) :]}


# --- Columns of each type ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (item("q", ItemType.INTEGER), {"t1_q": ColumnType.WHOLE}),
        (item("q", ItemType.DECIMAL), {"t1_q": ColumnType.NUMBER}),
        (item("q", ItemType.RANGE, scale=Scale(0, 10)), {"t1_q": ColumnType.WHOLE}),
        (item("q", ItemType.RANGE, scale=Scale(0, 1, 0.5)), {"t1_q": ColumnType.NUMBER}),
        (item("q", ItemType.DATE), {"t1_q": ColumnType.DATE}),
        (item("q", ItemType.ACKNOWLEDGE), {"t1_q": ColumnType.WHOLE}),
        (item("q", ItemType.TEXT), {"t1_q": ColumnType.TEXT}),
        (item("q", ItemType.NOTE), {}),
        (item("q", ItemType.CALCULATE, calculation="1 + 1"), {"t1_q": ColumnType.NUMBER}),
        (item("q", ItemType.CALCULATE, calculation="1 > 0"), {"t1_q": ColumnType.WHOLE}),
        (item("q", ItemType.CALCULATE, calculation="${a}"), {"t1_q": ColumnType.TEXT}),
        (item("q", ItemType.HIDDEN, calculation="'x'"), {"t1_q": ColumnType.TEXT}),
        (
            item("q", ItemType.INTEGER, read_only=True, calculation="2 * 3"),
            {"t1_q": ColumnType.NUMBER},
        ),
        (
            item("q", ItemType.SELECT_ONE, choices=YES_NO),
            {"t1_q": ColumnType.CODE, "t1_q_label": ColumnType.TEXT},
        ),
        (
            item("q", ItemType.RANK, choices=choices("a", "b")),
            {"t1_q_a": ColumnType.WHOLE, "t1_q_b": ColumnType.WHOLE, "t1_q_label": ColumnType.TEXT},
        ),
    ],
)
def test_columns_follow_from_the_questionnaire(
    asked: Item, expected: Mapping[str, ColumnType]
) -> None:
    columns = columns_of(form(asked))
    assert {name: column.type for name, column in columns.items()} == expected
    assert {name for name, column in columns.items() if column.words} == set(expected) & {
        "t1_q_label"
    }


@pytest.mark.parametrize(
    ("older", "newer", "type_"),
    [
        ({"scale": Scale(0, 10)}, {"scale": Scale(0, 10, 0.5)}, ColumnType.NUMBER),
        ({"scale": Scale(0, 10)}, {"scale": Scale(1, 5)}, ColumnType.WHOLE),
    ],
)
def test_a_range_is_whole_if_it_is_in_all_versions(
    older: dict[str, Any], newer: dict[str, Any], type_: ColumnType
) -> None:
    old, new = (form(item("q", ItemType.RANGE, **each)) for each in (older, newer))
    assert columns_of(new, old)["t1_q"].type is type_


@pytest.mark.parametrize(
    ("older", "newer", "type_"),
    [
        ("1 > 0", "2 > 1", ColumnType.WHOLE),
        ("1 > 0", "2 + 1", ColumnType.NUMBER),
        ("2 + 1", "'x'", ColumnType.TEXT),
    ],
)
def test_a_calculation_that_was_changed_keeps_one_column(
    older: str, newer: str, type_: ColumnType
) -> None:
    old, new = (form(item("q", ItemType.CALCULATE, calculation=each)) for each in (older, newer))
    assert {name: each.type for name, each in columns_of(new, old).items()} == {"t1_q": type_}


def test_an_item_that_was_asked_and_is_derived_now_is_two() -> None:
    old = form(item("q", ItemType.INTEGER))
    new = form(item("q", ItemType.INTEGER, read_only=True, calculation="1"))
    columns = columns_of(new, old)
    assert {name: bool(column.missing) for name, column in columns.items()} == {
        "t1_q": False,
        "t1_q_2": True,
    }


def test_wordings_show_what_they_quote_as_the_item() -> None:
    pack = Item("ok", ItemType.ACKNOWLEDGE, {"en": "You are ${age}?"})
    words = Material.words(_of_two_languages(), None)
    assert words(pack.label) == "You are [age]?"


def _of_two_languages() -> Any:
    class Whose:
        code, languages = "town", ("en", "fr")

        @staticmethod
        def words(texts: Mapping[str, str], language: str) -> str:
            return texts[language]

    class Some:
        deliberation = Whose

    return Some()


# --- Numbers for codes ---------------------------------------------------------------------------


def one(*codes: str, **given: int) -> Item:
    """A select_one; `given` are its `spss_code`s."""
    made = [ItemChoice(code, {}, number=given.get(code)) for code in codes]
    return item("q", ItemType.SELECT_ONE, choices=(*made, *choices(unsure=DONT_KNOW)))


@pytest.mark.parametrize(
    ("newest_first", "numbers"),
    [
        ([one("01", "10", "-3")], {"01": 1, "10": 10, "-3": -3}),
        ([one("b", "a")], {"b": 1, "a": 2}),
        ([one("1", "other")], {"1": 1, "other": 2}),
        ([one("01", "1")], {"01": 1, "1": 2}),  # the same as numbers: no code may stand for itself
        ([one("x", "b", "a"), one("b", "a")], {"b": 1, "a": 2, "x": 3}),
        ([one("10", "20", "other"), one("10", "20")], {"10": 10, "20": 20, "other": 1}),
        ([one("a", "b", "c", a=7, b=1)], {"a": 7, "b": 1, "c": 2}),
        ([one("a", a=4), one("a", a=5)], {"a": 4}),
        ([one("4915550001234", "1")], {"4915550001234": 1, "1": 2}),  # too long for Stata
    ],
)
def test_each_code_has_a_number_that_a_new_version_does_not_change(
    newest_first: Sequence[Item], numbers: Mapping[str, int]
) -> None:
    assert numbers_of(newest_first) == numbers


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (one("a", a=97), -97),
        (one(*(f"c{n}" for n in range(200))), -97),  # numbered from 1 to 200
        (item("q", ItemType.RANGE, scale=Scale(-1000, 1000, 0.001)), -9997),
        (item("q", ItemType.DECIMAL, constraint=". >= 0 and . < 24"), 97),
        (item("q", ItemType.DATE), 97),
        (item("q", ItemType.ACKNOWLEDGE), 97),
        (item("q", ItemType.RANK, choices=choices(*(f"c{n}" for n in range(99)))), -97),
    ],
)
def test_missing_codes_are_none_of_the_numbers(asked: Item, first: int) -> None:
    assert missing_codes([asked])[DONT_KNOW] == first


async def test_a_choice_has_one_number_in_all_waves(archive: Archive) -> None:
    old = form(item("q", ItemType.SELECT_ONE, choices=choices("b", "a")))
    new = form(item("q", ItemType.SELECT_ONE, choices=choices("c", "a", "b")), version=2)
    await archive.holds(old, new, waves=("t1", "t2"))
    await archive.one({"q": "a"})
    async with material(archive.database, ["t1", "t2"]) as found:
        wide = Wide("town", found.instruments, found.words(None))
    columns = {column.name: column for column in wide.columns}
    for wave in ("t1", "t2"):  # the older version was never asked in t2
        assert columns[f"{wave}_q"].numbers == {"b": 1, "a": 2, "c": 3}


# --- What was answered ---------------------------------------------------------------------------

EVERYTHING = form(
    item("hours", ItemType.DECIMAL, constraint=". >= 0 and . < 24"),
    item("born", ItemType.DATE),
    item("order", ItemType.RANK, choices=choices("bus", "car", "bike")),
    item("read", ItemType.ACKNOWLEDGE),
    item("twice", ItemType.CALCULATE, calculation="2 * ${hours}"),
    item("long", ItemType.CALCULATE, calculation="${hours} > 8"),
    item("says", ItemType.CALCULATE, calculation="concat('h', ${hours})"),
    item("form", ItemType.HIDDEN, calculation="'A7'"),
    item("shown", ItemType.INTEGER, read_only=True, calculation="round(${hours})"),
)
NAMES = (
    "t1_hours", "t1_born", "t1_order_bus", "t1_order_car", "t1_order_bike", "t1_order_label",
    "t1_read", "t1_twice", "t1_long", "t1_says", "t1_form", "t1_shown",
)  # fmt: skip


async def test_every_type_has_its_cells(archive: Archive) -> None:
    await archive.holds(EVERYTHING)
    said = {"hours": 8.5, "born": "1990-02-28", "order": ["bike", "bus", "car"], "read": "OK"}
    await archive.one(said)
    [row] = await archive.wide()
    assert cells(row, *NAMES) == [
        *("8.5", "1990-02-28", "2", "3", "1", "Bike; Bus; Car"),
        *("1", "17", "1", "h8.5", "A7", "9"),
    ]


async def test_every_type_says_why_it_has_no_value(archive: Archive) -> None:
    await archive.holds(EVERYTHING)
    asked = ("hours", "born", "order", "read")
    for who, kind in (("p1", DONT_KNOW), ("p2", REFUSED), ("p3", SKIPPED)):
        await archive.enrols(who)
        await archive.hears(who, dict.fromkeys(asked, kind))
    await archive.enrols("p4")
    await archive.hears("p4", {}, status=PARTIAL)
    rows = await archive.wide()
    assert [cells(row, *NAMES[:7]) for row in rows] == [
        ["97", "97", "97", "97", "97", "Don't know", "97"],
        ["98", "98", "98", "98", "98", "Refused", "98"],
        [""] * 7,
        ["99", "99", "", "", "", "", "99"],
    ]
    assert [cells(row, *NAMES[7:]) for row in rows] == [["", "0", "h", "A7", ""]] * 4


async def test_a_number_keeps_all_its_digits(archive: Archive) -> None:
    await archive.holds(form(item("q", ItemType.DECIMAL)))
    for who, value in (("p1", 0.1), ("p2", 123456789012.125), ("p3", 1 / 3), ("p4", 12.0)):
        await archive.enrols(who)
        await archive.hears(who, {"q": value})
    assert [row["t1_q"] for row in await archive.wide()] == [
        *("0.1", "123456789012.125", "0.3333333333333333", "12"),
    ]


async def test_a_choice_that_the_filter_did_not_offer_stays_empty(archive: Archive) -> None:
    towns = (
        ItemChoice("nairobi", {"en": "Nairobi"}, columns={"land": "ke"}),
        ItemChoice("mombasa", {"en": "Mombasa"}, columns={"land": "ke"}),
        ItemChoice("lyon", {"en": "Lyon"}, columns={"land": "fr"}),
    )
    land = item("land", ItemType.SELECT_ONE, choices=choices("ke", "fr"))
    where = {"choices": towns, "choice_filter": "land = ${land}"}
    several = item("been", ItemType.SELECT_MULTIPLE, **where)
    home = item("home", ItemType.SELECT_ONE, **where)
    await archive.holds(form(land, several, home))
    await archive.one({"land": "ke", "been": ["nairobi"], "home": "mombasa"})
    names = ("t1_been_nairobi", "t1_been_mombasa", "t1_been_lyon", "t1_home", "t1_home_label")
    [row] = await archive.wide()
    assert cells(row, *names) == ["1", "0", "", "mombasa", "Mombasa"]
    await archive.answers("p1", "land", "fr", minute=9)  # what was chosen is no longer offered
    [row] = await archive.wide()
    assert cells(row, *names) == ["", "", "", "99", ""]
    assert [each["item"] for each in await archive.long()] == ["land"]


async def test_who_answered_different_versions_stands_in_one_table(archive: Archive) -> None:
    old = form(item("q", ItemType.SELECT_ONE, choices=choices("a", "b")), OPINION.items[1])
    new = form(item("q", ItemType.SELECT_ONE, choices=choices("c", "a")), version=2)
    await archive.holds(old, new)
    for who in ("p1", "p2", "p3", "p4"):
        await archive.enrols(who)
    await archive.invites("p4")
    await archive.hears("p1", {"q": "b", "trust": 3})
    await archive.hears("p2", {"q": "c"}, form=("opinion", 2))
    await archive.hears("p3", {"q": "a", "trust": DONT_KNOW})
    rows = await archive.wide()
    assert [cells(row, "t1_version", "t1_q", "t1_q_label", "t1_trust") for row in rows] == [
        ["1", "b", "B", "3"],
        ["2", "c", "C", ""],
        ["1", "a", "A", "97"],
        ["", "", "", ""],
    ]


# --- The long shape and paradata -----------------------------------------------------------------


async def test_derived_values_are_rows_without_anybody_asking(archive: Archive) -> None:
    await archive.holds(EVERYTHING)
    await archive.one({"hours": 8})
    rows = await archive.long()
    about = ("item", "type", "kind", "value", "channel", "asked_at", "changes")
    assert [cells(row, *about) for row in rows] == [
        ["hours", "decimal", "value", "8", "telegram", "2025-03-04T12:01:00Z", "0"],
        ["twice", "calculate", "value", "16", "", "", ""],
        ["long", "calculate", "value", "0", "", "", ""],
        ["says", "calculate", "value", "h8", "", "", ""],
        ["form", "hidden", "value", "A7", "", "", ""],
        ["shown", "integer", "value", "8", "", "", ""],
    ]


RANDOM = form(
    item("pick", ItemType.SELECT_ONE, choices=choices("a", "b", "c"), randomized=True),
    item("pick__changes", ItemType.TEXT),
    item("why", ItemType.TEXT, relevant="${pick} = 'a'"),
)


async def test_paradata_say_how_each_item_was_answered(archive: Archive) -> None:
    await archive.holds(RANDOM)
    await archive.one({"pick": "a", "why": "So."})
    await archive.answers("p1", "pick", DONT_KNOW, minute=10, choices_shown=["b", "a", "c"])
    await archive.answers("p1", "pick", "c", minute=11, choices_shown=["c", "b", "a"])
    [row] = await archive.wide(paradata=True)
    names = [name for name in row if name.startswith("t1_pick")]
    assert {name: row[name] for name in names} == {
        "t1_pick": "c",
        "t1_pick_label": "C",
        "t1_pick__language": "en",
        "t1_pick__channel": "telegram",
        "t1_pick__asked_at": "2025-03-04T12:10:00Z",
        "t1_pick__answered_at": "2025-03-04T12:11:00Z",
        "t1_pick__changes_2": "2",
        "t1_pick__order": "c b a",
        "t1_pick__changes": "",  # an item's column keeps its name
        "t1_pick__changes__language": "",
        "t1_pick__changes__channel": "",
        "t1_pick__changes__asked_at": "",
        "t1_pick__changes__answered_at": "",
        "t1_pick__changes__changes": "",
    }
    assert not any(value for name, value in row.items() if name.startswith("t1_why"))
    without = await archive.wide()
    assert [name for name in row if name in without[0]] == list(without[0])
    with pytest.raises(ParadataIsWide):
        await archive.long(paradata=True)


async def test_the_long_shape_says_what_was_shown_and_how_often_it_changed(
    archive: Archive,
) -> None:
    await archive.holds(RANDOM)
    await archive.one({"pick": "b"})
    await archive.answers("p1", "pick", "c", minute=10, choices_shown=["c", "b", "a"])
    about = ("value", "choices_shown", "changes")
    assert [cells(row, *about) for row in await archive.long()] == [["c", "c b a", "1"]]
    assert [cells(row, *about) for row in await archive.long(history=True)] == [
        ["b", "", ""],
        ["c", "c b a", "1"],
    ]


# --- What identifies -----------------------------------------------------------------------------


async def with_an_email(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"trust": 1, "email": None, "days": 1})
    await archive.enrols("p2")
    await archive.hears("p2", {"trust": 2, "email": SKIPPED})
    await archive.adds(
        tables.identity, participant_id="p1", item="email", value="asha@example.org", stored_at=NOON
    )


async def events(archive: Archive) -> list[tuple[Any, ...]]:
    async with archive.database.reading() as connection:
        logged = tables.event.c
        found = await connection.execute(
            select(logged.subject, logged.subject_id, logged.target, logged.detail)
        )
        return [tuple(row) for row in found]


async def test_what_identifies_comes_when_asked_for_and_is_recorded(archive: Archive) -> None:
    await with_an_email(archive)
    first, second = await archive.wide(personal=True)
    assert cells(first, "t1_email", "t1_age", "t1_days") == ["asha@example.org", "-99", "1"]
    assert cells(second, "t1_trust", "t1_email") == ["2", ""]
    rows = await archive.long(personal=True)
    assert [cells(row, "participant", "item", "kind", "value") for row in rows][1] == [
        *("p1", "email", "value", "asha@example.org"),
    ]
    assert await events(archive) == [
        ("export", "town", "personal_data", {"waves": ["t1"], "shape": shape, "format": "csv"})
        for shape in ("wide", "long")
    ]


async def test_without_asking_identity_is_not_even_read(archive: Archive) -> None:
    await with_an_email(archive)
    statements: list[str] = []

    def listen(_1: Any, _2: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(archive.database.engine.sync_engine, "before_cursor_execute", listen)
    for shape in Shape:
        await archive.exports(shape=shape)
    assert statements and not any("identity." in each for each in statements)
    assert await events(archive) == []
    await archive.exports(personal=True)
    assert any("identity." in each for each in statements)


async def test_what_cannot_be_recorded_is_not_handed_over(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_an_email(archive)

    async def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("bot.export.material.log_event", fails)
    with pytest.raises(OSError, match="disk"):
        await archive.exports(personal=True)
    assert archive.left_behind == set()
    await archive.exports()
    assert archive.left_behind == {"staff.csv"}


# --- One pass for all ----------------------------------------------------------------------------


class Heard:
    """A consumer that remembers who it was told of."""

    def __init__(self) -> None:
        self.blocks: list[list[str]] = []

    def take(self, people: Sequence[Person]) -> None:
        self.blocks.append([person.row.participant_id for person in people])


async def test_all_consumers_are_told_of_everybody_in_one_pass(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.holds(OPINION)
    for number in range(5):
        await archive.enrols(f"p{number}")
        await archive.hears(f"p{number}", {"trust": number})
    monkeypatch.setattr(answers, "BLOCK", 2)
    done: list[int] = []
    one, other = Heard(), Heard()
    async with material(archive.database, ["t1"]) as found:
        assert found.people_count == 5
        await found.feed(one, other, progress=done.append)
    assert one.blocks == other.blocks
    assert [who for block in one.blocks for who in block] == [f"p{n}" for n in range(5)]
    assert len(done) > 1 and done[-1] == 5
    told: list[tuple[int, int]] = []
    await archive.exports(progress=lambda part, whole: told.append((part, whole)))
    assert told == [(part, 5) for part in done]


async def test_a_consumer_that_fails_ends_the_pass(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"trust": 1})

    class Failing(Heard):
        def take(self, people: Sequence[Person]) -> None:
            raise OSError("the disk is full")

    async with material(archive.database, ["t1"]) as found:
        with pytest.raises(OSError, match="disk"):
            await found.feed(Heard(), Failing())


async def test_answers_that_were_not_read_are_not_taken_for_none(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"trust": 1})
    heard: list[Person] = []

    class Keeping(Heard):
        def take(self, people: Sequence[Person]) -> None:
            heard.extend(people)

    async with material(archive.database, ["t1"]) as found:
        await found.feed(Keeping())
    part = heard[0].parts["t1"]
    with pytest.raises(ValueError, match="history"):
        _ = part.answers
    assert replace(part, history=[]).answers == []


@pytest.mark.parametrize("shape", Shape)
async def test_sqlite_reads_in_the_order_of_an_index_and_sorts_nothing(
    sqlite_url: str, tmp_path: Path, shape: Shape
) -> None:
    async with opened(sqlite_url, tmp_path) as archive:
        await with_an_email(archive)
        read: list[tuple[str, Any]] = []

        def listen(_1: Any, _2: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "AS said" in statement and "ORDER BY" in statement:
                read.append((statement, parameters))

        event.listen(archive.database.engine.sync_engine, "before_cursor_execute", listen)
        await archive.exports(shape=shape, personal=True)
        [(statement, parameters)] = read
        async with archive.database.reading() as connection:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [str(row[3]) for row in plan]
    assert any(step.startswith("SCAN participant USING INDEX") for step in steps)
    assert not any("TEMP B-TREE" in step for step in steps), steps
