"""Forms written to be nasty: each loads as it says, or is refused with a named fault and row."""

import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.chart import BarChart, Reference  # type: ignore[import-untyped]

from bot.domain.questionnaire import ItemType, Questionnaire
from bot.domain.questionnaire_document import from_document, to_document
from bot.packs.faults import Fault
from bot.packs.xlsform import read_questionnaire

HEAD = "| survey |\n| | type | name | label | relevant | calculation | choice_filter | required |\n"
CHOICES = "\n| choices |\n| | list_name | name | label | region |\n"


def read(
    path: Path, content: str | bytes, languages: Sequence[str] = ("en",)
) -> tuple[Questionnaire | None, list[str]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found: list[Fault] = []
    questionnaire = read_questionnaire(path, languages, found)
    return questionnaire, [str(f).removeprefix(f"questionnaires/{path.name}") for f in found]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param(
            HEAD + "| | integer | a | A | ${c} > 1 |\n| | calculate | c | | | ${a} + 1 |\n",
            [
                ", survey row 2: 'relevant' refers to ${c}, which is circular: that depends on",
                ", survey row 3: 'calculation' refers to ${a}, which is circular: that depends on",
            ],
            id="a circle through a calculate",
        ),
        pytest.param(
            HEAD + "| | select_one l | a | A | | | land = 1 |\n"
            + CHOICES + "| | l | x | X | n |\n",
            [", survey row 2: 'choice_filter' asks for the column 'land', in which the list 'l'"],
            id="a filter on a column that is not there",
        ),
        pytest.param(
            HEAD + "| | select_one l | a | A | | | ${b}=name |\n| | text | b | B |\n"
            + CHOICES + "| | l | x | X | n |\n",
            [", survey row 2: 'choice_filter' refers to ${b}, which is asked later"],
            id="a filter by what is asked later",
        ),
        pytest.param(
            HEAD + "| | text | a\u200bb | A |\n",
            [", survey row 2: the name 'a<U+200B>b' must be a small letter"],
            id="an invisible character in a name",
        ),
        pytest.param(
            HEAD + "| | text | á | A |\n| | text | 1a | A |\n| | integer | 7 | A |\n",
            [
                ", survey row 2: the name 'á' must be",
                ", survey row 3: the name '1a' must be",
                ", survey row 4: the name '7' must be",
            ],
            id="names that no statistics package takes",
        ),
        pytest.param(
            HEAD + "| | text | age | A |\n| | text | AGE | A |\n",
            [", survey row 3: the name 'AGE' must be", "survey row 3: the name 'AGE' is taken by"],
            id="names that differ in case alone",
        ),
        pytest.param(
            HEAD + "| | begin_group | g |\n| | text | a | A |\n| | begin_group | h |\n",
            [", survey row 2: the group 'g' is not closed", ", survey row 4: the group 'h' is not"],
            id="groups that are not closed",
        ),
        pytest.param(
            HEAD + "| | end group | |\n| | text | a | A |\n| | end_group | |\n",
            [", survey row 2: end_group closes no group", ", survey row 4: end_group closes no gr"],
            id="ends without a beginning",
        ),
        pytest.param(
            HEAD + "| | select_one l | a | A |\n" + CHOICES + "| | l | x | X |\n| | l | x | Y |\n",
            [", choices row 3: the list has two choices named 'x'"],
            id="a code twice",
        ),
        pytest.param(
            HEAD + "| | select_one l | a | A |\n" + CHOICES
            + "".join(f"| | l | c{n} | C{n} |\n" for n in range(5000)),
            [", choices row 1002: the list 'l' has 5,000 choices, 1,000 is the most."],
            id="5,000 choices",
        ),
        pytest.param(
            HEAD + f"| | text | a | {'x' * 10_000} |\n",
            [", survey row 2: the label in 'en' has 10,000 characters, 3,000 is the most."],
            id="a label of 10,000 characters",
        ),
        pytest.param(
            HEAD + "| | text | a | A | 1 = ( |\n",
            [", survey row 2: 'relevant' cannot be understood at character 6"],
            id="half an expression",
        ),
        pytest.param(
            HEAD + f"| | text | a | A | {'(' * 50}1{')' * 50} |\n",
            [", survey row 2: 'relevant' cannot be understood at"],
            id="fifty parentheses",
        ),
        pytest.param(
            HEAD + "| | text | a | A |\n| | text | b | B | ${last-saved#a} = 1 |\n",
            [", survey row 3: 'relevant' asks for last-saved#, but every questionnaire begins"],
            id="an answer of another form",
        ),
        pytest.param(
            HEAD + "| | text | a | A | | | | ${a} = 1 |\n",
            [", survey row 2: 'required' is yes or no, not '${a} = 1'"],
            id="an expression in required",
        ),
        pytest.param(
            HEAD + "| | note | a | A |\n| | calculate | b | | | 1 |\n| | hidden | c |\n",
            [", survey: asks nothing"],
            id="nothing to answer",
        ),
        pytest.param(
            HEAD + "| | begin repeat | r | R |\n| | text | a | A |\n| | end repeat | |\n",
            [
                ", survey row 2: the type 'begin repeat' is not supported: write the items out",
                ", survey row 4: the type 'end repeat' is not supported: write the items out",
            ],
            id="a repeat",
        ),
        pytest.param(
            "| survey |\n| | type | name | label | label |\n| | text | a | A | B |\n",
            [", survey row 1: two columns are headed 'label'. Rename or remove one."],
            id="a heading twice",
        ),
        pytest.param(
            "| survey |\n| | type | name | label |\n| | text | a | A | B | C |\n| | text | b |\n",
            [", survey row 2: has a cell under no column, 'B'", ", survey row 3: the item has no"],
            id="a ragged table",
        ),
        pytest.param("", [": has no sheet named 'survey'."], id="an empty file"),
        pytest.param("| survey |\n", [", survey: asks nothing"], id="an empty sheet"),
        pytest.param(b"| survey |\n\xff\xfe", [", row 2: is not UTF-8."], id="another encoding"),
        pytest.param(
            "| Survy |\n| | type | name | label |\n| | text | a | A |\n",
            [": has no sheet named 'survey'. Is it 'survy'?"],
            id="a sheet misspelt",
        ),
        pytest.param(
            HEAD + "| | text | meta | A |\n",
            [", survey row 2: the 'name' value 'meta' is invalid"],
            id="a name that XForms keep for themselves",
        ),
        pytest.param(
            "| survey |\n| | type | name | label |\n| | text | a | A |\n"
            "| survey |\n| | type | name | label |\n| | text | b | B |\n",
            [", survey: there are two sheets 'survey'", ", survey row 4: the type 'type' is not"],
            id="a sheet twice",
        ),
    ],
)  # fmt: skip
def test_it_is_refused_with_its_row(
    tmp_path: Path, form: str | bytes, expected: Sequence[str]
) -> None:
    _, said = read(tmp_path / "form.md", form)
    for one in expected:
        assert any(one in s for s in said), said
    assert all(one.endswith((".", "?")) for one in said)


