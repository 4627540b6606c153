"""Texts as files can hold them, and no longer than a format allows."""

import unicodedata
from datetime import date, datetime

from bot.domain.xpath import string
from bot.export.columns import Cell

#: Stands for what a format cannot hold: half a surrogate pair, which a phone may send, or a NUL.
SUBSTITUTE = "?"

ZERO_WIDTH_JOINER = "\u200d"


def as_text(cell: Cell) -> str:
    """Times and days as ISO 8601, times with `Z`; numbers without an exponent; None as nothing."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case int():
            return str(cell)
        case datetime():
            return f"{cell.isoformat(timespec='seconds')[:19]}Z"
        case date():
            return cell.isoformat()
    return string(cell)


def encodable(text: str) -> str:
    """`text` with a substitute for each half of a surrogate pair: UTF-8 has no bytes for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def without_nul(text: str) -> str:
    """`text` for a format in which a NUL ends it."""
    return encodable(text).replace("\0", SUBSTITUTE)


def cut_bytes(text: str, limit: int) -> str:
    """The longest beginning of `text` that takes at most `limit` bytes of UTF-8."""
    return _cut(text, len(text.encode()[:limit].decode(errors="ignore")))


def cut_characters(text: str, limit: int) -> str:
    """The longest beginning of `text` of at most `limit` code points."""
    return _cut(text, limit)


def _cut(text: str, end: int) -> str:
    """Before `end` if what stands there would lose its accent, skin tone or half of its emoji."""
    if end >= len(text):
        return text
    whole = end
    while whole > 0 and (_joins(text[whole]) or text[whole - 1] == ZERO_WIDTH_JOINER):
        whole -= 1
    return text[: whole or end]


def _joins(character: str) -> bool:
    """Whether it belongs to the character before: a mark, a joiner, or a skin tone."""
    return (
        unicodedata.category(character).startswith("M")
        or character == ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
