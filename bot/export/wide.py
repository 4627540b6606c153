"""The wide shape: a row for each participant, several waves side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import count

from bot.domain.questionnaire import Item
from bot.export.columns import Cell, Column, ColumnType
from bot.export.instruments import Instrument, ItemKey
from bot.export.people import OUTCOMES, Participation, Person
from bot.export.variables import Variable, Words, variable

PERSON = (
    Column("participant", "Pseudonym, the same in all waves"),
    Column("deliberation", "Deliberation"),
    Column("language", "Language the participant uses now"),
    Column("country", "Country"),
    Column("cohort", "Cohort"),
    Column("stratum", "Stratum"),
    Column("arm", "Arm"),
)

#: Named after the wave: `t1_outcome`.
RESPONSE = (
    Column(
        "outcome",
        "Outcome (AAPOR)",
        ColumnType.CODE,
        {word: word.replace("_", " ").capitalize() for word in OUTCOMES.values()},
    ),
    Column("language", "Language the response was begun in"),
    Column("channel", "Channel the response was begun in"),
    Column("version", "Version of the questionnaire", ColumnType.NUMBER),
    Column("invited_at", "Invited (UTC)", ColumnType.TIME),
    Column("started_at", "Started (UTC)", ColumnType.TIME),
    Column("completed_at", "Completed (UTC)", ColumnType.TIME),
)


class Wide:
    """One row for whoever was invited to one of the instruments or responded in it."""

    def __init__(self, deliberation: str, instruments: Sequence[Instrument], words: Words) -> None:
        self._deliberation = deliberation
        self._variables: dict[str, dict[ItemKey, Variable]] = {}
        self.columns: list[Column] = [*PERSON]
        own = {each.code: [_of_wave(each, column) for column in RESPONSE] for each in instruments}
        taken = {column.name for columns in own.values() for column in columns}
        for instrument in instruments:
            variables = self._variables[instrument.code] = {}
            self.columns += own[instrument.code]
            for key, wordings in instrument.items.items():
                name = f"{_prefix(instrument)}{key[0]}"
                variables[key] = _variable(name, wordings, words, taken)
                self.columns += variables[key].columns
                taken.update(column.name for column in variables[key].columns)

    def rows(self, people: Iterable[Person]) -> Iterator[Sequence[Cell]]:
        for person in people:
            row = person.row
            cells: list[Cell] = [row.participant_id, self._deliberation, row.participant_language]
            cells += [row.country, row.cohort, row.stratum, row.arm]
            for instrument, variables in self._variables.items():
                cells += _part(person.parts.get(instrument), variables)
            yield cells


def _part(part: Participation | None, variables: Mapping[ItemKey, Variable]) -> Iterator[Cell]:
    """A participant's cells in one instrument; all empty for whoever has no part in it."""
    if part is None:
        yield from [None] * len(RESPONSE)
    else:
        version = part.questionnaire.version if part.questionnaire else None
        yield from (part.outcome, part.row.response_language, part.row.response_channel, version)
        yield from (part.row.invited_at, part.row.started_at, part.row.completed_at)
    for (code, type_), own in variables.items():
        item = part.asked.get(code) if part else None
        if item is None or part is None or item.type is not type_:
            yield from own.cells(None, None)
        else:
            yield from own.cells(item, part.current.get(code))


def _prefix(instrument: Instrument) -> str:
    return instrument.code.replace("-", "_") + "_"  # no statistics package allows a hyphen


def _of_wave(instrument: Instrument, column: Column) -> Column:
    return replace(column, name=_prefix(instrument) + column.name)


def _variable(name: str, wordings: Sequence[Item], words: Words, taken: Set[str]) -> Variable:
    """The item's variable; `_2` and so on is appended to `name` if a column is `taken`."""
    names = (f"{name}_{n}" if n > 1 else name for n in count(1))
    made = (variable(each, wordings, words) for each in names)
    return next(v for v in made if taken.isdisjoint(column.name for column in v.columns))
