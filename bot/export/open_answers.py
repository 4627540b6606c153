"""What citizens wrote, as a table of its own: a row for each open answer."""

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.questionnaire import ItemType
from bot.export.columns import Cell, Column, ColumnType
from bot.export.instruments import Instrument
from bot.export.people import Person


class OpenAnswers:
    """Answers that count to items of type text; never those that identify."""

    columns = (
        Column("participant", "Pseudonym, the same in all waves"),
        Column("wave", "Wave, or profile"),
        Column("item", "Item"),
        Column("language", "Language the item was asked in"),
        Column("answered_at", "Answered (UTC)", ColumnType.TIME),
        Column("text", "What was written"),
    )

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = instruments

    def rows(self, people: Iterable[Person]) -> Iterator[Sequence[Cell]]:
        for person in people:
            for instrument in self._instruments:
                part = person.parts.get(instrument.code)
                for given in part.answers if part else ():
                    item = part.asked.get(given.item) if part else None
                    if (
                        item is not None
                        and item.type is ItemType.TEXT
                        and item.code not in instrument.personal
                        and given.replaced_at is None
                        and given.counts
                        and isinstance(given.value, str)
                    ):
                        yield (
                            person.row.participant_id, instrument.code, item.code, given.language,
                            given.answered_at, given.value,
                        )  # fmt: skip
