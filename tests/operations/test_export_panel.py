"""A panel that answered every type of item, in a file of each format, read back by other programs.

What stands in the files is compared, cell by cell, with what people said, by way of what
docs/exports.md promises and without a line of the code that wrote them.
"""

import csv
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import polars
import pytest

from bot.domain.questionnaire import ItemType, Questionnaire, Scale
from bot.export import Format
from tests.cast.archive import (
    COMPLETE,
    DONT_KNOW,
    PARTIAL,
    REFUSED,
    SKIPPED,
    YES_NO,
    Archive,
    at,
    choices,
    item,
    opened,
)
from tests.export.readers import pspp

ARABIC = "نعم، أوافق على هذا الاقتراح لأن الحافلات قليلة. " * 63  # 3,024 characters
SWAHILI = "Ndiyo, nakubali — mabasi ni machache sana; “ng'ombe” si usafiri. 🚌👩🏽‍🌾"

PANEL = Questionnaire(
    "opinion",
    1,
    {"en": "Opinion"},
    (
        item("intro", ItemType.NOTE),
        item("vote", ItemType.SELECT_ONE, choices=YES_NO),
        item("party", ItemType.SELECT_ONE, choices=choices("reds", "blues")),
        item("topics", ItemType.SELECT_MULTIPLE, choices=choices("jobs", "art", none=DONT_KNOW)),
        item("order", ItemType.RANK, choices=choices("bus", "car")),
        item("age", ItemType.INTEGER, constraint=". >= 18 and . <= 120"),
        item("hours", ItemType.DECIMAL, constraint=". >= 0 and . <= 24"),
        item("trust", ItemType.RANGE, scale=Scale(0, 10)),
        item("half", ItemType.RANGE, scale=Scale(0, 1, 0.5)),
        item("why", ItemType.TEXT),
        item("born", ItemType.DATE),
        item("read", ItemType.ACKNOWLEDGE),
        item("twice", ItemType.CALCULATE, calculation="2 * ${hours}"),
        item("long", ItemType.CALCULATE, calculation="${hours} > 8"),
        item("said", ItemType.CALCULATE, calculation="coalesce(${why}, 'nothing')"),
        item("form", ItemType.HIDDEN, calculation="'A7'"),
        item("days", ItemType.INTEGER, relevant="${age} > 30", constraint=". >= 0 and . <= 7"),
    ),
)

#: The columns of the items, by what a program for statistics takes them for.
TEXTS = ("why", "said", "form")
CODES: Mapping[str, Mapping[str, int]] = {
    "vote": {"01": 1, "02": 2},
    "party": {"reds": 1, "blues": 2},
}
WORDS = ("vote_label", "party_label", "topics_label", "order_label")
WHOLE = (
    "topics_jobs", "topics_art", "order_bus", "order_car", "age", "trust", "read", "long", "days",
)  # fmt: skip
DECIMALS = ("hours", "half", "twice")
DATES = ("born",)

#: Declared missing, as Stata has them.
STATA = {97: ".a", 98: ".b", 99: ".c", -97: ".a", -98: ".b", -99: ".c"}


@dataclass(frozen=True)
class One:
    """What somebody said, and what stands of it in the table: all other cells are empty."""

    said: Mapping[str, Any]
    cells: Mapping[str, Any]
    complete: bool = True


