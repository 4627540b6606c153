"""The sheet `choices`: lists of options, each in every language."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.channel_limits import CHANNEL_LIMITS
from bot.domain.questionnaire import ANY_LANGUAGE, AnswerKind, ItemChoice
from bot.domain.words import bare, folded
from bot.packs.columns import Entry, Known, entries
from bot.packs.faults import Report, shown, suggestion
from bot.packs.sheets import Sheet

#: Fits a statistics package's value labels, and a button's data next to the item's name.
CHOICE_CODE = re.compile(r"[a-z0-9_]{1,24}")

MOST_CHOICES = 1000  #: Of a list: far more than anybody can look through.

COLUMNS = Known(
    plain=frozenset({"list_name", "name", "missing", "spss_code", "alias"}),
    worded=frozenset({"label", "alias"}),
    gappy=frozenset({"alias"}),
    refused=frozenset({"media", "media::image", "media::audio", "media::video", "big-image"}),
    keeps_others=True,
)

_MISSING = {"": None, "dont_know": AnswerKind.DONT_KNOW, "refused": AnswerKind.REFUSED}

_BETWEEN_ALIASES = re.compile(r"[|;\n]")

_NUMBER = re.compile(r"-?[0-9]{1,9}")

Lists = Mapping[str, tuple[ItemChoice, ...]]


@dataclass(slots=True)
class _List:
    """A list while it is read."""

    name: str
    choices: dict[str, ItemChoice] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)  #: Of the choices, doubled ones among them.
    labels: set[tuple[str, str]] = field(default_factory=set)  #: Language and folded label.
    numbers: set[int] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)


def read_choices(
    sheet: Sheet, languages: Sequence[str], channels: Collection[str], report: Report
) -> Lists:
    """List name → its choices, in the order of the sheet."""
    lists: dict[str, _List] = {}
    for entry in entries(sheet, COLUMNS, languages, report):
        if not entry.cell("list_name"):
            report("the choice belongs to no list: fill 'list_name'.", entry.row)
        name = entry.cell("list_name")
        _add(lists.setdefault(name, _List(name)), entry, report)
    for one in lists.values():
        _check_numbers(one, report)
        _check_aliases(one, report)
        _check_lengths(one, channels, report)
        if len(one.rows) > MOST_CHOICES:
            report(
                f"the list '{one.name}' has {len(one.rows):,} choices, {MOST_CHOICES:,} is the "
                "most. Ask in steps, with a choice_filter.",
                one.rows[MOST_CHOICES],
            )
    return {name: tuple(one.choices.values()) for name, one in lists.items()}


def check_spelling(lists: Lists, used: Collection[str], report: Report) -> None:
    """A list that no item uses, with a name much like one in use, has lost choices by a slip."""
    for name in lists:
        if name and name not in used and (near := suggestion(name, used)):
            report(f"no item uses the list '{name}'.{near}")


def _add(into: _List, entry: Entry, report: Report) -> None:
    choice = _choice(entry, report)
    if choice.code and choice.code in into.choices:
        report(f"the list has two choices named '{choice.code}'.", entry.row)
    for language, label in choice.label.items():
        if (language, folded(label)) in into.labels:
            report(
                f"the list has two choices '{shown(label)}': typed, nobody knows which.", entry.row
            )
        into.labels.add((language, folded(label)))
    if choice.number is not None:
        if choice.number in into.numbers:
            report(f"the list has two choices with the spss_code {choice.number}.", entry.row)
        into.numbers.add(choice.number)
    into.choices[choice.code] = choice
    into.rows.append(entry.row)
    into.entries.append(entry)


def _choice(entry: Entry, report: Report) -> ItemChoice:
    code = entry.cell("name")
    if not code:
        report("the choice has no name.", entry.row)
    elif not CHOICE_CODE.fullmatch(code):
        report(f"the name '{shown(code)}' must be 1 to 24 of a-z, 0-9 and _.", entry.row)
    missing = entry.cell("missing")
    if missing not in _MISSING:
        report(f"'missing' is dont_know, refused or empty, not '{shown(missing)}'.", entry.row)
    label = entry.wording("label")
    if not label:
        report("the choice has no label.", entry.row)
    for language, words in label.items():
        if "${" in words:
            report(
                f"the label in '{language}' quotes an answer with ${{...}}, which a choice cannot. "
                "Quote it in the question.",
                entry.row,
            )
    return ItemChoice(
        code,
        dict(label),
        _MISSING.get(missing),
        _number(entry, report),
        dict(entry.others),
        _aliases(entry),
    )


def _aliases(entry: Entry) -> dict[str, tuple[str, ...]]:
    """Language → other names. Two choices may share one: then both are offered to who types it."""
    cells = {ANY_LANGUAGE: entry.cell("alias"), **entry.wording("alias")}
    return {
        language: aliases
        for language, cell in cells.items()
        if (aliases := tuple(filter(None, map(str.strip, _BETWEEN_ALIASES.split(cell)))))
    }


def _number(entry: Entry, report: Report) -> int | None:
    written = entry.cell("spss_code")
    if not written:
        return None
    if entry.cell("missing"):
        report("a choice with 'missing' gets its number by itself: empty 'spss_code'.", entry.row)
    elif _NUMBER.fullmatch(written):
        return int(written)
    else:
        report(f"'spss_code' is a whole number, not '{shown(written)}'.", entry.row)
    return None


def _check_numbers(one: _List, report: Report) -> None:
    if one.numbers:
        for entry in one.entries:
            if not entry.cell("spss_code") and not entry.cell("missing"):
                report(
                    f"other choices of the list '{one.name}' have a spss_code: give this one "
                    "a number, too.",
                    entry.row,
                )


def _check_aliases(one: _List, report: Report) -> None:
    """An alias that is the label of another choice would never count: labels go before."""
    labelled: dict[tuple[str, str], str] = {}
    for choice in one.choices.values():
        labelled |= {(spoken, bare(label)): choice.code for spoken, label in choice.label.items()}
    for entry in one.entries:
        for language, aliases in _aliases(entry).items():
            for alias in aliases:
                spoken = entry.wording("label") if language == ANY_LANGUAGE else (language,)
                others = {labelled.get((each, bare(alias))) for each in spoken}
                if not bare(alias):
                    report(f"the alias '{shown(alias)}' has neither letters nor digits.", entry.row)
                elif others - {None, entry.cell("name")}:
                    report(f"the alias '{shown(alias)}' is another choice's label.", entry.row)


def _check_lengths(one: _List, channels: Collection[str], report: Report) -> None:
    for limits in (CHANNEL_LIMITS[channel] for channel in channels):
        longest = limits.choice_label(len(one.rows))
        if longest is None:
            continue
        for entry in one.entries:
            for language, words in entry.wording("label").items():
                if len(words) > longest:
                    report(
                        f"the label in '{language}' has {len(words):,} characters, {longest} is "
                        f"the most on {limits.name}, with {len(one.rows):,} choices. Shorten it."
                        if limits.button
                        else f"the label in '{language}' has {len(words):,} characters, "
                        f"{longest} is the most on {limits.name}. Shorten it.",
                        entry.row,
                    )
