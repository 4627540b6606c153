"""The description of a table: all that a writer of any format needs besides the rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.export.people import Person

#: A text or code, a number, a day, a time (aware, UTC), or None for an empty cell. A code declared
#: missing is an `int`, also in a column of codes.
Cell = str | int | float | datetime | date | None


class ColumnType(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"  #: Words; nothing is known about them.
    CODE = "code"  #: One of `value_labels`. Text, even if it looks like a number: `01` stays `01`.
    WHOLE = "whole"  #: Whole numbers.
    NUMBER = "number"  #: Numbers with decimals.
    DATE = "date"  #: A day, without a time zone.
    TIME = "time"  #: Aware, UTC.


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Names are safe in every statistics package but for their length."""

    name: str
    label: str
    type: ColumnType = ColumnType.TEXT

    #: Code to words, in the questionnaire's order, also of codes that nobody chose.
    value_labels: Mapping[str | int, str] = field(default_factory=dict)

    #: Codes that are no answers: don't know, refused, not reached. In Stata .a, .b, .c by position.
    missing: Mapping[int, str] = field(default_factory=dict)

    #: Of a column of codes: the number that stands for each in SPSS and Stata. Empty: text there.
    numbers: Mapping[str, int] = field(default_factory=dict)

    #: Says again, in words, what the column before says in codes. SPSS and Stata leave it out, as
    #: they have value labels.
    words: bool = False


class Shape(StrEnum):
    """How answers lie in the table."""

    WIDE = "wide"  #: A row for each participant.
    LONG = "long"  #: A row for each answer.


class Table(Protocol):
    """A shape filled with a deliberation's instruments."""

    @property
    def columns(self) -> Sequence[Column]: ...

    def rows(self, people: Iterable[Person]) -> Iterator[Sequence[Cell]]:
        """Cells in the order of `columns`, people in the order given."""
        ...
