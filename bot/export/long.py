"""The long shape: a row for each answer, with the language and channel it was asked in."""

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.answers import Answer
from bot.domain.questionnaire import AnswerKind
from bot.export.columns import Cell, Column, ColumnType
from bot.export.instruments import Instrument
from bot.export.people import Participation, Person
from bot.export.variables import Words, label_of

COLUMNS = (
    Column("participant", "Pseudonym, the same in all waves"),
    Column("deliberation", "Deliberation"),
    Column("wave", "Wave, or profile"),
    Column("questionnaire", "Questionnaire"),
    Column("version", "Version of the questionnaire", ColumnType.NUMBER),
    Column("item", "Item"),
    Column("item_label", "Wording of the item"),
    Column("type", "Type of the item"),
    Column("kind", "Kind of answer"),
    Column("value", "Value; codes of a multiple choice are separated by spaces"),
    Column("label", "Labels of the codes"),
    Column("language", "Language the item was asked in"),
    Column("channel", "Channel of the answer"),
    Column("asked_at", "Asked (UTC)", ColumnType.TIME),
    Column("answered_at", "Answered (UTC)", ColumnType.TIME),
)
REPLACED_AT = Column("replaced_at", "Replaced by a later answer (UTC)", ColumnType.TIME)


class Long:
    """One row for each answer to a relevant item; with `history` for those it replaced, too."""

    def __init__(
        self, deliberation: str, instruments: Sequence[Instrument], words: Words, history: bool
    ) -> None:
        self._deliberation = deliberation
        self._instruments = instruments
        self._words = words
        self._history = history
        self.columns = (*COLUMNS, REPLACED_AT) if history else COLUMNS

    def rows(self, people: Iterable[Person]) -> Iterator[Sequence[Cell]]:
        for person in people:
            for instrument in self._instruments:
                if part := person.parts.get(instrument.code):
                    yield from self._answers(instrument, part)

    def _answers(self, instrument: Instrument, part: Participation) -> Iterator[Sequence[Cell]]:
        """In the order of the items, and of one item in the order of time."""
        place = {code: number for number, code in enumerate(part.asked)}
        shown = [
            row for row in part.answers if row.item in place and row.item not in instrument.personal
        ]
        for row in sorted(shown, key=lambda row: place[row.item]):
            assert part.questionnaire is not None, "only a response has answers"
            item = part.asked[row.item]
            answer = Answer(AnswerKind(row.kind), row.value)
            cells: list[Cell] = [row.participant_id, self._deliberation, instrument.code]
            cells += [part.questionnaire.code, part.questionnaire.version]
            cells += [item.code, self._words(item.label), item.type.value, answer.kind.value]
            value = answer.value
            cells.append(" ".join(value) if isinstance(value, list) else value)
            cells += [label_of(item, answer, self._words), row.language, row.channel]
            cells += [row.asked_at, row.answered_at]
            if self._history:
                cells.append(row.replaced_at)
            yield cells
