"""The choices of a message as Telegram's inline keyboard."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import Any

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.numbering import is_number, numbered
from bot.channels.telegram.plain import in_words
from bot.conversation.messages import Choice, Link
from bot.domain.delivery import Rejected

log = structlog.get_logger()

#: Of callback_data: https://core.telegram.org/bots/api#inlinekeyboardbutton
MOST_BYTES = 64
#: A label this short is a point of a scale, and so is a number of up to `NUMBER` characters.
POINT, NUMBER = 3, 6
#: So many points share a row that a phone shows each in full: of long scales, and of wide points.
POINTS, MANY_POINTS, WIDE_POINTS = 6, 7, 4
#: Two labels this short share a row.
SHORT = 14
#: Phones cut longer labels off.
LEGIBLE = 32


def spelled_out(choices: Sequence[Choice]) -> str:
    """The answers in full, numbered as they may be typed, if a phone cuts one of their buttons."""
    labels = [choice.label for choice in choices if not choice.aside]
    if all(_length(label) <= LEGIBLE for label in labels):
        return ""
    return "\n\n" + "\n".join(numbered(labels))


def keyboard(choices: Sequence[Choice], link: Link | None = None) -> InlineKeyboardMarkup | None:
    """None without choices and link. Raise `Rejected` for a value that Telegram cannot carry."""
    answers = [choice for choice in choices if not choice.aside]
    asides = [choice for choice in choices if choice.aside]
    rows: list[Sequence[Choice]] = []
    for is_point, group in groupby(answers, lambda choice: _is_point(choice.label)):
        layout = _scale if is_point else _column
        rows += layout(list(group))
    rows += _column(asides)
    buttons = [[_button(choice) for choice in row] for row in rows]
    if link:
        buttons.append([InlineKeyboardButton(link.label, url=link.url)])
    return InlineKeyboardMarkup(buttons) if buttons else None


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Made once for all who are asked the same."""

    markup: InlineKeyboardMarkup | None  #: None if Telegram cannot carry it.
    fields: Mapping[str, Any]  #: As the Bot API takes it.
    words: str  #: What the buttons say, for where there can be none.


_MARK = re.compile(r"^(✓|\d+\.) ")


@lru_cache(maxsize=1024)
def keyboard_of(choices: tuple[Choice, ...], link: Link | None) -> Keyboard | None:
    if not choices and link is None:
        return None
    try:
        markup = keyboard(choices, link)
    except Rejected as rejected:
        log.warning("a question goes without buttons", reason=rejected.reason)
        markup = None
    return Keyboard(markup, markup.to_dict() if markup else {}, in_words(choices, link))


def _is_point(label: str) -> bool:
    return _length(label) <= (NUMBER if is_number(label) else POINT)


def _length(label: str) -> int:
    """Without a tick or a rank, so that pressing a button does not move the others."""
    return len(_MARK.sub("", label))


def _scale(points: Sequence[Choice]) -> Iterator[Sequence[Choice]]:
    """Rows of nearly the same length: seven points are 4 and 3, not 6 and 1."""
    most = MANY_POINTS if len(points) > 2 * POINTS else POINTS
    if any(len(point.label) > POINT for point in points):
        most = WIDE_POINTS
    rows = ceil(len(points) / most)
    return _rows_of(points, ceil(len(points) / rows))


def _column(choices: Sequence[Choice]) -> Iterator[Sequence[Choice]]:
    at = 0
    while at < len(choices):
        pair = choices[at : at + 2]
        row = pair if all(_length(choice.label) <= SHORT for choice in pair) else pair[:1]
        yield row
        at += len(row)


def _rows_of(choices: Sequence[Choice], size: int) -> Iterator[Sequence[Choice]]:
    return (choices[at : at + size] for at in range(0, len(choices), size))


def _button(choice: Choice) -> InlineKeyboardButton:
    if not 1 <= len(choice.value.encode()) <= MOST_BYTES:
        raise Rejected(f"the value of a choice has not 1 to {MOST_BYTES} bytes, Telegram's limit")
    return InlineKeyboardButton(choice.label, callback_data=choice.value)
