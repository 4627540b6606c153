"""parquet, as polars reads it."""

import json
from pathlib import Path

import polars as pl
import pytest

from bot.export import parquet_file
from bot.export.columns import Column
from bot.export.formats import Format
from tests.export.sample import COLUMNS, LONG_LABEL, MISSING, column_of, write


def test_every_cell_comes_back(tmp_path: Path) -> None:
    table = pl.read_parquet(write(Format.PARQUET, tmp_path / "t.parquet"))

    assert table["answered_at"].dtype == pl.Datetime("us", "UTC")
    for column in COLUMNS:
        if column.name not in ("vote", "region", "born"):
            assert table[column.name].to_list() == column_of(column.name), column.name
    for name in ("vote", "region"):
        codes = [None if cell is None else str(cell) for cell in column_of(name)]
        assert table[name].to_list() == codes


def test_a_day_that_was_not_told_has_its_reason_beside_it(tmp_path: Path) -> None:
    table = pl.read_parquet(write(Format.PARQUET, tmp_path / "t.parquet"))

    days = [None if isinstance(cell, int) else cell for cell in column_of("born")]
    assert table["born"].to_list() == days
    codes = [cell if isinstance(cell, int) else None for cell in column_of("born")]
    assert table["born__missing"].to_list() == codes


def test_labels_and_codes_are_in_the_metadata(tmp_path: Path) -> None:
    metadata = pl.read_parquet_metadata(write(Format.PARQUET, tmp_path / "t.parquet"))

    columns = {each["name"]: each for each in json.loads(metadata["columns"])}
    assert list(columns) == [column.name for column in COLUMNS]
    assert columns["open"]["label"] == LONG_LABEL
    assert columns["vote"]["codes"][:2] == [["01", "Ndiyo"], ["02", "لا"]]
    assert columns["vote"]["missing"] == [[code, label] for code, label in MISSING.items()]
    assert columns["born"]["missing_in"] == "born__missing"


@pytest.mark.parametrize("rows_of_a_part", [1, 2, 100])
def test_parts_make_one_table(
    rows_of_a_part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "ROWS", rows_of_a_part)

    table = pl.read_parquet(write(Format.PARQUET, tmp_path / "t.parquet", block=3))

    assert table["participant"].to_list() == column_of("participant")


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    table = pl.read_parquet(write(Format.PARQUET, tmp_path / "t.parquet", rows=[]))

    assert table.height == 0
    assert {column.name for column in COLUMNS} <= set(table.columns)


def test_a_nul_stays_and_half_a_pair_is_replaced(tmp_path: Path) -> None:
    path = write(
        Format.PARQUET, tmp_path / "t.parquet", [Column("open", "\ud83d")], [["a\0b"], ["\ud83d"]]
    )

    assert pl.read_parquet(path)["open"].to_list() == ["a\0b", "?"]
