"""How often each item was asked, and what was said: counts alone, whatever the number of people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.answers import Stored
from bot.domain.questionnaire import AnswerKind, Item, ItemType, Questionnaire
from bot.domain.xpath import string
from bot.export.instruments import Instrument, ItemKey
from bot.export.missing import INVALID, Reason
from bot.export.people import Participation, Person

#: Of a range: the most points that are counted one by one.
MOST_POINTS = 21

_NUMBERS = (ItemType.INTEGER, ItemType.DECIMAL, ItemType.RANGE, ItemType.CALCULATE)


@dataclass(slots=True)
class Moments:
    """Mean and extremes of numbers, without keeping them.

    The mean after Welford, "Note on a Method for Calculating Corrected Sums of Squares and
    Products" (Technometrics 4, 1962): no sum grows, so none loses its last digits.
    """

    count: int = 0
    mean: float = 0.0
    least: float = 0.0
    least_count: int = 0  #: How many gave the least number.
    most: float = 0.0
    most_count: int = 0

    def add(self, number: float) -> None:
        self.count += 1
        self.mean += (number - self.mean) / self.count
        if self.count == 1 or number < self.least:
            self.least, self.least_count = number, 0
        if self.count == 1 or number > self.most:
            self.most, self.most_count = number, 0
        self.least_count += number == self.least
        self.most_count += number == self.most


@dataclass(slots=True)
class ItemTally:
    """What people were asked and said to one item."""

    type: ItemType
    points: bool = False  #: Whether each point of a range is counted.
    asked: int = 0
    not_relevant: int = 0  #: Begun a version that has the item, and not come to be asked it.
    answered: int = 0
    codes: Counter[str] = field(default_factory=Counter)  #: Of a rank: what stood first.
    missing: Counter[Reason] = field(default_factory=Counter)
    numbers: Moments = field(default_factory=Moments)

    def add(self, value: Stored, kind: str | None) -> None:
        """One person's answer: a value, or the kind of one without. Neither: not reached."""
        self.asked += 1
        if value is None and kind != AnswerKind.VALUE:
            self.missing[INVALID if kind == INVALID else AnswerKind(kind) if kind else None] += 1
            return
        self.answered += 1
        if isinstance(value, list):
            self.codes.update(value[:1] if self.type is ItemType.RANK else value)
        elif value is not None and (self.points or self.type is ItemType.SELECT_ONE):
            self.codes[string(value)] += 1
        if self.type in _NUMBERS and isinstance(value, int | float):
            self.numbers.add(value)


def counts_points(wordings: Sequence[Item]) -> bool:
    """Whether it is a range with so few points, in all its versions, that each is counted."""
    scales = [item.scale for item in wordings]
    return all(scale is not None and scale.count <= MOST_POINTS for scale in scales)


class Tally:
    """Counts what people said. A `Consumer`."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = instruments
        self._items = {
            (instrument.code, key): ItemTally(key.type, counts_points(wordings))
            for instrument in instruments
            for key, wordings in instrument.items.items()
        }
        self.times: dict[str, tuple[datetime, datetime]] = {}  #: The first and last of each.

    def of(self, instrument: str, key: ItemKey) -> ItemTally:
        """Raises `KeyError` if it is not exported."""
        return self._items[instrument, key]

    def take(self, people: Sequence[Person]) -> None:
        for person in people:
            for instrument in self._instruments:
                if part := person.parts.get(instrument.code):
                    self._note_times(instrument.code, part)
                    if part.begun and part.questionnaire is not None:
                        self._add(instrument, part, part.questionnaire)

    def _note_times(self, instrument: str, part: Participation) -> None:
        """When people were invited, began, answered and completed."""
        row = part.row
        known = (row.invited_at, row.started_at, row.completed_at, part.last)
        if times := [time for time in known if time is not None]:
            times += self.times.get(instrument, ())
            self.times[instrument] = (min(times), max(times))

    def _add(self, instrument: Instrument, part: Participation, form: Questionnaire) -> None:
        told = part.told
        for item in form.variables:
            if not instrument.exports(item.code):
                continue
            tally = self._items[instrument.code, ItemKey.of(item)]
            if item.code in told.asked:
                tally.add(told.values.get(item.code), told.kinds.get(item.code))
            else:
                tally.not_relevant += 1
