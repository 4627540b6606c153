"""Response and attrition: what became of each invitation, and who came again. Over people.

The response rate is RR1 of AAPOR's "Standard Definitions" (10th edition, 2023), complete divided by
all who were invited: RR1 = I / ((I + P) + (R + NC + O) + (UH + UO)). Whoever is invited has
enrolled, so nobody's eligibility is unknown: UH = UO = 0, nothing is estimated, and RR3 and RR5 are
the same number. A response that is still being given counts as one that is not complete.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.export import markdown
from bot.export.columns import Column
from bot.export.csv_file import CsvWriter
from bot.export.disclosure import Hidden, Shown, percent, publish_table
from bot.export.markdown import plain
from bot.export.material import material
from bot.export.people import OUTCOMES, Person
from bot.export.whole_file import whole_file
from bot.storage.database import Database

#: In the order of the columns.
_OUTCOMES = ("complete", "partial", "in_progress", "refusal", "non-contact")
assert set(_OUTCOMES) == set(OUTCOMES.values())

_COMPLETE, _INVITED = 0, len(_OUTCOMES)

HEADER = ("wave", "invited", *_OUTCOMES, "rr1_percent", "came_again", "retention_percent")

#: The last row of each wave.
TOTAL = "total"

#: Of people of whom it is not known.
NONE = "(none)"


class By(StrEnum):
    """What people are told apart by."""

    STRATUM = "stratum"
    COUNTRY = "country"
    COHORT = "cohort"
    LANGUAGE = "language"  #: The one that they use now.
    ARM = "arm"


@dataclass(frozen=True)
class ResponseTable:
    """Counts that may be published, by wave and then by group, the total last."""

    by: By
    waves: Sequence[str]
    groups: Sequence[str]
    outcomes: Mapping[str, Sequence[Sequence[Shown]]]  #: The last count is of all who were invited.
    retained: Mapping[str, Sequence[Shown]]  #: Complete in the wave named before, and in this one.

    @property
    def header(self) -> Sequence[str]:
        return (self.by.value, *HEADER)

    def rows(self) -> Iterator[Sequence[str]]:
        """As text: counts, percentages with one decimal, nothing where there is nothing to tell."""
        for wave in self.waves:
            for place in range(len(self.groups) + 1):
                yield self._row(wave, place)

    def total(self, wave: str) -> Sequence[str]:
        """The last row of `wave`."""
        return self._row(wave, len(self.groups))

    def _row(self, wave: str, place: int) -> Sequence[str]:
        counts = self.outcomes[wave][place]
        complete, invited = counts[_COMPLETE], counts[_INVITED]
        row = [(*self.groups, TOTAL)[place], wave, *map(str, (invited, *counts[:_INVITED]))]
        row.append(_in_percent(percent(complete, invited)))
        if wave not in self.retained:
            return [*row, "", ""]
        before = self.waves[self.waves.index(wave) - 1]
        retained = self.retained[wave][place]
        base = self.outcomes[before][place][_COMPLETE]
        return [*row, str(retained), _in_percent(percent(retained, base))]


class Attrition:
    """Counts people by group and outcome. A `Consumer`."""

    def __init__(self, waves: Sequence[str], by: By = By.STRATUM) -> None:
        self._waves = waves
        self._by = by
        self._groups: set[str] = set()
        self._outcomes: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._retained: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def take(self, people: Sequence[Person]) -> None:
        attribute = "participant_language" if self._by is By.LANGUAGE else self._by.value
        for person in people:
            group = getattr(person.row, attribute) or NONE
            self._groups.add(group)
            before = ""
            for wave in self._waves:
                outcome = part.outcome if (part := person.parts.get(wave)) else ""
                if outcome:
                    self._outcomes[wave][group, outcome] += 1
                if before == outcome == "complete":
                    self._retained[wave][group] += 1
                before = outcome

    def table(self) -> ResponseTable:
        """What may be shown of the counts. Slow for hundreds of groups: seconds."""
        groups = sorted(self._groups, key=lambda group: (group == NONE, group))
        outcomes = {wave: self._published(wave, groups) for wave in self._waves}
        retained = {
            wave: self._came_again(before, wave, groups, outcomes[before])
            for before, wave in zip(self._waves, self._waves[1:], strict=False)
        }
        return ResponseTable(self._by, self._waves, groups, outcomes, retained)

    def _published(self, wave: str, groups: Sequence[str]) -> list[list[Shown]]:
        counts = self._outcomes[wave]
        if not groups:
            return [[0] * (len(_OUTCOMES) + 1)]
        return publish_table([[counts[group, word] for word in _OUTCOMES] for group in groups])

    def _came_again(
        self, before: str, wave: str, groups: Sequence[str], published: Sequence[Sequence[Shown]]
    ) -> list[Shown]:
        """Of those who completed the wave `before`; how many did is in `published`."""
        rows = []
        for group in groups:
            retained = self._retained[wave][group]
            rows.append((retained, self._outcomes[before][group, "complete"] - retained))
        hidden = [
            (place, column)
            for place, counts in enumerate(published)
            if isinstance(counts[_COMPLETE], Hidden)
            for column in range(3)
        ]
        return [row[0] for row in publish_table(rows, withheld=hidden, fixed=[2])]


async def response(
    database: Database, waves: Sequence[str], *, deliberation: str | None = None, by: By
) -> ResponseTable:
    """Of `waves`, by code, in this order. Raises `NoSuchWave` or `NoSuchDeliberation`."""
    async with material(database, waves, deliberation=deliberation) as found:
        attrition = Attrition([instrument.code for instrument in found.instruments], by)
        await found.feed(attrition)
    return await asyncio.to_thread(attrition.table)


def as_markdown(table: ResponseTable) -> str:
    rows = ([plain(group), *cells] for group, *cells in table.rows())
    return "\n".join(markdown.table(table.header, rows)) + "\n"


def write_csv(table: ResponseTable, path: Path) -> None:
    with closing(CsvWriter(path, [Column(name, name) for name in table.header])) as file:
        file.write(table.rows())


async def write_response(table: ResponseTable, path: Path) -> None:
    """As CSV, or as Markdown if `path` ends in `.md`. Raises `NoSuchFolder`."""
    async with whole_file(path) as temporary:
        await asyncio.to_thread(_write, table, temporary, path.suffix)


def _write(table: ResponseTable, path: Path, suffix: str) -> None:
    if suffix == ".md":
        path.write_text(as_markdown(table), "utf-8", newline="\n")
    else:
        write_csv(table, path)


def _in_percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1f}"
