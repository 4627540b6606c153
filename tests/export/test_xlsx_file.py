"""xlsx, as openpyxl reads it."""

from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as ReadCell

from bot.export import xlsx_file
from bot.export.columns import Cell, Column, ColumnType
from bot.export.formats import Format
from bot.export.xlsx_file import COLUMNS as MOST_COLUMNS
from bot.export.xlsx_file import TooLargeForExcel
from tests.export.sample import COLUMNS, LONG_LABEL, LONG_NAME, ROWS, write


def as_written(column: Column, cell: Cell) -> object:
    """What a cell should say."""
    match cell:
        case datetime():
            return cell.replace(tzinfo=None)
        case date() if cell.year < 1900:  # Excel knows no such day
            return cell.isoformat()
        case date():
            return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
        case int() if column.type is ColumnType.CODE:
            return str(cell)
    return cell


def open_texts(path: Path) -> list[ReadCell]:
    return [row[0] for row in load_workbook(path)["data"].iter_rows(min_row=2)]


def test_every_cell_comes_back(tmp_path: Path) -> None:
    book = load_workbook(write(Format.XLSX, tmp_path / "t.xlsx"))

    header, *rows = book["data"].iter_rows(values_only=True)
    assert header == tuple(column.name for column in COLUMNS)
    assert rows == [tuple(map(as_written, COLUMNS, row)) for row in ROWS]


def test_nothing_typed_is_a_formula_or_a_link(tmp_path: Path) -> None:
    book = load_workbook(write(Format.XLSX, tmp_path / "t.xlsx"))

    cells = [cell for row in book["data"].iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    assert [cell for cell in cells if cell.hyperlink] == []


def test_the_header_stays_in_view_and_filters(tmp_path: Path) -> None:
    sheet = load_workbook(write(Format.XLSX, tmp_path / "t.xlsx"))["data"]

    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:K{len(ROWS) + 1}"


def test_a_second_sheet_says_what_the_columns_are(tmp_path: Path) -> None:
    book = load_workbook(write(Format.XLSX, tmp_path / "t.xlsx"))

    assert book.sheetnames == ["data", "columns"]
    rows = list(book["columns"].iter_rows(values_only=True))
    assert rows[0] == ("name", "label", "type", "code", "code_label", "missing")
    assert ("open", LONG_LABEL, "text", None, None, None) in rows
    assert [row[3:] for row in rows if row[0] == "vote"] == [
        ("01", "Ndiyo", None),
        ("02", "لا", None),
        ("none", COLUMNS[2].value_labels["none"], None),
        ("97", "Sijui · لا أعرف", "yes"),
        ("98", "Refused", "yes"),
        ("99", "Not reached", "yes"),
    ]
    assert [row[3] for row in rows if row[0] == LONG_NAME] == ["0", "1", "97"]


def test_a_table_without_rows_has_its_header(tmp_path: Path) -> None:
    book = load_workbook(write(Format.XLSX, tmp_path / "t.xlsx", rows=[]))

    assert [cell.value for cell in book["data"][1]] == [column.name for column in COLUMNS]
    assert book["data"].max_row == 1


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a\0b\x08\x1f", "a?b??"),
        ("half \ud83d of a pair", "half ? of a pair"),
        ("\ufffe\uffff", "??"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        (" space around\t", " space around\t"),
    ],
)
def test_what_xml_cannot_hold_is_replaced(typed: str, read: str, tmp_path: Path) -> None:
    path = write(Format.XLSX, tmp_path / "t.xlsx", [Column("open", "")], [[typed]])

    assert [cell.value for cell in open_texts(path)] == [read]


@pytest.mark.parametrize("typed", ["<r>", "<r></r>", "<r><t>x</t></r>", "<r>& <b</r>", "</t></is>"])
def test_xml_that_is_typed_is_text(typed: str, tmp_path: Path) -> None:
    path = write(Format.XLSX, tmp_path / "t.xlsx", [Column("open", "")], [[typed]])

    assert [cell.value for cell in open_texts(path)] == [typed]
    with ZipFile(path) as parts:
        for name in parts.namelist():
            etree.fromstring(parts.read(name))


def test_a_number_that_excel_does_not_know_is_text(tmp_path: Path) -> None:
    columns = [Column("hours", "", ColumnType.NUMBER)]

    path = write(Format.XLSX, tmp_path / "t.xlsx", columns, [[float("nan")], [float("inf")]])

    assert [cell.value for cell in open_texts(path)] == ["NaN", "Infinity"]


def test_more_rows_than_a_sheet_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "ROWS", len(ROWS))

    with pytest.raises(TooLargeForExcel, match=r"more rows than the 9 .*csv or parquet"):
        write(Format.XLSX, tmp_path / "t.xlsx")


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    columns = [Column(f"c{n}", "") for n in range(MOST_COLUMNS + 1)]

    with pytest.raises(TooLargeForExcel, match=r"16,385 columns.*16,384.*csv or parquet"):
        write(Format.XLSX, tmp_path / "t.xlsx", columns, [])


def test_a_text_that_a_cell_cannot_keep_is_refused_not_cut(tmp_path: Path) -> None:
    with pytest.raises(TooLargeForExcel, match=r"Row 2, column 1 .*16,384 characters.*csv"):
        write(Format.XLSX, tmp_path / "t.xlsx", [Column("open", "")], [["😀" * 16_384]])
