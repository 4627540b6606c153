"""An item as columns of the wide shape."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from bot.domain.answers import Answer, Stored
from bot.domain.choosing import offered
from bot.domain.compiled import compiled
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Texts
from bot.domain.xpath import string
from bot.export.columns import Cell, Column, ColumnType
from bot.export.missing import LABELS, Reason, missing_codes, numbers_of
from bot.export.people import Told

#: The wording in the language of the labels.
Words = Callable[[Texts], str]

#: What a block of responses, all to one version, has in the columns of an item: a list for each.
Filled = Callable[[Sequence[Told]], Sequence[Sequence[Cell]]]

CHOSEN: Mapping[str | int, str] = {0: "Not chosen", 1: "Chosen"}
TRUE: Mapping[str | int, str] = {0: "False", 1: "True"}
CONFIRMED: Mapping[str | int, str] = {1: "Confirmed"}


class Labels:
    """An item's choices in words, as one version of a questionnaire has them."""

    def __init__(self, item: Item, words: Words) -> None:
        self._choices = {choice.code: words(choice.label) for choice in item.choices}
        self._ranked = item.type is ItemType.RANK
        self.reasons: Mapping[str | None, str] = {
            reason: missing_label(item, reason, words)
            for reason in (AnswerKind.DONT_KNOW, AnswerKind.REFUSED)
            if item.choices
        }

    def of(self, value: Stored) -> str | None:
        """What was chosen, in words; None of an item without choices."""
        if not self._choices:
            return None
        if not isinstance(value, list):
            return self._choices.get(str(value), "")
        if self._ranked:
            return "; ".join([self._choices[code] for code in value if code in self._choices])
        return "; ".join([label for code, label in self._choices.items() if code in value])

    def of_answer(self, answer: Answer) -> str | None:
        """None where nothing was said."""
        if answer.kind is AnswerKind.VALUE:
            return None if answer.value is None else self.of(answer.value)
        return self.reasons.get(answer.kind)


@dataclass(frozen=True)
class Variable:
    """One item of an instrument in all its versions."""

    columns: Sequence[Column]
    choices: Sequence[str]  #: Codes of all versions; those that mean don't know left out.
    codes: Mapping[Reason, int]
    words: Words

    def filled(self, item: Item) -> Filled:
        """How to fill the columns with what was answered to `item`, as worded in one version."""
        if item.derived:
            return _derived(item, self.columns[0].type)
        match item.type:
            case ItemType.TEXT:
                return _text(item)
            case ItemType.SELECT_ONE:
                return _one(item, self.codes, Labels(item, self.words))
            case ItemType.SELECT_MULTIPLE | ItemType.RANK:
                return _several(item, self.choices, self.codes, Labels(item, self.words))
            case ItemType.DATE:
                return _single(item, self.codes, _day)
            case ItemType.ACKNOWLEDGE:
                return _single(item, self.codes, _confirmed)
            case _:
                return _single(item, self.codes, _number)


def variable(
    name: str, wordings: Sequence[Item], words: Words, every: Sequence[Item] = ()
) -> Variable:
    """The columns, named after `name`, of an item with these `wordings`, the newest first.

    Codes and types follow from its wordings in `every` version there is, also of other waves.
    """
    newest = wordings[0]
    every = every or wordings
    codes = missing_codes(every)
    choices: dict[str, ItemChoice] = {}
    for item in wordings:
        for choice in item.choices:
            if choice.missing is None:
                choices.setdefault(choice.code, choice)
    label = words(newest.label)
    missing = {code: missing_label(newest, reason, words) for reason, code in codes.items()}
    if newest.derived:
        columns = [_derived_column(name, label, every)]
        return Variable(columns, (), {}, words)
    match newest.type:
        case ItemType.TEXT:
            columns = [Column(name, label)]
        case ItemType.SELECT_ONE:
            labels: Mapping[str | int, str] = {
                code: words(choice.label) for code, choice in choices.items()
            }
            numbers = {c: n for c, n in numbers_of(every).items() if c in choices}
            columns = [Column(name, label, ColumnType.CODE, labels, missing, numbers)]
            columns.append(Column(f"{name}_label", label, words=True))
        case ItemType.SELECT_MULTIPLE | ItemType.RANK:
            del missing[codes[None]]  # what was not reached is empty there
            marks = CHOSEN if newest.type is ItemType.SELECT_MULTIPLE else {}
            columns = [
                Column(
                    f"{name}_{code}",
                    f"{label}: {words(choice.label)}",
                    ColumnType.WHOLE,
                    marks,
                    missing,
                )
                for code, choice in choices.items()
            ]
            in_words = f"{name}_label_" if "label" in choices else f"{name}_label"
            columns.append(Column(in_words, label, words=True))
        case ItemType.DATE:
            columns = [Column(name, label, ColumnType.DATE, missing=missing)]
        case ItemType.ACKNOWLEDGE:
            columns = [Column(name, label, ColumnType.WHOLE, CONFIRMED, missing)]
        case _:
            columns = [Column(name, label, _number_type(every), missing=missing)]
    return Variable(columns, tuple(choices), codes, words)


