"""What holds for every format."""

import csv
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.export.columns import Column
from bot.export.csv_file import RISKY
from bot.export.formats import Format
from tests.export.sample import COLUMNS, ROWS, write

every_format = pytest.mark.parametrize("format", list(Format))
any_text = st.text(st.characters(), max_size=40)  # NUL and halves of surrogate pairs among them


def test_the_same_data_gives_the_same_bytes_at_any_time_and_in_any_blocks(tmp_path: Path) -> None:
    first = [write(each, tmp_path / f"first.{each}").read_bytes() for each in Format]
    time.sleep(1.1)  # file headers count seconds
    again = [write(each, tmp_path / f"again.{each}", block=1).read_bytes() for each in Format]

    different = [each for each, a, b in zip(Format, first, again, strict=True) if a != b]
    assert different == []


@every_format
def test_nothing_but_the_file_is_left_behind(format: Format, tmp_path: Path) -> None:
    threads = set(threading.enumerate())

    path = write(format, tmp_path / "t")

    assert list(tmp_path.iterdir()) == [path]
    assert set(threading.enumerate()) == threads


@every_format
def test_a_row_that_cannot_be_written_leaves_nothing_open(format: Format, tmp_path: Path) -> None:
    unwritable: list[Any] = [*ROWS[:5], [object()] * len(COLUMNS)]

    with pytest.raises((TypeError, ValueError)):
        write(format, tmp_path / "t", rows=unwritable)

    assert [path.name for path in tmp_path.iterdir()] == ["t"]


@every_format
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(label=any_text, typed=st.lists(any_text, min_size=1, max_size=5))
def test_no_text_is_too_odd(format: Format, tmp_path: Path, label: str, typed: list[str]) -> None:
    columns = [Column("id", "Row"), Column("open", label)]

    path = write(format, tmp_path / "t", columns, [(f"{n}", text) for n, text in enumerate(typed)])

    assert READ[format](path) == [kept(format, text) for text in typed]


def kept(format: Format, text: str) -> str:
    """What a format keeps of a text, as its writer's docstring and docs/exports.md say."""
    whole = text.encode(errors="replace").decode()
    match format:
        case Format.CSV:
            return f"'{whole}" if text[:1] in RISKY else whole
        case Format.XLSX:
            controls = {code: "?" for code in range(32) if chr(code) not in "\t\n\r"}
            lines = whole.replace("\r\n", "\n").replace("\r", "\n")
            return lines.translate(controls | {0xFFFE: "?", 0xFFFF: "?"})
        case Format.SAV:
            return whole.replace("\0", "?").rstrip(" ")
        case Format.DTA:
            return whole.replace("\0", "?")
        case Format.PARQUET:
            return whole


def _read_csv(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["open"] for row in csv.DictReader(file)]


def _read_xlsx(path: Path) -> list[str]:
    """openpyxl leaves to us what Excel does itself: `_x005F_` stands for the underscore."""
    with path.open("rb") as file:
        rows = list(load_workbook(file)["data"].iter_rows(min_row=2, max_col=2, values_only=True))
    return [re.sub("_x005F_", "_", str(text or "")) for _, text in rows]


READ: dict[Format, Callable[[Path], list[str]]] = {
    Format.CSV: _read_csv,
    Format.XLSX: _read_xlsx,
    Format.SAV: lambda path: pyreadstat.read_sav(path)[0]["open"].tolist(),
    Format.DTA: lambda path: pd.read_stata(path)["open"].tolist(),
    Format.PARQUET: lambda path: pl.read_parquet(path)["open"].to_list(),
}


def test_no_library_is_loaded_before_its_format_is_asked_for() -> None:
    loaded = (
        "import sys, bot.export; print(*{'polars', 'pyreadstat', 'xlsxwriter'} & {*sys.modules})"
    )

    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    assert run.stdout.split() == []
