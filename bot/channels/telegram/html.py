"""Styled text as Telegram's HTML: https://core.telegram.org/bots/api#html-style."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from bot.channels.markdown import Link, Mark, Run, Style, read, split

#: "1-4096 characters after entities parsing", https://core.telegram.org/bots/api#sendmessage
LONGEST_TEXT = 4096
#: Characters of markup in one message. Not in the manual: above some 9,500 Telegram refuses with
#: ENTITIES_TOO_LONG, https://github.com/tdlib/telegram-bot-api/issues/165
MOST_MARKUP = 9000

_TAGS = {
    Style.BOLD: "b",
    Style.ITALIC: "i",
    Style.STRUCK: "s",
    Style.CODE: "code",
    Style.CODE_BLOCK: "pre",
    Style.QUOTE: "blockquote",
}


@lru_cache(maxsize=256)  # The same briefing or broadcast goes to thousands.
def parts_of_markdown(text: str, limit: int = LONGEST_TEXT) -> tuple[str, ...]:
    return tuple(parts(read(text), limit))


@lru_cache(maxsize=1024)  # The same item is put to thousands.
def parts_of_plain(text: str, limit: int = LONGEST_TEXT) -> tuple[str, ...]:
    return tuple(parts([Run(text)], limit))


def parts(runs: Sequence[Run], limit: int = LONGEST_TEXT) -> list[str]:
    """The HTML of as many messages as it takes, each with balanced tags."""
    made = []
    for part in split(runs, limit):
        html = write(part)
        if limit > 1 and len(html) - sum(len(run.text) for run in part) > MOST_MARKUP:
            made += parts(part, limit // 2)
        else:
            made.append(html)
    return made


def write(runs: Sequence[Run]) -> str:
    html: list[str] = []
    open_marks: tuple[Mark, ...] = ()
    for run in (*runs, Run("")):
        kept = 0
        while open_marks[kept : kept + 1] == run.marks[kept : kept + 1] != ():
            kept += 1
        html += [f"</{_tag(mark)}>" for mark in reversed(open_marks[kept:])]
        html += [_start(mark) for mark in run.marks[kept:]]
        html.append(escape(run.text, quote=False))
        open_marks = run.marks
    return "".join(html)


def _tag(mark: Mark) -> str:
    return "a" if isinstance(mark, Link) else _TAGS[mark]


def _start(mark: Mark) -> str:
    return f'<a href="{escape(mark.href)}">' if isinstance(mark, Link) else f"<{_tag(mark)}>"