SAID: Mapping[str, One] = {
    "p1": One(
        {
            "vote": "01", "party": "blues", "topics": ["art"], "order": ["car", "bus"], "age": 34,
            "hours": 8.25, "trust": 7, "half": 0.5, "why": ARABIC.strip(), "born": "1990-02-28",
            "read": "OK", "days": 0,
        },
        {
            "vote": "01", "vote_label": "01", "party": "blues", "party_label": "Blues",
            "topics_jobs": 0, "topics_art": 1, "topics_label": "Art", "order_bus": 2,
            "order_car": 1, "order_label": "Car; Bus", "age": 34, "hours": 8.25, "trust": 7,
            "half": 0.5, "why": ARABIC.strip(), "born": date(1990, 2, 28), "read": 1,
            "twice": 16.5, "long": 1, "said": ARABIC.strip(), "form": "A7", "days": 0,
        },
    ),
    "p2": One(
        {
            "vote": "02", "topics": ["jobs", "art"], "age": 19, "hours": 0.1, "half": 1,
            "why": SWAHILI, "born": "1899-12-31", "party": SKIPPED, "read": SKIPPED,
            "order": SKIPPED, "trust": SKIPPED,
        },
        {
            "vote": "02", "vote_label": "02", "topics_jobs": 1, "topics_art": 1,
            "topics_label": "Jobs; Art", "age": 19, "hours": 0.1, "half": 1.0, "why": SWAHILI,
            "born": date(1899, 12, 31), "twice": 0.2, "long": 0, "said": SWAHILI, "form": "A7",
        },
    ),
    "p3": One(
        dict.fromkeys(
            (
                "vote", "party", "topics", "order", "age", "hours", "trust", "half", "why", "born",
                "read",
            ),
            DONT_KNOW,
        ),
        {
            "vote": 97, "vote_label": "Unsure", "party": 97, "party_label": "Don't know",
            "topics_jobs": 97, "topics_art": 97, "topics_label": "None", "order_bus": 97,
            "order_car": 97, "order_label": "Don't know", "age": -97, "hours": 97, "trust": 97,
            "half": 97, "born": 97, "read": 97, "long": 0, "said": "nothing", "form": "A7",
        },
    ),
    "p4": One(
        {"vote": REFUSED, "age": REFUSED, "why": "=HYPERLINK(\"http://example.org\";\"x\")"},
        {
            "vote": 98, "vote_label": "Secret", "party": 99, "age": -98, "hours": 99, "trust": 99,
            "half": 99, "why": "=HYPERLINK(\"http://example.org\";\"x\")", "born": 99, "read": 99,
            "long": 0, "said": "=HYPERLINK(\"http://example.org\";\"x\")", "form": "A7",
        },
        complete=False,
    ),
    "p5": One(
        {"age": 64, "why": "+33 6 12\n@SUM(A1), \"pili\"", "days": SKIPPED},
        {
            "vote": 99, "party": 99, "age": 64, "hours": 99, "trust": 99, "half": 99,
            "why": "+33 6 12\n@SUM(A1), \"pili\"", "born": 99, "read": 99, "long": 0,
            "said": "+33 6 12\n@SUM(A1), \"pili\"", "form": "A7",
        },
        complete=False,
    ),
}  # fmt: skip
ITEMS = (*TEXTS, *CODES, *WORDS, *WHOLE, *DECIMALS, *DATES)


@pytest.fixture
async def archive(a_database: str, tmp_path: Path) -> AsyncIterator[Archive]:
    async with opened(a_database, tmp_path) as made:
        await made.holds(PANEL)
        for who, one in SAID.items():
            await made.enrols(who, stratum="north")
            await made.hears(who, one.said, status=COMPLETE if one.complete else PARTIAL)
        yield made


def expected(code: str) -> list[Any]:
    return [one.cells.get(code) for one in SAID.values()]


async def exported(archive: Archive, format: Format) -> Path:
    return await archive.exports(format=format, out=archive.folder / f"t1.{format}")


def test_nothing_is_left_out_of_the_comparison() -> None:
    assert {code for one in SAID.values() for code in one.cells} == set(ITEMS)


