"""The plainer form of a message that Telegram refuses: no markup, no buttons, all in words."""

import re
from collections.abc import Sequence
from html import unescape
from http import HTTPStatus

from bot.channels.markdown import Run, split
from bot.channels.numbering import is_number, numbered
from bot.channels.telegram.failures import classify
from bot.channels.telegram.html import LONGEST_TEXT
from bot.channels.telegram.requests import Refused
from bot.conversation.messages import Choice, Link
from bot.domain.delivery import Rejected

_TAG = re.compile(r"<[^>]+>")


def is_of_content(refused: Refused) -> bool:
    """Whether another form of the same message may pass: it is no matter of pace, bot or person."""
    return refused.status == HTTPStatus.BAD_REQUEST and isinstance(classify(refused), Rejected)


def in_words(choices: Sequence[Choice], link: Link | None) -> str:
    """What stands on the buttons, numbered as it may be typed. The points of a scale are their own
    numbers, and then all else is typed by its words."""
    labels = [choice.label for choice in choices]
    if not any(is_number(choice.label) for choice in choices if not choice.aside):
        labels = numbered(labels)
    return "\n".join([*labels, *([f"{link.label}: {link.url}"] if link else [])])


def plain_parts(html: str, buttons: str) -> list[str]:
    """The texts of `html` with what was on its buttons below, in messages of half the length that
    is allowed, for the length may be what was refused."""
    text = "\n\n".join(filter(None, [unescape(_TAG.sub("", html)), buttons]))
    parts = split([Run(text)], LONGEST_TEXT // 2)
    return ["".join(run.text for run in part) for part in parts]
