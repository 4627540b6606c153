"""docs/pack-format.md tells what is read from a pack, and its example is one."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from bot.domain.channel_limits import CHANNEL_LIMITS, USUAL_CHANNELS
from bot.domain.deliberation import Release
from bot.domain.expression import ARITY, MAX_NESTING, MAX_OPERATORS
from bot.domain.questionnaire import ItemType, MediaKind
from bot.domain.reading import LONGEST_TEXT
from bot.packs import choices, item_rows, media_files, parameters, survey, texts, xlsform
from bot.packs.appearances import LAYOUT
from bot.packs.columns import Known
from bot.packs.faults import Fault
from bot.packs.load import read_pack
from bot.packs.settings import read_settings
from bot.packs.toml import Table
from tests.promises.documents import DOCS, code_blocks, code_in, rows, sections

PAGE = DOCS / "pack-format.md"

#: Every key, so that each is read once. The tables' names are empty for the top of the file.
EVERYTHING = """
code = "x"
languages = ["en"]
[title]
en = "X"
[[briefings]]
code = "b"
release = "on-enrolment"
[[waves]]
code = "w"
questionnaire = "q"
"""

LIMITS = {
    "Characters of an item's label": item_rows.LONGEST_LABEL,
    "Characters of a choice's label": CHANNEL_LIMITS["telegram"].row,
    "Choices of a list": choices.MOST_CHOICES,
    "Points of a range": parameters.MOST_POINTS,
    "Characters of an open answer": LONGEST_TEXT,
    "Operators in an expression": MAX_OPERATORS,
    "Parentheses and functions inside each other": MAX_NESTING,
    "Megabytes of a picture": texts.LARGEST[".png"] // 1024 // 1024,
    "Megabytes of a sound": texts.LARGEST[".mp3"] // 1024 // 1024,
    "Megabytes of a film": media_files.KINDS[MediaKind.VIDEO][1],
}


def first_column(section: str) -> set[str]:
    return {code for cells in rows(sections(PAGE)[section]) for code in code_in(cells[0])}


def write_files(page: Path, folder: Path) -> None:
    """Each block that stands under a line with nothing but its path in backticks."""
    for above, content in code_blocks(page):
        if len(above) > 2 and above[0] == above[-1] == "`" and "/" in above:
            path = folder / above.strip("`")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


@pytest.fixture
def keys_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Table → the keys that the program looks for in it."""
    asked: dict[str, set[str]] = defaultdict(set)
    original = Table.value

    def value(self: Table, key: str) -> object:
        asked[self._place[0]].add(key)
        return original(self, key)

    monkeypatch.setattr(Table, "value", value)
    (tmp_path / "deliberation.toml").write_text(EVERYTHING, encoding="utf-8")
    found: list[Fault] = []
    settings = read_settings(tmp_path, ["q"], found)
    assert settings and not found and settings.waves[0].opens == Release()
    return asked


@pytest.mark.parametrize(
    ("table", "section"),
    [("", "Keys at the top"), ("briefings", "Keys of a briefing"), ("waves", "Keys of a wave")],
)
def test_every_key_of_the_toml_file_is_documented(
    table: str, section: str, keys_read: dict[str, set[str]]
) -> None:
    known = keys_read[table] - {"title", "briefings", "waves"}
    told = first_column(section)
    assert told == known, (
        f"docs/pack-format.md, {section}: add rows for {sorted(known - told)}, remove "
        f"{sorted(told - known)}"
    )


@pytest.mark.parametrize(
    ("section", "known"),
    [
        ("Columns of the survey sheet", survey.COLUMNS),
        ("Columns of the choices sheet", choices.COLUMNS),
        ("Columns of the settings sheet", xlsform.SETTINGS),
    ],
)
def test_every_column_is_documented(section: str, known: Known) -> None:
    told = {column.partition("::Language")[0] for column in first_column(section)}
    columns = known.plain | known.worded
    assert told == columns, (
        f"docs/pack-format.md, {section}: add rows for {sorted(columns - told)}, remove "
        f"{sorted(told - columns)}"
    )


def test_every_type_is_documented() -> None:
    told = {code.split()[0] for code in first_column("Types")}
    known = {kind.value for kind in ItemType} | {"begin_group", "end_group"}
    assert told == known, (
        f"docs/pack-format.md, Types: add rows for {sorted(known - told)}, remove "
        f"{sorted(told - known)}"
    )


def test_every_function_is_documented() -> None:
    told = {code.partition("(")[0] for code in first_column("Functions")}
    assert told == set(ARITY), (
        f"docs/pack-format.md, Functions: add {sorted(set(ARITY) - told)}, remove "
        f"{sorted(told - set(ARITY))}"
    )


def test_the_limits_are_those_in_force() -> None:
    told = {cells[0]: cells[1] for cells in rows(sections(PAGE)["Limits"])}
    for what, limit in LIMITS.items():
        assert told.get(what) == f"{limit:,}", (
            f"docs/pack-format.md, Limits: '{what}' is {limit:,}, the page says {told.get(what)}"
        )


def test_the_limits_of_every_channel_are_those_in_force() -> None:
    told = {
        channel: cells[1:]
        for cells in rows(sections(PAGE)["Limits"])
        for channel in code_in(cells[0])
    }
    assert set(told) == set(CHANNEL_LIMITS)
    for channel, limits in CHANNEL_LIMITS.items():
        question = min(limits.question or item_rows.LONGEST_LABEL, item_rows.LONGEST_LABEL)
        wanted = str(limits.row or "any")
        if limits.button:
            most = f"at most {limits.most_buttons} choices"
            wanted = f"{limits.button} where the list has {most}, else {limits.row}"
        assert told[channel] == [f"{question:,}", wanted]
    (default,) = [c[1] for c in rows(sections(PAGE)["Keys at the top"]) if c[0] == "`channels`"]
    assert set(USUAL_CHANNELS) == set(re.findall(r'"(\w+)"', default))


def test_every_appearance_that_is_accepted_is_documented() -> None:
    accepted = sections(PAGE)["Appearance"].partition("What changes")[0]
    told = set(code_in(accepted)) - {"w1", "columns-2", "compact-2"}
    assert told == LAYOUT


@pytest.mark.parametrize(
    ("page", "pack"),
    [("pack-format.md", "forest-dialogue"), ("quick-start.md", "my-dialogue")],
)
def test_the_example_in_the_page_is_a_sound_pack(page: str, pack: str, tmp_path: Path) -> None:
    """`PackRefused` says what to mend."""
    write_files(DOCS / page, tmp_path)
    assert read_pack(tmp_path / pack).code == pack
