"""sav, as PSPP, R's haven and pyreadstat read it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyreadstat
import pytest

from bot.export.columns import Cell, Column, ColumnType
from bot.export.formats import Format
from bot.export.names import short_name
from bot.export.sav_file import TextTooLong
from bot.export.texts import cut_bytes
from tests.export.readers import haven, pspp
from tests.export.sample import COLUMNS, FAMILY, LONG_LABEL, LONG_NAME, MISSING, ROWS, write

KEPT = [column for column in COLUMNS if not column.words]
SPSS_DAY_ONE = datetime(1582, 10, 14, tzinfo=UTC)


def name_of(column: Column) -> str:
    return short_name(column.name, 64)


def in_spss(column: Column, cell: Cell) -> float | str | None:
    """What a cell should be: a text, or a number with days and times in seconds since 1582."""
    match cell:
        case None:
            return "" if column.name in ("participant", "open", "region") else None
        case str():
            return column.numbers.get(cell, cell)
        case datetime():
            return (cell - SPSS_DAY_ONE).total_seconds()
        case date():
            return (cell - SPSS_DAY_ONE.date()).days * 86_400
        case _:
            return str(cell) if column.name == "region" else cell


def as_read(column: Column, text: str) -> float | str | None:
    """What a cell of a CSV says, empty numbers being a blank in PSPP's."""
    if isinstance(in_spss(column, None), str):
        return text
    return float(text) if text.strip() else None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(Format.SAV, tmp_path / "t.sav")


EXPECTED = [
    [in_spss(column, cell) for column, cell in zip(COLUMNS, row, strict=True) if not column.words]
    for row in ROWS
]


def test_pspp_reads_every_cell(path: Path) -> None:
    _, rows = pspp(path, days=["born", "answered_at"], decimals=["hours"])

    assert [[as_read(each, row[name_of(each)]) for each in KEPT] for row in rows] == EXPECTED


def test_haven_reads_every_text_and_number(path: Path) -> None:
    rows = haven(path)

    timeless = [place for place, each in enumerate(KEPT) if each.type not in ("date", "time")]
    read = [[as_read(KEPT[place], row[name_of(KEPT[place])]) for place in timeless] for row in rows]
    assert read == [[row[place] for place in timeless] for row in EXPECTED]


def test_pspp_knows_labels_measures_and_missing_codes(path: Path) -> None:
    dictionary, _ = pspp(path, days=["born"], decimals=["hours"])

    assert "vote,3,Your vote,Nominal,Input,8,Right,F8.0,F8.0,97; 98; 99\n" in dictionary
    assert 'region,4,Region,Nominal,Input,8,Left,A17,A17,"""-97     """\n' in dictionary
    assert "trust,7,Trust,Ordinal,Input,8,Right,F15.0,F15.0,97; 98; 99\n" in dictionary
    assert "hours,8,Hours,Scale,Input,8,Right,F15.2,F15.2,97; 98; 99\n" in dictionary
    assert "Your vote,1,Ndiyo\n,2,لا\n" in dictionary
    assert ",97[a],Sijui · لا أعرف\n" in dictionary
    assert "\n,007,Pwani\n,nobody_lives_here,Jangwa\n,x,Bonde\n" in dictionary


def test_labels_are_cut_between_characters(path: Path) -> None:
    _, about = pyreadstat.read_sav(path, user_missing=True)

    assert about.column_names_to_labels["open"] == cut_bytes(LONG_LABEL, 255)
    assert about.variable_value_labels["vote"] == {
        1: "Ndiyo",
        2: "لا",
        3: FAMILY * 2,  # 41 bytes each; a third would end at 123
        **MISSING,
    }


def test_a_long_name_is_shortened(path: Path) -> None:
    _, about = pyreadstat.read_sav(path)

    assert about.column_names[5] == short_name(LONG_NAME, 64)
    assert len(about.column_names[5]) == 64


def test_words_are_left_to_value_labels(path: Path) -> None:
    _, about = pyreadstat.read_sav(path)

    assert "vote_label" not in about.column_names


def test_a_table_without_rows_has_its_variables(tmp_path: Path) -> None:
    path = write(Format.SAV, tmp_path / "t.sav", rows=[])

    dictionary, rows = pspp(path, days=["born"], decimals=["hours"])
    assert rows == []
    assert "vote,3,Your vote,Nominal" in dictionary


def test_a_nul_does_not_end_a_text(tmp_path: Path) -> None:
    columns = [Column("open", "a\0b"), Column("day", "", ColumnType.DATE)]

    path = write(Format.SAV, tmp_path / "t.sav", columns, [["before\0after \ud83d", None]])

    _, (row,) = pspp(path, days=["day"], decimals=["day"])
    assert row["open"] == "before?after ?"


def test_what_is_no_number_is_empty(tmp_path: Path) -> None:
    columns = [Column("id", ""), Column("hours", "", ColumnType.NUMBER)]
    numbers = [float("nan"), float("inf"), 1e300]

    path = write(Format.SAV, tmp_path / "t.sav", columns, [["x", each] for each in numbers])

    table, _ = pyreadstat.read_sav(path)
    assert table["hours"].isna().tolist() == [True, True, False]


def test_a_text_that_spss_cannot_keep_is_refused_not_cut(tmp_path: Path) -> None:
    with pytest.raises(TextTooLong, match=r"open has a text of 32,768 bytes.*32,767.*dta"):
        write(Format.SAV, tmp_path / "t.sav", [Column("open", "")], [["x" * 32_768]])
