"""The column `default`: an answer offered before one is given, kept as an expression."""

import re
from collections.abc import Sequence
from datetime import date

from bot.domain.expression import ARITY
from bot.domain.questionnaire import CHOSEN_FROM_LIST, ItemChoice, ItemType, Scale
from bot.domain.reading import LONGEST_TEXT
from bot.packs.faults import Report, shown

_CALL = re.compile(r"(?<![\w-])([a-z][a-z0-9-]*)\(")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def default_source(
    written: str,
    kind: ItemType,
    choices: Sequence[ItemChoice],
    scale: Scale | None,
    row: int,
    report: Report,
) -> str:
    """The expression for `written`, after noting a literal that is no answer to the item."""
    calls = {call[1] for call in _CALL.finditer(written)}
    if "${" in written or calls & set(ARITY) or (calls and kind is not ItemType.TEXT):
        return written
    if problem := _problem(written, kind, choices, scale):
        report(f"'default' is '{shown(written)}', {problem}.", row)
    return literal(written)


def literal(text: str) -> str:
    """An expression that gives `text`. XPath has no escapes in its quotes."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat({})".format(', "\'", '.join(f"'{part}'" for part in text.split("'")))


def _problem(
    written: str, kind: ItemType, choices: Sequence[ItemChoice], scale: Scale | None
) -> str | None:
    if kind in CHOSEN_FROM_LIST:
        codes = [choice.code for choice in choices if choice.missing is None]
        wanted = [written] if kind is ItemType.SELECT_ONE else written.split()
        wrong = [code for code in wanted if code not in codes]
        return f"but no choice has the name '{shown(wrong[0])}'" if wrong and choices else None
    match kind:
        case ItemType.DATE if not _is_date(written):
            return "which is no date. Write it as 2027-03-31"
        case ItemType.INTEGER if not _NUMBER.fullmatch(written) or "." in written:
            return "which is no whole number"
        case ItemType.DECIMAL | ItemType.RANGE if not _NUMBER.fullmatch(written):
            return "which is no number"
        case ItemType.RANGE if scale and float(written) not in scale:
            return "which is no point of the range"
        case ItemType.TEXT if len(written) > LONGEST_TEXT:
            return f"which is longer than {LONGEST_TEXT:,} characters"
    return None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