def test_one_empty_cell_among_three_languages_is_found(tmp_path: Path) -> None:
    _, said = read(
        tmp_path / "form.csv",
        "survey\n,type,name,label::en,label::fr (fr),label::العربية (ar)\n,text,a,A,B,ج\n"
        ",text,b,A,,ج\n",
        ["en", "fr", "ar"],
    )
    assert said == [", survey row 3: the label is missing in 'fr'."]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("bom.csv", "\ufeffsurvey\n,type,name,label\n,text,a,A\n"),
        ("dos.md", HEAD.replace("\n", "\r\n") + "| | text | a | A |\r\n"),
        ("tabs.md", "|\tsurvey\t|\n|\t|\ttype\t|\tname\t|\tlabel\t|\n|\t|\ttext\t|\ta\t|\tA\t|\n"),
        ("capitals.csv", "SURVEY\n,Type,NAME,Label\n,TEXT,a,A\n"),
        ("gaps.csv", "\n,,\nsurvey\n\n,type,name,label\n,,,\n\n,text,a,A\n,,,\n"),
        ("nbsp.csv", "survey\n,type,name,label\n,\u00a0text\u00a0,a,A\n"),
        ("quoted.csv", 'survey\n,type,name,label\n,"text","a","A"\n'),
    ],
)
def test_what_programs_do_to_a_table_is_no_fault(tmp_path: Path, name: str, form: str) -> None:
    questionnaire, said = read(tmp_path / name, form)
    assert not said and questionnaire
    assert [(i.code, i.type, i.label) for i in questionnaire.items] == [
        ("a", ItemType.TEXT, {"en": "A"})
    ]


