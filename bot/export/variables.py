"""An item as columns of the wide shape."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.answers import Answer
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Texts
from bot.export.columns import Cell, Column, ColumnType
from bot.export.missing import LABELS, Reason, missing_codes

#: The wording in the language of the labels.
Words = Callable[[Texts], str]

CHOSEN: Mapping[str | int, str] = {0: "Not chosen", 1: "Chosen"}


@dataclass(frozen=True)
class Variable:
    """One item of an instrument in all its versions."""

    columns: Sequence[Column]
    choices: Sequence[str]  #: Codes of all versions; those that mean don't know left out.
    codes: Mapping[Reason, int]
    words: Words

    def cells(self, item: Item | None, answer: Answer | None) -> list[Cell]:
        """What was answered to `item`, as worded for this participant; None: it was not asked."""
        if item is None:
            return [None] * len(self.columns)
        missing = self.codes.get(answer.kind if answer else None)
        value = answer.value if answer else None
        single = None if isinstance(value, list) else value
        match item.type:
            case ItemType.TEXT:
                return [single]
            case ItemType.SELECT_ONE:
                label = label_of(item, answer, self.words)
                return [missing if single is None else single, label]
            case ItemType.SELECT_MULTIPLE:
                label = label_of(item, answer, self.words)
                if isinstance(value, list):  # a choice that this version did not offer stays empty
                    offered = (item.choice(code) for code in self.choices)
                    return [
                        *(int(choice.code in value) if choice else None for choice in offered),
                        label,
                    ]
                return [*([missing if answer else None] * len(self.choices)), label]
            case _:
                return [missing if single is None else single]


def variable(name: str, wordings: Sequence[Item], words: Words) -> Variable:
    """The columns, named after `name`, of an item with these `wordings`, the newest first."""
    newest = wordings[0]
    codes = missing_codes(wordings)
    choices: dict[str, ItemChoice] = {}
    for item in wordings:
        for choice in item.choices:
            if choice.missing is None:
                choices.setdefault(choice.code, choice)
    label = words(newest.label)
    missing = {code: missing_label(newest, reason, words) for reason, code in codes.items()}
    match newest.type:
        case ItemType.TEXT:
            columns = [Column(name, label)]
        case ItemType.SELECT_ONE:
            labels: Mapping[str | int, str] = {
                code: words(choice.label) for code, choice in choices.items()
            }
            columns = [Column(name, label, ColumnType.CODE, labels, missing)]
            columns.append(Column(f"{name}_label", label))
        case ItemType.SELECT_MULTIPLE:
            del missing[codes[None]]  # what was not reached is empty there
            columns = [
                Column(
                    f"{name}_{code}",
                    f"{label}: {words(choice.label)}",
                    ColumnType.NUMBER,
                    CHOSEN,
                    missing,
                )
                for code, choice in choices.items()
            ]
            in_words = f"{name}_label_" if "label" in choices else f"{name}_label"
            columns.append(Column(in_words, label))
        case _:
            columns = [Column(name, label, ColumnType.NUMBER, missing=missing)]
    return Variable(columns, tuple(choices), codes, words)


def label_of(item: Item, answer: Answer | None, words: Words) -> str | None:
    """What was said to a select item, in words; None where nothing was said, or to another item."""
    if answer is None or not item.choices:
        return None
    if answer.kind is AnswerKind.VALUE:
        codes = answer.value if isinstance(answer.value, list) else [answer.value]
        return "; ".join(words(choice.label) for choice in item.choices if choice.code in codes)
    return None if answer.kind is AnswerKind.SKIPPED else missing_label(item, answer.kind, words)


def missing_label(item: Item, reason: Reason, words: Words) -> str:
    """The questionnaire's own words for `reason` if a choice means it."""
    own = (choice for choice in item.choices if reason and choice.missing is reason)
    return next((words(choice.label) for choice in own), LABELS[reason])
