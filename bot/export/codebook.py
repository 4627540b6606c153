"""The codebook: what each item asked, in every language, and how often each code was given.

Every count is fit for publication (bot/export/disclosure.py). What the counts of one item add up to
is the number of people who began a version that has it, less those to whom it was not relevant: who
were asked. Percentages are of these.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.conversation.state import Deliberation
from bot.domain.questionnaire import AnswerKind, Item, ItemType, Texts
from bot.domain.xpath import string
from bot.export.columns import Column
from bot.export.disclosure import FEWEST, Hidden, Shown, publish_parts, small
from bot.export.instruments import Instrument, ItemKey
from bot.export.missing import INVALID, LABELS, Reason
from bot.export.tally import ItemTally, Tally, counts_points
from bot.export.variables import Variable, Words
from bot.export.wide import Wide

#: Why an item that was asked has no value, in this order. None: not reached.
_REASONS: Sequence[Reason] = (
    *(AnswerKind.DONT_KNOW, AnswerKind.REFUSED, AnswerKind.SKIPPED),
    *(INVALID, None),
)

#: Of the reasons that leave a cell empty.
_EMPTY: Mapping[Reason, str] = {AnswerKind.SKIPPED: "Passed over", INVALID: "Not a valid answer"}


class BookFormat(StrEnum):
    """What a codebook is written as. Each is also the file's suffix."""

    MD = "md"  #: Markdown.
    XLSX = "xlsx"  #: Excel.


@dataclass(frozen=True)
class Code:
    """One code of an item, or one reason for which it has no value."""

    code: str  #: As files have it; empty for a reason that leaves the cell empty.
    labels: Texts
    number: int | None  #: What stands for it in SPSS and Stata, where it is a number there.
    count: Shown
    reason: str = ""  #: Why there is no value; empty for a code that is one.


@dataclass(frozen=True)
class Figures:
    """Of numbers. None where a figure would tell of a few people."""

    mean: float
    least: float | None
    most: float | None


@dataclass(frozen=True)
class Entry:
    """One item of an instrument in all its versions."""

    instrument: str
    item: Item  #: The newest wording.
    columns: Sequence[Column]  #: Of the wide shape.
    versions: Sequence[tuple[str, int]]  #: Code and number of those that have it, the newest first.
    asked: Shown
    answered: Shown
    not_relevant: Shown
    codes: list[Code]
    missing: list[Code]
    figures: Figures | None


@dataclass(frozen=True)
class Codebook:
    """All that a codebook tells, in whatever form."""

    deliberation: str
    title: Texts
    languages: Sequence[str]  #: Of the wordings.
    instruments: Sequence[Instrument]
    entries: Sequence[Entry]


def codebook(
    whose: Deliberation,
    instruments: Sequence[Instrument],
    tally: Tally,
    words: Words,
    languages: Sequence[str],
) -> Codebook:
    """Of what was counted of `instruments`. `words` are those of the labels in files."""
    variables = Wide(whose.code, instruments, words).variables
    entries = [
        _entry(instrument, key, variable, tally.of(instrument.code, key))
        for instrument in instruments
        for key, variable in variables[instrument.code].items()
    ]
    return Codebook(whose.code, whose.title, languages, instruments, entries)


def _entry(instrument: Instrument, key: ItemKey, variable: Variable, tally: ItemTally) -> Entry:
    wordings = instrument.items[key]
    offered = _offered(wordings, variable)
    chosen = [tally.codes[code.code] for code in offered]
    several = key.type is ItemType.SELECT_MULTIPLE  # whose codes add up to nothing
    values = chosen if offered and not several else [tally.answered]
    reasons = [tally.missing[reason] for reason in _REASONS]
    shown = publish_parts([*values, *reasons, tally.not_relevant])
    of_values, of_reasons, not_relevant = shown[: len(values)], shown[len(values) : -2], shown[-2]
    if small(tally.asked):
        asked: Shown = Hidden.FEW
    else:
        asked = Hidden.WITHHELD if isinstance(not_relevant, Hidden) else tally.asked
    answered = of_values[0]
    if values is chosen:
        known = _all_shown(of_values) or _all_shown([asked, *of_reasons])
        answered = tally.answered if known else Hidden.WITHHELD
    if several:
        of_values = [_chosen(count, tally.answered, answered) for count in chosen]
    return Entry(
        instrument=instrument.code,
        item=wordings[0],
        columns=variable.columns,
        versions=[
            (form.code, form.version)
            for form in instrument.versions
            if any(ItemKey.of(item) == key for item in form.variables)
        ],
        asked=asked,
        answered=answered,
        not_relevant=not_relevant,
        codes=[replace(code, count=n) for code, n in zip(offered, of_values, strict=False)],
        missing=[
            _why(wordings[0], variable, reason, count)
            for reason, count in zip(_REASONS, of_reasons, strict=True)
        ],
        figures=_figures(tally) if _all_shown([answered, *of_values]) else None,
    )


def _offered(wordings: Sequence[Item], variable: Variable) -> list[Code]:
    """Codes of all versions with their newest labels, not counted yet."""
    if counts_points(wordings):
        points = {point for item in wordings if item.scale for point in item.scale.points()}
        return [Code(string(point), {}, None, 0) for point in sorted(points)]
    numbers = variable.columns[0].numbers
    labels: dict[str, Texts] = {}
    for item in wordings:
        for choice in item.choices:
            labels.setdefault(choice.code, choice.label)
    return [Code(code, labels[code], numbers.get(code), 0) for code in variable.choices]


def _chosen(count: int, answered: int, published: Shown) -> Shown:
    """How many chose it, unless that tells of a few who did not.

    `published` is what is shown of `answered`.
    """
    if small(count):
        return Hidden.FEW
    if count and (isinstance(published, Hidden) or small(answered - count)):
        return Hidden.WITHHELD
    return count


def _why(item: Item, variable: Variable, reason: Reason, count: Shown) -> Code:
    own = next((c.label for c in item.choices if reason and c.missing == reason), {})
    declared = variable.codes.get(reason)
    if declared not in variable.columns[0].missing:
        declared = None
    code = "" if declared is None else str(declared)
    return Code(code, own, declared, count, {**LABELS, **_EMPTY}[reason])


def _figures(tally: ItemTally) -> Figures | None:
    """The least and the most only where several gave it: each is what a person said."""
    numbers = tally.numbers
    if numbers.count < FEWEST:
        return None
    return Figures(
        numbers.mean,
        None if numbers.least_count < FEWEST else numbers.least,
        None if numbers.most_count < FEWEST else numbers.most,
    )


def _all_shown(counts: Iterable[Shown]) -> bool:
    return not any(isinstance(count, Hidden) for count in counts)