def test_typographic_quotes_and_spaces_in_expressions_are_understood(tmp_path: Path) -> None:
    questionnaire, said = read(
        tmp_path / "form.md",
        HEAD + "| | text | a | A |\n"
        "| | text | b | B | ${ a } = ‘x’ and\u00a0${a} != “y” |\n"
        '| | text | c | C | ${a} = "l’eau" |\n',
    )
    assert not said and questionnaire
    assert questionnaire.item("b").relevant == "${a} = 'x' and ${a} != \"y\""
    assert questionnaire.item("c").relevant == '${a} = "l’eau"'


def test_a_no_break_space_in_a_wording_is_kept(tmp_path: Path) -> None:
    items = HEAD + "| | select\u00a0one l | a | Ça\u00a0? |\n"
    questionnaire, said = read(tmp_path / "form.md", items + CHOICES + "| | l | x | X |\n")
    assert not said and questionnaire and questionnaire.item("a").label["en"] == "Ça\u00a0?"


def test_groups_may_be_deep(tmp_path: Path) -> None:
    depth = 30
    opened = "".join(f"| | begin_group | g{n} | | ${{a}} > {n} |\n" for n in range(depth))
    form = (
        HEAD
        + "| | integer | a | A |\n"
        + opened
        + "| | text | b | B |\n"
        + "| | end_group |\n" * depth
    )
    questionnaire, said = read(tmp_path / "form.md", form)
    assert not said and questionnaire
    assert (questionnaire.item("b").relevant or "").count(" and ") == depth - 1


def test_items_may_be_called_like_columns(tmp_path: Path) -> None:
    form = HEAD + "".join(f"| | text | {n} | A |\n" for n in ("name", "type", "label", "true"))
    questionnaire, said = read(tmp_path / "form.md", form)
    assert not said and questionnaire and len(questionnaire.items) == 4


# Workbooks


def workbook(
    path: Path, fill: Callable[[Workbook], None]
) -> tuple[Questionnaire | None, list[str]]:
    book = Workbook()
    sheet = book.active
    sheet.title = "survey"
    sheet.append(["type", "name", "label", "required", "default"])
    fill(book)
    book.save(path)
    return read(path, path.read_bytes())


def test_cells_of_every_kind_are_read(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        sheet = book["survey"]
        sheet.append(["select_one l", "a", "A", True])
        sheet.append(["date", "b", "B", False, datetime(2027, 3, 1)])  # noqa: DTZ001 - as Excel has it
        sheet.append(["date", "c", "C", None, date(2027, 3, 1)])
        sheet.append(["decimal", "d", 4.0, None, 1.5])
        choices = book.create_sheet("Choices ")
        choices.append(["list_name", "name", "label"])
        choices.append(["l", 1.0, 1])
        choices.append(["l", 2, 2.5])
        choices.sheet_state = "hidden"

    questionnaire, said = workbook(tmp_path / "form.xlsx", fill)
    assert not said and questionnaire
    a, b, c, d = questionnaire.items
    assert a.required and not b.required
    assert [(choice.code, choice.label["en"]) for choice in a.choices] == [("1", "1"), ("2", "2.5")]
    assert (b.default, c.default, d.default) == ("'2027-03-01'", "'2027-03-01'", "'1.5'")
    assert d.label == {"en": "4"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["text", "a", "=B1"]], ", survey row 2: the formula =B1 has no result yet."),
        ([["text", "a", "#REF!"]], ", survey row 2: a cell holds the error #REF!."),
        ([["text", "a", "A", None, None, "lost"]], "row 2: has a cell under no column, 'lost'"),
        ([["text", "a", "A"], *[[]] * 80, ["text", "b"]], ", survey row 83: the item has no label"),
        ([["text", "a", "A", 1]], ", survey row 2: 'required' is yes or no, not '1'."),
        ([["date", "a", "A", None, time(9)]], "row 2: 'default' is '09:00:00', which is no date"),
        ([["text", "a", None]], ", survey row 2: the item has no label."),
    ],
)  # fmt: skip
def test_faults_of_a_workbook_have_their_row(
    tmp_path: Path, rows: Sequence[Sequence[Any]], expected: str
) -> None:
    def fill(book: Workbook) -> None:
        for number, cells in enumerate(rows, start=2):
            for place, value in enumerate(cells, start=1):
                book["survey"].cell(number, place, value)

    _, said = workbook(tmp_path / "form.xlsx", fill)
    assert any(expected in s for s in said), said


