"""A message as the mailbox keeps it: its words as safe HTML, its buttons, its file."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from bot.conversation.catalogue import FIRST_STRONG_ISOLATE, POP_ISOLATE
from bot.conversation.messages import Link, Outgoing
from bot.domain.languages import direction

#: Where links of a briefing may lead.
LINKS = ("http", "https", "mailto")

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_INDENTS = re.compile(r"^ +(?=\S)", re.MULTILINE)
_COMMANDS = re.compile(r"(?<![A-Za-z0-9/.:<])/[a-z]{2,}\b(?!/)")


def rendered(message: Outgoing, media_kind: str | None) -> dict[str, Any]:
    """The body of `message` for the mailbox, without what is empty.

    `media_kind` says what `message.media` is: `image`, `audio`, `video`, `file`; or None if it is
    not stored, and its words stand in.
    """
    words = message.text
    media = None
    if message.media and media_kind:
        media = {"digest": message.media, "kind": media_kind, "alt": message.media_alt}
    html = from_markdown(words) if message.markdown else from_plain(words)
    if message.link:
        html += _link_button(message.link)
    if message.media and not media_kind:
        html = from_plain(message.media_alt) + html
    body = {
        "html": html,
        "lang": message.language,
        "dir": direction(message.language),
        "key": message.key,
        "choices": [
            {"value": c.value, "label": c.label} | ({"aside": True} if c.aside else {})
            for c in message.choices
        ],
        "media": media,
        "document": message.document
        and {"filename": message.document.filename, "of": message.document.of},
        "replaces": message.replaces,
        "nothing_left": message.nothing_left or None,
        "anew": {"code": message.presents} if message.begins_anew else None,
    }
    return {name: value for name, value in body.items() if value not in ("", None, [])}


def _link_button(link: Link) -> str:
    return (
        f'<p><a class="link" href="{escape(link.url)}" target="_blank" rel="noopener noreferrer">'
        f"{escape(link.label)}</a></p>"
        if _is_safe_link(link.url)
        else ""
    )


def from_plain(words: str) -> str:
    """Every character stands for itself; blank lines part paragraphs, lines keep their indent."""
    lines = _INDENTS.sub(lambda indent: "\u00a0" * len(indent[0]), words.replace("\r\n", "\n"))
    paragraphs = _BLANK_LINES.split(lines.strip("\n"))
    return "".join(
        "<p>{}</p>".format(_shown(paragraph).replace("\n", "<br>"))
        for paragraph in paragraphs
        if paragraph.strip()
    )


def from_markdown(words: str) -> str:
    """CommonMark without HTML and pictures; links lead to `LINKS` only, and tell no origin."""
    return str(_MARKDOWN.render(words)).strip()


def _shown(words: str) -> str:
    """Escaped; and the slash of a command kept in front of it where a text runs from the right."""
    return escape(_COMMANDS.sub(rf"{FIRST_STRONG_ISOLATE}\g<0>{POP_ISOLATE}", words))


def _text(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    return _shown(tokens[index].content)


def _is_safe_link(url: str) -> bool:
    try:
        return urlsplit(url.strip()).scheme.lower() in LINKS
    except ValueError:
        return False


def _open_link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)


def _heading(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """The page has its own first heading: those of a message stand below it."""
    tokens[index].tag = f"h{min(int(tokens[index].tag[1]) + 1, 6)}"
    return renderer.renderToken(tokens, index, options, env)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).disable(
        ["image", "html_block", "html_inline"]
    )
    markdown.validateLink = _is_safe_link  # type: ignore[method-assign]
    markdown.add_render_rule("text", _text)
    markdown.add_render_rule("link_open", _open_link)
    markdown.add_render_rule("heading_open", _heading)
    markdown.add_render_rule("heading_close", _heading)
    return markdown


_MARKDOWN = _markdown()