def missing_label(item: Item, reason: Reason, words: Words) -> str:
    """The questionnaire's own words for `reason` if a choice means it."""
    own = (choice for choice in item.choices if reason and choice.missing == reason)
    return next((words(choice.label) for choice in own), LABELS[reason])


def _derived_column(name: str, label: str, wordings: Sequence[Item]) -> Column:
    """Truth is 0 and 1; what may be a number or a text is text."""
    gives = {compiled(item.calculation).gives if item.calculation else "text" for item in wordings}
    if gives == {"boolean"}:
        return Column(name, label, ColumnType.WHOLE, TRUE)
    return Column(name, label, ColumnType.TEXT if "text" in gives else ColumnType.NUMBER)


def _number_type(wordings: Sequence[Item]) -> ColumnType:
    """A range has whole numbers if all its points in all versions are."""
    scales = [item.scale for item in wordings if item.scale is not None]
    whole = all(number == int(number) for scale in scales for number in (scale.start, scale.step))
    decimal = wordings[0].type is ItemType.DECIMAL
    return ColumnType.WHOLE if whole and not decimal else ColumnType.NUMBER


def _text(item: Item) -> Filled:
    code = item.code
    return lambda block: [_values(block, code)]


def _single(item: Item, codes: Mapping[Reason, int], cell_of: Callable[[Stored], Cell]) -> Filled:
    code = item.code
    missing: Mapping[str | None, int] = dict(codes.items())

    def filled(block: Sequence[Told]) -> Sequence[Sequence[Cell]]:
        cells = [
            value if value is None or type(value) is int else cell_of(value)
            for value in _values(block, code)
        ]
        return [_with_reasons(cells, block, code, missing)]

    return filled


def _number(value: Stored) -> Cell:
    assert isinstance(value, float | int)
    return int(value) if value == int(value) else value


def _day(value: Stored) -> Cell:
    return date.fromisoformat(str(value))


def _confirmed(_: Stored) -> Cell:
    return 1


def _derived(item: Item, type: ColumnType) -> Filled:
    code = item.code
    if type is not ColumnType.TEXT:
        return lambda block: [_values(block, code)]

    def filled(block: Sequence[Told]) -> Sequence[Sequence[Cell]]:
        return [
            [
                None
                if value is None
                else string(tuple(value) if isinstance(value, list) else value)
                for value in _values(block, code)
            ]
        ]

    return filled


def _one(item: Item, codes: Mapping[Reason, int], labels: Labels) -> Filled:
    code = item.code
    missing: Mapping[str | None, int] = dict(codes.items())
    in_words: Mapping[Any, str | None] = {each.code: labels.of(each.code) for each in item.choices}

    def filled(block: Sequence[Told]) -> Sequence[Sequence[Cell]]:
        cells = _values(block, code)
        said = [in_words.get(cell) for cell in cells]
        return [
            _with_reasons(cells, block, code, missing),
            _with_reasons(said, block, code, labels.reasons),
        ]

    return filled


def _several(
    item: Item, choices: Sequence[str], codes: Mapping[Reason, int], labels: Labels
) -> Filled:
    """Of a select_multiple 0 and 1, of a rank the places. A choice that was not put to somebody, by
    this version or by the filter, stays empty, and so does what was not reached."""
    code = item.code
    ranked = item.type is ItemType.RANK
    missing: Mapping[str | None, int] = {kind: code for kind, code in codes.items() if kind}

    def marks(choice: str, values: Sequence[Any]) -> list[Cell]:
        if ranked:
            return [
                value.index(choice) + 1 if value is not None and choice in value else None
                for value in values
            ]
        return [None if value is None else 1 if choice in value else 0 for value in values]

    @lru_cache(maxsize=4096)  # what several people chose is put into words once
    def words(*value: str) -> str | None:
        return labels.of([*value])

    def there(told: Told) -> set[str]:
        return {each.code for each in offered(item, told.part.walk.values, told.part.today)}

    def filled(block: Sequence[Told]) -> Sequence[Sequence[Cell]]:
        values = _values(block, code)
        columns: list[list[Cell]] = []
        shown = [there(told) for told in block] if item.choice_filter else None
        for choice in choices:
            if item.choice(choice) is None:
                cells: list[Cell] = [None] * len(block)
            else:
                cells = marks(choice, values)
            if shown is not None:
                cells = [
                    each if choice in own else None for each, own in zip(cells, shown, strict=True)
                ]
            columns.append(_with_reasons(cells, block, code, missing))
        said: list[Cell] = [None if value is None else words(*value) for value in values]
        return [*columns, _with_reasons(said, block, code, labels.reasons)]

    return filled


def _values(block: Sequence[Told], code: str) -> list[Any]:
    return [told.values.get(code) for told in block]


def _with_reasons(
    cells: list[Any], block: Sequence[Told], code: str, reasons: Mapping[str | None, Cell]
) -> list[Any]:
    """Where an item that was put to somebody has no value, the reason for that."""
    if None in cells:
        for place, told in enumerate(block):
            if cells[place] is None and code not in told.values and code in told.asked:
                cells[place] = reasons.get(told.kinds.get(code))
    return cells