def test_merged_headings_do_not_swallow_what_stands_under_them(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        sheet = book["survey"]
        sheet.append(["text", "a", "A", "no"])
        sheet.merge_cells("C1:D1")

    _, said = workbook(tmp_path / "form.xlsx", fill)
    assert said == [
        ", survey row 2: has a cell under no column, 'no': is there a separator too many, or a "
        "merged cell?"
    ]


def test_the_first_row_must_be_the_header(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        book["survey"].insert_rows(1)
        book["survey"].append(["text", "a", "A"])

    _, said = workbook(tmp_path / "form.xlsx", fill)
    assert ", survey row 1: the first row is empty: it must hold the names of the columns." in said


def test_charts_and_sheets_of_ones_own(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        book["survey"].append(["text", "a", "A"])
        book.create_sheet("_notes").append(["=1/0"])
        chart = BarChart()
        chart.add_data(Reference(book["survey"], min_col=4, min_row=1, max_row=2))
        book.create_chartsheet("_chart").add_chart(chart)

    questionnaire, said = workbook(tmp_path / "form.xlsx", fill)
    assert questionnaire and not said


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 broken", b"zip"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "form.xlsx"
    if content == b"zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "hello")
        content = path.read_bytes()
    questionnaire, (said,) = read(path, content)
    assert questionnaire is None
    assert said.startswith(": cannot be read as .xlsx (") and said.endswith("program.")


# Anything

CELLS = st.sampled_from(
    [
        *("", "", "text", "integer", "decimal", "date", "note", "select_one l", "rank l", "range"),
        *("select_multiple l", "acknowledge", "calculate", "hidden", "begin_group", "end_group"),
        *("geopoint", "a", "b", "c", "l", "name", "A?", "${a}", "${b} > 1", ". > 1", "1 +", "yes"),
        *("start=0 end=4", "randomize=true seed=${a}", "region = ${a}", "today()", "2027-01-01"),
        *("x.png", "minimal", "month-year", "7", "dont_know", "${", "'", '"', "\u200b", "TRUE"),
    ]
)
SURVEY_COLUMNS = (
    *("type", "name", "label", "hint", "required", "required_message", "relevant", "constraint"),
    *("calculation", "choice_filter", "parameters", "default", "read_only", "appearance"),
    *("media::image", "bot::pii", "bot::refused", "bot::dont_know"),
)
LIST_COLUMNS = ("list_name", "name", "label", "region", "missing", "spss_code")


def sheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {name} |", "| | " + " | ".join(columns) + " |"]
    return [*lines, *("| | " + " | ".join(row) + " |" for row in rows)]


def rows_of(columns: Sequence[str], most: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=most)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows_of(SURVEY_COLUMNS, 6), rows_of(LIST_COLUMNS, 4))
def test_whatever_stands_in_the_cells_it_is_read_or_refused(
    items: list[list[str]], choices: list[list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.md"
        lines = [*sheet("survey", SURVEY_COLUMNS, items), *sheet("choices", LIST_COLUMNS, choices)]
        path.write_text("\n".join(lines), encoding="utf-8")
        found: list[Fault] = []
        questionnaire = read_questionnaire(path, ["en"], found)
        if not found:
            assert questionnaire and from_document(to_document(questionnaire)) == questionnaire
        for fault in found:
            assert fault.file == "questionnaires/form.md" and fault.message
            assert fault.row or "asks nothing" in fault.message or "no item uses" in fault.message
