"""docs/glossary.md has the states, edges and tables that the code has, in the code's own words."""

import inspect
import re
from enum import StrEnum

import pytest

from bot.domain import states
from bot.domain.states import EDGES
from bot.storage.tables import metadata
from tests.promises.documents import DOCS, code_in, rows, sections

PAGE = DOCS / "glossary.md"
ENUMS = sorted(EDGES, key=lambda enum: enum.__name__)

_MEMBER = re.compile(r' +[A-Z_]+ = "(\w+)"(?:  #: (.+))?')
_EDGE = re.compile(r"\s*(\w+) --> (\w+)\s*")


def heading_of(enum: type[StrEnum]) -> str:
    return enum.__name__.removesuffix("Status")


def comments_of(enum: type[StrEnum]) -> dict[str, str]:
    found = (_MEMBER.fullmatch(line) for line in inspect.getsource(enum).splitlines())
    return {match[1]: match[2] for match in found if match}


def edges_of(enum: type[StrEnum]) -> set[tuple[str, str]]:
    return {(a.value, b.value) for a, ends in EDGES[enum].items() for b in ends}


def as_documented(enum: type[StrEnum]) -> str:
    """What to paste."""
    order = [member.value for member in enum]
    drawn = sorted(edges_of(enum), key=lambda edge: (order.index(edge[0]), order.index(edge[1])))
    return "\n".join(
        [
            f"### {heading_of(enum)}",
            "",
            inspect.getdoc(enum) or "",
            "",
            "| State | Meaning |",
            "| --- | --- |",
            *(f"| `{value}` | {comment} |" for value, comment in comments_of(enum).items()),
            "",
            "```mermaid",
            "stateDiagram-v2",
            *(f"    {source} --> {target}" for source, target in drawn),
            "```",
        ]
    )


def test_every_enum_of_states_has_edges() -> None:
    defined = {
        enum
        for _, enum in inspect.getmembers(states, inspect.isclass)
        if issubclass(enum, StrEnum) and enum is not StrEnum
    }
    assert defined == set(EDGES), "bot/domain/states.py: every enum needs its edges in EDGES"


@pytest.mark.parametrize("enum", ENUMS, ids=heading_of)
def test_every_member_has_a_comment_and_a_row_of_edges(enum: type[StrEnum]) -> None:
    assert comments_of(enum).keys() == {member.value for member in enum}
    bare = [value for value, comment in comments_of(enum).items() if not comment]
    assert not bare, f"bot/domain/states.py: say after '#:' what {bare} of {enum.__name__} mean"
    assert set(EDGES[enum]) == set(enum), f"bot/domain/states.py: EDGES lacks some of {enum}"


@pytest.mark.parametrize("enum", ENUMS, ids=heading_of)
def test_the_states_are_documented_in_the_words_of_the_code(enum: type[StrEnum]) -> None:
    told = {
        code_in(cells[0])[0]: cells[1] for cells in rows(sections(PAGE).get(heading_of(enum), ""))
    }
    assert told == comments_of(enum), (
        f"docs/glossary.md: the section must read\n\n{as_documented(enum)}"
    )


@pytest.mark.parametrize("enum", ENUMS, ids=heading_of)
def test_the_diagram_has_exactly_the_edges_of_the_code(enum: type[StrEnum]) -> None:
    section = sections(PAGE).get(heading_of(enum), "")
    drawn = {(m[1], m[2]) for line in section.splitlines() if (m := _EDGE.fullmatch(line))}
    assert drawn == edges_of(enum), (
        f"docs/glossary.md: add the edges {sorted(edges_of(enum) - drawn)}, remove "
        f"{sorted(drawn - edges_of(enum))}; the section must read\n\n{as_documented(enum)}"
    )


def test_every_table_of_the_database_is_a_word_of_the_glossary_and_no_other() -> None:
    told = {code for cells in rows(sections(PAGE)["Words"]) for code in code_in(cells[2])}
    known = set(metadata.tables)
    assert told == known, (
        "docs/glossary.md, the column 'Table' under 'Words': add "
        f"{sorted(known - told)}, remove {sorted(told - known)}"
    )
