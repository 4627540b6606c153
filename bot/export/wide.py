"""The wide shape: a row for each participant, several waves side by side."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain, count

from bot.domain.questionnaire import Item, Questionnaire
from bot.export import paradata as how
from bot.export.columns import Cell, Column, ColumnType
from bot.export.instruments import Instrument, ItemKey, prefix_of
from bot.export.people import OUTCOMES, Participation, Person, Told
from bot.export.variables import Filled, Variable, Words, variable

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
    Column("version", "Version of the questionnaire", ColumnType.WHOLE),
    Column("invited_at", "Invited (UTC)", ColumnType.TIME),
    Column("started_at", "Started (UTC)", ColumnType.TIME),
    Column("completed_at", "Completed (UTC)", ColumnType.TIME),
)


class Wide:
    """One row for whoever was invited to one of the instruments or responded in it.

    `paradata` adds to each item how it was answered; no other column changes its name by that.
    """

    def __init__(
        self,
        deliberation: str,
        instruments: Sequence[Instrument],
        words: Words,
        *,
        paradata: bool = False,
    ) -> None:
        self._deliberation = deliberation
        own = {each.code: [_of_wave(each, column) for column in RESPONSE] for each in instruments}
        taken = {column.name for columns in own.values() for column in columns}
        #: By instrument and item, what its columns are; those of the paradata left out.
        self.variables: dict[str, dict[ItemKey, Variable]] = {}
        for instrument in instruments:
            self.variables[instrument.code] = {}
            for key, wordings in instrument.items.items():
                name = f"{prefix_of(instrument.code)}{key.code}"
                every = instrument.every[key]
                made = _variable(name, wordings, every, words, taken)
                self.variables[instrument.code][key] = made
                taken.update(column.name for column in made.columns)
        self.columns: list[Column] = [*PERSON]
        self._blocks: dict[str, _Block] = {}
        for instrument in instruments:
            parts = []
            for key, made in self.variables[instrument.code].items():
                wordings = instrument.items[key]
                name = f"{prefix_of(instrument.code)}{key.code}"
                beside = _beside(name, wordings, taken) if paradata else []
                parts.append(_Part(key, made, beside))
            block = self._blocks[instrument.code] = _Block(parts)
            self.columns += own[instrument.code]
            self.columns += block.columns

    def rows(self, people: Iterable[Person]) -> Iterator[Sequence[Cell]]:
        whole = list(people)
        parts = [
            block.rows([person.parts.get(instrument) for person in whole])
            for instrument, block in self._blocks.items()
        ]
        for person, *own in zip(whole, *parts, strict=True):
            row = person.row
            yield (
                row.participant_id, self._deliberation, row.participant_language,
                row.country, row.cohort, row.stratum, row.arm, *chain.from_iterable(own),
            )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """The columns of an item: what was answered, and beside it how."""

    key: ItemKey
    variable: Variable
    beside: Sequence[Column]

    @property
    def columns(self) -> Sequence[Column]:
        return (*self.variable.columns, *self.beside)

    def filled(self, version: Questionnaire) -> Filled:
        item = version.by_code.get(self.key.code)
        if item is None or ItemKey.of(item) != self.key:  # this version has no such item
            return lambda block: [[None] * len(block)] * len(self.columns)
        own = self.variable.filled(item)
        if not self.beside:
            return own
        beside = how.filled(item.code, self.beside)
        return lambda block: [*own(block), *beside(block)]


class _Block:
    """The columns of an instrument, filled for many people at once: by version, then by column."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts
        self.columns = [column for part in parts for column in part.columns]
        self._plans: dict[int, Sequence[Filled]] = {}

    def rows(self, people: Sequence[Participation | None]) -> list[Sequence[Cell]]:
        """All cells are empty for whoever has no part in the instrument."""
        nothing = (None,) * len(self.columns)
        rows: list[Sequence[Cell]] = [nothing] * len(people)
        versions: dict[int, list[int]] = {}
        for place, part in enumerate(people):
            if part is not None and part.begun:
                versions.setdefault(part.row.questionnaire_id, []).append(place)
        for id_, places in versions.items():
            told = [part.told for n in places if (part := people[n]) is not None]
            columns = [cells for fill in self._plan(id_, told[0]) for cells in fill(told)]
            for place, row in zip(places, zip(*columns, strict=True), strict=bool(columns)):
                rows[place] = row
        return [(*_response(part), *row) for part, row in zip(people, rows, strict=True)]

    def _plan(self, id_: int, told: Told) -> Sequence[Filled]:
        """How to fill the columns for those who answered the same version."""
        if id_ not in self._plans:
            version = told.part.questionnaire
            assert version is not None, "who answered, answered a questionnaire"
            self._plans[id_] = [part.filled(version) for part in self._parts]
        return self._plans[id_]


def _response(part: Participation | None) -> Sequence[Cell]:
    if part is None:
        return (None,) * len(RESPONSE)
    row, version = part.row, part.questionnaire.version if part.questionnaire else None
    return (
        part.outcome, row.response_language, row.response_channel, version,
        row.invited_at, row.started_at, row.completed_at,
    )  # fmt: skip


def _of_wave(instrument: Instrument, column: Column) -> Column:
    return replace(column, name=prefix_of(instrument.code) + column.name)


def _variable(
    name: str, wordings: Sequence[Item], every: Sequence[Item], words: Words, taken: Set[str]
) -> Variable:
    """The item's variable; `_2` and so on is appended to `name` if a column is `taken`."""
    made = (variable(each, wordings, words, every) for each in _names(name))
    return next(v for v in made if taken.isdisjoint(column.name for column in v.columns))


def _beside(name: str, wordings: Sequence[Item], taken: set[str]) -> list[Column]:
    """The columns that say how an item was answered, named as none that is `taken`."""
    columns = []
    for column in how.columns_of(wordings):
        free = next(each for each in _names(f"{name}__{column.name}") if each not in taken)
        taken.add(free)
        columns.append(replace(column, name=free))
    return columns


def _names(name: str) -> Iterator[str]:
    return (f"{name}_{n}" if n > 1 else name for n in count(1))
