"""Markdown as runs of styled text, which a channel cuts to its limit and writes in its markup."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token


class Style(StrEnum):
    BOLD = "bold"
    ITALIC = "italic"
    STRUCK = "struck"
    CODE = "code"
    CODE_BLOCK = "code block"  #: Stands alone on its lines.
    QUOTE = "quote"  #: Never inside another; holds whole paragraphs.


@dataclass(frozen=True, slots=True)
class Link:
    href: str


Mark = Style | Link


@dataclass(frozen=True, slots=True)
class Run:
    """Some characters that share their marks, the outermost first. Code bears none but a quote."""

    text: str
    marks: tuple[Mark, ...] = ()


RULE = "──────────"
LINK_SCHEMES = {"http", "https", "mailto", "tg"}
LONGEST_HREF = 2048

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
_STYLES = {
    "heading": Style.BOLD,
    "blockquote": Style.QUOTE,
    "strong": Style.BOLD,
    "em": Style.ITALIC,
    "s": Style.STRUCK,
}


def read(markdown: str) -> list[Run]:
    """CommonMark with ~~strikethrough~~. Pictures are left out, since media go beside the text;
    HTML stands for itself; a link that is none of LINK_SCHEMES is plain words."""
    reader = _Reader()
    for token in _PARSER.parse(markdown):
        reader.take(token)
    return reader.runs


class _Reader:
    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._marks: list[Mark | None] = []
        self._lists: list[int | None] = []  # the next number; None for bullets
        self._bullet = ""
        self._gap = ""

    def take(self, token: Token) -> None:
        name, _, edge = token.type.rpartition("_")
        match name, edge:
            case "heading" | "blockquote" | "strong" | "em" | "s", "open":
                self._marks.append(_STYLES[name])
            case "link", "open":
                self._marks.append(_link(str(token.attrGet("href"))))
            case "bullet_list", "open":
                self._lists.append(None)
            case "ordered_list", "open":
                start = token.attrGet("start")
                self._lists.append(1 if start is None else int(start))
            case "list_item", "open":
                self._begin_item()
            case "bullet_list" | "ordered_list", "close":
                self._lists.pop()
                if not self._lists:
                    self._gap = "\n\n"
            case "strong" | "em" | "s" | "link" | "blockquote", "close":
                self._marks.pop()
            case "heading", "close":
                self._marks.pop()
                self._gap = "\n\n"
            case "paragraph", "close":
                self._gap = "\n" if token.hidden else "\n\n"
            case _:
                self._take_content(token)

    def _take_content(self, token: Token) -> None:
        match token.type:
            case "inline":
                for child in token.children or ():
                    self.take(child)
            case "text":
                self._write(token.content)
            case "softbreak":
                self._write(" ")
            case "hardbreak":
                self._write("\n")
            case "code_inline":
                self._write(token.content, Style.CODE)
            case "fence" | "code_block":
                self._write(token.content.rstrip("\n"), Style.CODE_BLOCK)
                self._gap = "\n\n"
            case "hr":
                self._write(RULE)
                self._gap = "\n\n"

    def _begin_item(self) -> None:
        number = self._lists[-1]
        indent = "  " * (len(self._lists) - 1)
        self._bullet = f"{indent}• " if number is None else f"{indent}{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _write(self, text: str, code: Style | None = None) -> None:
        if not text:
            return
        around = (Style.QUOTE,) if Style.QUOTE in self._marks else ()
        inside = dict.fromkeys(mark for mark in self._marks if mark)
        marks = (*around, code) if code else tuple(inside)
        if self._gap and self.runs:
            same_quote = Style.QUOTE in self.runs[-1].marks
            self.runs.append(Run(self._gap, around if same_quote else ()))
        if self._bullet:
            self.runs.append(Run(self._bullet, around))
        self._gap = self._bullet = ""
        self.runs.append(Run(text, marks))


def _link(href: str) -> Link | None:
    fits = len(href) <= LONGEST_HREF and urlsplit(href).scheme in LINK_SCHEMES
    return Link(href) if fits else None


# cutting

#: Where to cut, best first: between paragraphs, lines, sentences, words.
_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…؟।。！？])\s|(?<=[。！？])"),
    re.compile(r"\s"),
)


def split(runs: Sequence[Run], limit: int) -> list[list[Run]]:
    """Cut into parts of at most `limit` UTF-16 code units, which no platform counts as more.

    Nothing is lost but the white space at the cuts; white space alone makes no part.
    """
    text = "".join(run.text for run in runs)
    return [list(_between(runs, start, end)) for start, end in _ranges(text, limit)]


def clip(text: str, limit: int) -> str:
    """At most `limit` UTF-16 code units of `text`, cut after a word where there is one, with an
    ellipsis for what is missing."""
    if _fitting(text, limit) == len(text):
        return text
    end = _fitting(text, limit - 1)
    return text[: _cut(text[: end + 1], _BREAKS[-1:])].rstrip() + "…"


def _ranges(text: str, limit: int) -> Iterator[tuple[int, int]]:
    start, last = 0, len(text.rstrip())
    while start < last:
        start += len(text[start:last]) - len(text[start:last].lstrip())
        end = min(last, start + _fitting(text[start : start + limit], limit))
        if end < last:
            end = start + _cut(text[start : end + 1])
        yield start, start + len(text[start:end].rstrip())
        start = end


def _fitting(text: str, limit: int) -> int:
    """How many characters from the beginning, one at least, make at most `limit` UTF-16 units."""
    if len(text) <= limit // 2:
        return len(text)
    units = text.encode("utf-16-le")[: 2 * limit]
    return max(1, len(units.decode("utf-16-le", "ignore")))


def _cut(window: str, breaks: Sequence[re.Pattern[str]] = _BREAKS) -> int:
    """Where to end a part, given the characters that fit and the next one."""
    most = len(window) - 1
    for pattern in breaks:
        places = [found.start() for found in pattern.finditer(window)]
        # A much shorter part would be worse than a worse place.
        if fine := [place for place in places if most // 4 < place <= most]:
            return fine[-1]
    end = most
    while end > 1 and (_joins(window[end]) or window[end - 1] == "\u200d"):
        end -= 1
    return end if end > 1 else most


def _joins(character: str) -> bool:
    """Whether it belongs to the character before it: an accent, a part of an emoji."""
    return character == "\u200d" or unicodedata.category(character).startswith("M")


def _between(runs: Sequence[Run], start: int, end: int) -> Iterator[Run]:
    at = 0
    for run in runs:
        if text := run.text[max(0, start - at) : max(0, end - at)]:
            yield Run(text, run.marks)
        at += len(run.text)
