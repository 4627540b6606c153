"""The sheet `choices`: lists of options, each in every language."""

import re
from collections.abc import Mapping, Sequence

from bot.domain.questionnaire import AnswerKind, Item, ItemChoice
from bot.domain.words import folded
from bot.packs.columns import Entry, Known, entries
from bot.packs.faults import Report, suggestion
from bot.packs.sheets import Sheet
from bot.packs.wordings import check_wordings

#: Fits a statistics package's value labels, and a button's data next to the item's name.
CHOICE_CODE = re.compile(r"[a-z0-9_]{1,24}")

LONGEST_LABEL = 64  #: Characters: what a button shows on a phone without cutting it.

COLUMNS = Known(frozenset({"list_name", "name", "missing"}), frozenset({"label"}))

_MISSING = {"": None, "dont_know": AnswerKind.DONT_KNOW, "refused": AnswerKind.REFUSED}

Lists = Mapping[str, tuple[ItemChoice, ...]]


def read_choices(sheet: Sheet, languages: Sequence[str], report: Report) -> Lists:
    """List name → its choices, in the order of the sheet."""
    lists: dict[str, dict[str, ItemChoice]] = {}
    for entry in entries(sheet, COLUMNS, languages, report):
        if not entry.cell("list_name"):
            report("the choice belongs to no list: fill 'list_name'.", entry.row)
        choices = lists.setdefault(entry.cell("list_name"), {})
        choice = _choice(entry, report)
        if choice.code in choices:
            report(f"the list has two choices named '{choice.code}'.", entry.row)
        for language, label in choice.label.items():
            if any(folded(label) == folded(c.label.get(language, "")) for c in choices.values()):
                report(f"the list has two choices '{label}': typed, nobody knows which.", entry.row)
        choices[choice.code] = choice
    return {name: tuple(choices.values()) for name, choices in lists.items()}


def check_spelling(lists: Lists, items: Sequence[Item], report: Report) -> None:
    """A list that no item uses, with a name much like one in use, has lost choices by a slip."""
    asked = [item.choices for item in items]
    used = [name for name, choices in lists.items() if choices in asked]
    for name in lists:
        if name and name not in used and (near := suggestion(name, used)):
            report(f"no item uses the list '{name}'.{near}")


def _choice(entry: Entry, report: Report) -> ItemChoice:
    code = entry.cell("name")
    if not CHOICE_CODE.fullmatch(code):
        report(f"the name '{code}' must be 1 to 24 of a-z, 0-9 and _.", entry.row)
    missing = entry.cell("missing")
    if missing not in _MISSING:
        report(f"'missing' is dont_know, refused or empty, not '{missing}'.", entry.row)
    label = entry.wording("label")
    if not label:
        report("the choice has no label.", entry.row)
    check_wordings(entry, "label", LONGEST_LABEL, report)
    return ItemChoice(code, dict(label), _MISSING.get(missing))