async def test_csv(archive: Archive) -> None:
    with (await exported(archive, Format.CSV)).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {name[3:] for name in rows[0] if name.startswith("t1_")} >= set(ITEMS)

    def text(cell: Any) -> str:
        if isinstance(cell, str):
            return f"'{cell}" if cell[0] in "=+" else cell
        whole = isinstance(cell, float) and cell.is_integer()
        return "" if cell is None else str(int(cell) if whole else cell)

    for code in ITEMS:
        assert [row[f"t1_{code}"] for row in rows] == [text(cell) for cell in expected(code)], code
    assert [row["participant"] for row in rows] == list(SAID)
    assert {row["t1_started_at"] for row in rows} == {"2025-03-04T12:01:00Z"}


async def test_xlsx_in_openpyxl(archive: Archive) -> None:
    book = openpyxl.load_workbook(await exported(archive, Format.XLSX))
    names, *rows = book["data"].iter_rows(values_only=True)
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))

    def cell(code: str, value: Any) -> Any:
        if isinstance(value, date):  # Excel knows no day before 1900, so that is a text
            early = value.year < 1900
            return value.isoformat() if early else datetime(value.year, value.month, value.day)  # noqa: DTZ001
        return str(value) if code in CODES and isinstance(value, int) else value

    for code in ITEMS:
        assert list(columns[f"t1_{code}"]) == [cell(code, each) for each in expected(code)], code
    assert not any(each.data_type == "f" for row in book["data"].iter_rows() for each in row)


async def test_parquet_in_polars(archive: Archive) -> None:
    table = polars.read_parquet(await exported(archive, Format.PARQUET))
    for code in ITEMS:
        cells: Sequence[Any] = expected(code)
        if code in CODES:
            cells = [None if each is None else str(each) for each in cells]
        if code in DATES:
            codes = [each if isinstance(each, int) else None for each in cells]
            assert table[f"t1_{code}__missing"].to_list() == codes
            cells = [each if isinstance(each, date) else None for each in cells]
        assert table[f"t1_{code}"].to_list() == cells, code
    assert table["t1_started_at"].to_list() == [at(1)] * len(SAID)


async def test_dta_in_pandas(archive: Archive) -> None:
    path = await exported(archive, Format.DTA)
    table = pandas.read_stata(
        path, convert_categoricals=False, convert_missing=True, convert_dates=False
    )

    def cell(code: str, value: Any) -> Any:
        if code in TEXTS:
            return value or ""
        if value is None:
            return "."
        if isinstance(value, date):
            return (value - date(1960, 1, 1)).days
        if isinstance(value, str):
            return CODES[code][value]
        return STATA.get(value, value)

    def plain(value: Any) -> Any:
        return str(value) if isinstance(value, pandas.io.stata.StataMissingValue) else value

    for code in ITEMS:
        if code in WORDS:
            assert f"t1_{code}" not in table
            continue
        found = [plain(each) for each in table[f"t1_{code}"]]
        assert found == [cell(code, each) for each in expected(code)], code


async def test_sav_in_pspp(archive: Archive) -> None:
    path = await exported(archive, Format.SAV)
    days = [f"t1_{code}" for code in (*DATES, "started_at")]
    dictionary, rows = pspp(path, days, [f"t1_{code}" for code in DECIMALS])

    def cell(code: str, value: Any) -> Any:
        if code in TEXTS:
            return value or ""
        if isinstance(value, date):
            return float((value - date(1582, 10, 14)) // timedelta(seconds=1))
        return float(CODES[code][value]) if isinstance(value, str) else value

    def number(text: str) -> float | None:
        return float(text) if text.strip() else None

    for code in ITEMS:
        if code in WORDS:
            assert f"t1_{code}" not in rows[0]
            continue
        found = [row[f"t1_{code}"] for row in rows]
        wanted = [cell(code, each) for each in expected(code)]
        assert (found if code in TEXTS else [number(each) for each in found]) == wanted, code
    started = (at(1).replace(microsecond=0) - datetime(1582, 10, 14, tzinfo=UTC)).total_seconds()
    assert {float(row["t1_started_at"]) // 1 for row in rows} == {started}
    assert "Unsure" in dictionary and "Refused" in dictionary
