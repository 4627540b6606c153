"""dta, as pandas and R's haven read it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.io.stata import StataMissingValue, StataReader

from bot.export import dta_file
from bot.export.columns import Cell, Column, ColumnType
from bot.export.dta_file import TooManyVariables
from bot.export.formats import Format
from bot.export.names import short_name
from tests.export.readers import haven
from tests.export.sample import COLUMNS, LONG_LABEL, LONG_NAME, MISSING, column_of, write

KEPT = [column for column in COLUMNS if not column.words]
TEXTS = ("participant", "open", "region")


def name_of(column: Column) -> str:
    return short_name(column.name, 32)


def in_stata(column: Column, cell: Cell) -> float | str:
    """What a cell should be: a text, or a number with days and times as Stata counts them."""
    match cell:
        case _ if column.name in TEXTS:
            return "" if cell is None else str(cell)
        case None:
            return "."
        case int() if cell in column.missing:
            return f".{'abc'[list(column.missing).index(cell)]}"
        case str():
            return column.numbers[cell]
        case datetime():
            return (cell - datetime(1960, 1, 1, tzinfo=UTC)).total_seconds() * 1000
        case date():
            return (cell - date(1960, 1, 1)).days
    return cell


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(Format.DTA, tmp_path / "t.dta")


def read(path: Path) -> tuple[pd.DataFrame, dict[str, dict[Any, str]], dict[str, str]]:
    """Cells, value labels and variable labels."""
    with StataReader(path, convert_dates=False, convert_missing=True) as reader:
        table = reader.read(convert_categoricals=False)
        return table, reader.value_labels(), reader.variable_labels()


def test_pandas_reads_every_cell(path: Path) -> None:
    table, _, _ = read(path)

    assert list(table.columns) == [name_of(column) for column in KEPT]
    for column in KEPT:
        cells = [
            cell.string if isinstance(cell, StataMissingValue) else cell
            for cell in table[name_of(column)]
        ]
        assert cells == [in_stata(column, cell) for cell in column_of(column.name)], column.name


def test_pandas_knows_days_and_times(path: Path) -> None:
    table = pd.read_stata(path, convert_categoricals=False)

    assert table["born"][0] == pd.Timestamp(1985, 3, 1)
    assert table["answered_at"][0] == pd.Timestamp(2026, 2, 28, 23, 59, 59)


def test_haven_reads_every_cell(path: Path) -> None:
    rows = haven(path)

    for column in KEPT:
        if column.type not in (ColumnType.DATE, ColumnType.TIME):
            cells: list[float | str] = [row[name_of(column)] for row in rows]
            if column.name not in TEXTS:
                cells = [_number(str(cell)) for cell in cells]
            assert cells == [in_stata(column, cell) for cell in column_of(column.name)], column.name


def test_haven_knows_days_and_times(path: Path) -> None:
    rows = haven(path)

    assert rows[0]["born"] == f"{(date(1985, 3, 1) - date(1970, 1, 1)).days}"
    assert rows[3]["born"] == ".a"
    assert (
        rows[0]["answered_at"] == f"{datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC).timestamp():.0f}"
    )


def test_declared_missing_codes_have_their_labels(path: Path) -> None:
    _, labels, _ = read(path)

    letters = {2_147_483_622 + place: label for place, label in enumerate(MISSING.values())}
    assert labels["vote"] == {1: "Ndiyo", 2: "لا", 3: COLUMNS[2].value_labels["none"], **letters}
    assert labels["age"] == letters
    assert labels["trust"] == {0: "None", 10: "Full", **letters}
    assert "region" not in labels


def test_names_and_labels_keep_to_the_limits(path: Path) -> None:
    table, _, labels = read(path)

    assert table.columns[5] == short_name(LONG_NAME, 32)
    assert len(table.columns[5]) == 32
    assert labels["open"] == LONG_LABEL[:80]


def test_the_file_does_not_say_when_it_was_made(path: Path) -> None:
    with StataReader(path) as reader:
        assert reader.time_stamp == ""


def test_long_texts_stand_in_their_own_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where rows are written three at a time, and short, long and no texts take turns."""
    monkeypatch.setattr(dta_file, "_ROWS", 3)
    rows: list[list[Cell]] = [
        [n, "لا" * n * 100 if n % 3 else None, f"{n}" * 500 or None] for n in range(20)
    ]
    columns = [Column("n", "", ColumnType.WHOLE), Column("a", ""), Column("b", "")]

    path = write(Format.DTA, tmp_path / "t.dta", columns, rows)

    table = pd.read_stata(path)
    assert table["a"].tolist() == [row[1] or "" for row in rows]
    assert table["b"].tolist() == [row[2] for row in rows]
    assert [row["a"] for row in haven(path)] == [row[1] or "" for row in rows]


def test_a_table_without_rows_has_its_variables(tmp_path: Path) -> None:
    table, labels, _ = read(write(Format.DTA, tmp_path / "t.dta", rows=[]))

    assert len(table) == 0
    assert list(table.columns) == [name_of(column) for column in KEPT]
    assert labels["vote"][1] == "Ndiyo"


def test_a_nul_does_not_end_a_text(tmp_path: Path) -> None:
    typed = ["before\0after \ud83d", "x" * 3000 + "\0y"]

    path = write(Format.DTA, tmp_path / "t.dta", [Column("open", "a\0b")], [[t] for t in typed])

    assert pd.read_stata(path)["open"].tolist() == ["before?after ?", "x" * 3000 + "?y"]


def test_what_is_no_number_is_missing(tmp_path: Path) -> None:
    columns = [Column("hours", "", ColumnType.NUMBER)]
    numbers = [[float("nan")], [float("inf")], [8e307]]

    path = write(Format.DTA, tmp_path / "t.dta", columns, numbers)

    assert pd.read_stata(path)["hours"].isna().tolist() == [True, True, False]


def test_more_columns_than_stata_has_are_refused(tmp_path: Path) -> None:
    columns = [Column(f"c{n}", "") for n in range(32_768)]

    with pytest.raises(TooManyVariables, match=r"32,768 columns.*32,767.*csv or parquet"):
        write(Format.DTA, tmp_path / "t.dta", columns, [])


def _number(text: str) -> float | str:
    """As R says it; it has no missing value without a letter but NA, which is empty here."""
    if not text:
        return "."
    return text if text.startswith(".") else float(text)
