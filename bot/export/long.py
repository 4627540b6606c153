"""The long shape: a row for each answer, with the language and channel it was asked in."""

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.answers import Answer
from bot.domain.questionnaire import AnswerKind, Item, ItemType
from bot.export.columns import Cell, Column, ColumnType
from bot.export.instruments import Instrument
from bot.export.missing import INVALID
from bot.export.people import Given, Participation, Person
from bot.export.variables import Labels, Words

COLUMNS = (
    Column("participant", "Pseudonym, the same in all waves"),
    Column("deliberation", "Deliberation"),
    Column("wave", "Wave, or profile"),
    Column("questionnaire", "Questionnaire"),
    Column("version", "Version of the questionnaire", ColumnType.WHOLE),
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
#: The last columns; with history `REPLACED_AT` stands before them.
SHOWN = (
    Column("choices_shown", "Codes of the choices in the order shown, where it was random"),
    Column("changes", "How often the answer was changed", ColumnType.WHOLE),
)
_KIND, _VALUE, _LABEL = (
    next(place for place, column in enumerate(COLUMNS) if column.name == name)
    for name in ("kind", "value", "label")
)
REPLACED_AT = Column("replaced_at", "Replaced by a later answer (UTC)", ColumnType.TIME)


class Long:
    """One row for each answer to a relevant item, and for each value of a derived one. What is no
    answer to its item has a row as well, whatever it is about.

    With `history` for those that were replaced, too. Either way people's history has to be read.
    """

    def __init__(
        self, deliberation: str, instruments: Sequence[Instrument], words: Words, history: bool
    ) -> None:
        self._deliberation = deliberation
        self._instruments = instruments
        self._words = words
        self._history = history
        self._worded: dict[tuple[int, str], tuple[str, Labels]] = {}
        self.columns = (*COLUMNS, *((REPLACED_AT,) if history else ()), *SHOWN)

    def rows(self, people: Iterable[Person]) -> Iterator[Sequence[Cell]]:
        for person in people:
            for instrument in self._instruments:
                part = person.parts.get(instrument.code)
                if part is not None and part.begun:
                    yield from self._answers(instrument, part)

    def _answers(self, instrument: Instrument, part: Participation) -> Iterator[Sequence[Cell]]:
        """In the order of the items, and of one item in the order of time."""
        given: dict[str, list[Given]] = {}
        for each in part.answers:
            if self._history or each.replaced_at is None:
                given.setdefault(each.item, []).append(each)
        for item in part.asked.values():
            if not instrument.exports(item.code):
                continue
            counted = part.counted.get(item.code)
            if item.derived:
                if counted is not None and counted.kind is AnswerKind.VALUE:
                    yield self._row(instrument, part, item, counted, None)
                continue
            for each in given.pop(item.code, ()):
                if not each.counts:
                    yield self._invalid(instrument, part, item, each)
                elif each.replaced_at is not None:
                    said = Answer(AnswerKind(each.kind), each.value)
                    yield self._row(instrument, part, item, said, each)
                elif counted is not None:
                    yield self._row(instrument, part, item, counted, each)
        assert part.questionnaire is not None, "only a response has answers"
        for code, rest in given.items():
            if instrument.exports(code):
                item = part.questionnaire.by_code.get(code) or Item(code, ItemType.NOTE, {})
                yield from (
                    self._invalid(instrument, part, item, each) for each in rest if not each.counts
                )

    def _invalid(
        self, instrument: Instrument, part: Participation, item: Item, given: Given
    ) -> Sequence[Cell]:
        """As it is stored, without labels."""
        row = [*self._row(instrument, part, item, Answer(AnswerKind.SKIPPED), given)]
        value = None if given.value is None else str(given.value)
        row[_KIND], row[_VALUE], row[_LABEL] = INVALID, value, None
        return row

    def _row(
        self,
        instrument: Instrument,
        part: Participation,
        item: Item,
        answer: Answer,
        given: Given | None,
    ) -> Sequence[Cell]:
        """What was `given`; of a derived item nothing was."""
        assert part.questionnaire is not None, "only a response has answers"
        label, labels = self._in_words(part.row.questionnaire_id, item)
        value = answer.value
        row: list[Cell] = [part.row.participant_id, self._deliberation, instrument.code]
        row += (part.questionnaire.code, part.questionnaire.version)
        row += (item.code, label, item.type.value, answer.kind.value)
        row.append(" ".join(value) if isinstance(value, list) else value)
        if given is None:
            row += [None] * (len(self.columns) - len(row))
            return row
        row += (labels.of_answer(answer), given.language, given.channel)
        row += (given.asked_at, given.answered_at)
        if self._history:
            row.append(given.replaced_at)
        row.append(" ".join(given.choices_shown) if given.choices_shown else None)
        row.append(part.paradata[item.code][1] if given.replaced_at is None else None)
        return row

    def _in_words(self, questionnaire_id: int, item: Item) -> tuple[str, Labels]:
        key = (questionnaire_id, item.code)
        if key not in self._worded:
            self._worded[key] = (self._words(item.label), Labels(item, self._words))
        return self._worded[key]
