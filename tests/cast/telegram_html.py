"""Telegram's HTML: its tags and character references, read as strictly as its manual puts it.

The rules are those of core.telegram.org/bots/api#html-style; errors are worded as Telegram's.
"""

import html
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.cast.telegram_errors import Refused, bad_request

ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}

_ATTRIBUTE = r"""\s+[^\s=>/"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9.-]+))?"""
_START_TAG = re.compile(rf"<([^\s>]+)((?:{_ATTRIBUTE})*)\s*>")
_END_TAG = re.compile(r"</([^\s>]*)\s*>")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")
_ATTRIBUTE_PARTS = re.compile(r"""([^\s=>/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[A-Za-z0-9.-]+))?""")


class Formatted(NamedTuple):
    """A text as it is shown, with what Telegram calls its entities, and the markup it came from."""

    text: str
    entities: list[dict[str, Any]]
    html: str


@dataclass
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int


@dataclass
class _Reader:
    markup: str
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    open_tags: list[_OpenTag] = field(default_factory=list)
    at: int = 0

    @property
    def where(self) -> str:
        return f"at byte offset {len(self.markup[: self.at].encode())}"

    def read(self) -> None:
        while self.at < len(self.markup):
            if self.markup.startswith("</", self.at):
                self.close_tag()
            elif self.markup[self.at] == "<":
                self.open_tag()
            elif self.markup[self.at] == "&":
                self.read_reference()
            else:
                self.text += self.markup[self.at]
                self.at += 1
        if self.open_tags:
            name = self.open_tags[-1].name
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{name}"')

    def read_reference(self) -> None:
        found = _REFERENCE.match(self.markup, self.at)
        if not found:
            # Telegram would show these characters as they stand, which nobody means to write;
            # its manual asks for every & to be replaced.
            raise _unparsable(f"Unsupported character reference {self.where}")
        self.text += html.unescape(found[0])
        self.at = found.end()

    def open_tag(self) -> None:
        name = re.split(r"[\s>]", self.markup[self.at + 1 :], maxsplit=1)[0].lower()
        found = _START_TAG.match(self.markup, self.at)
        if ">" in self.markup[self.at :] and name not in ENTITY_OF_TAG:
            raise _unparsable(f'Unsupported start tag "{name}" {self.where}')
        if not found:
            raise _unparsable(f"Unclosed start tag {self.where}")
        attributes = {
            part[1]: _REFERENCE.sub(lambda found: html.unescape(found[0]), _unquoted(part[2] or ""))
            for part in _ATTRIBUTE_PARTS.finditer(found[2])
        }
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" {self.where}')
        self.open_tags.append(_OpenTag(name, attributes, utf16_length(self.text)))
        self.at = found.end()

    def close_tag(self) -> None:
        if not self.open_tags:
            raise _unparsable(f"Unexpected end tag {self.where}")
        found = _END_TAG.match(self.markup, self.at)
        if not found:
            raise _unparsable(f"Unclosed end tag {self.where}")
        tag, name = self.open_tags[-1], found[1].lower()
        if name != tag.name:
            found_names = f'expected "</{tag.name}>", found "</{name}>"'
            raise _unparsable(f"Unmatched end tag {self.where}, {found_names}")
        self.open_tags.pop()
        length = utf16_length(self.text) - tag.offset
        if length:
            entity = {"type": ENTITY_OF_TAG[name], "offset": tag.offset, "length": length}
            self.entities.append(entity | self.details(tag))
        self.at = found.end()

    def details(self, tag: _OpenTag) -> dict[str, Any]:
        given = tag.attributes
        if tag.name == "a":
            return {"url": given.get("href", "")}
        if tag.name == "tg-emoji":
            if not given.get("emoji-id", "").isdigit():
                raise _unparsable("Invalid custom emoji identifier specified")
            return {"custom_emoji_id": given["emoji-id"]}
        if tag.name == "tg-time":
            return {"unix_time": int(given.get("unix", 0))}
        if tag.name == "blockquote" and "expandable" in given:
            return {"type": "expandable_blockquote"}
        return {}


def utf16_length(text: str) -> int:
    """Telegram's unit for the offset and length of an entity."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(markup: str) -> Formatted:
    """The text that Telegram shows for a markup; raises Refused where it cannot be parsed.

    Where Telegram would ignore an address that is no link, the link is dropped likewise.
    """
    reader = _Reader(markup)
    reader.read()
    entities = [e for e in reader.entities if e["type"] != "text_link" or _is_link(e["url"])]
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Formatted(reader.text, entities, markup)


def plain(text: str, entities: list[dict[str, Any]] | None = None) -> Formatted:
    """A text sent without parse_mode."""
    return Formatted(text, entities or [], html.escape(text, quote=False))


def _unparsable(problem: str) -> Refused:
    return bad_request(f"can't parse entities: {problem}")


def _unquoted(value: str) -> str:
    return value[1:-1] if value.startswith(('"', "'")) else value


def _is_link(url: str) -> bool:
    return "." in url or ":" in url
