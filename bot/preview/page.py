"""A preview as one HTML page: the web chat's looks, with pictures and styles inside it."""

import base64
import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.channels.webchat.page import FOLDER as WEBCHAT
from bot.channels.webchat.rendering import rendered
from bot.conversation.messages import Choice, Outgoing
from bot.domain.languages import direction
from bot.domain.questionnaire import Questionnaire
from bot.domain.words import label_in
from bot.preview.asking import Put

_POINT = re.compile(r"[-−+]?\d+([.,٫]\d+)?")


def page(questionnaire: Questionnaire, language: str, items: Sequence[Put], folder: Path) -> str:
    """`folder` is where media are found by their keys."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (WEBCHAT / "chat.css").read_text() + (Path(__file__).parent / "preview.css").read_text()
    return environment.get_template("page.html").render(
        language=language,
        dir=direction(language),
        title=label_in(questionnaire.title, language),
        code=questionnaire.code,
        style=Markup(style),
        items=[_put(put, folder) for put in items],
    )


def _put(put: Put, folder: Path) -> dict[str, Any]:
    return {
        "code": put.item.code,
        "type": put.item.type.value,
        "facts": put.facts,
        "messages": [_message(message, folder) for message in put.messages],
    }


def _message(message: Outgoing, folder: Path) -> dict[str, Any]:
    body = rendered(message, _kind(message.media) if message.media else None)
    media = body.get("media")
    if media:
        media = {**media, "url": _inside(folder / media["digest"])}
    proper = [choice for choice in message.choices if not choice.aside]
    aside = [choice for choice in message.choices if choice.aside]
    return {
        "html": Markup(body.get("html", "")),  # made safe by the web chat's rendering
        "lang": body["lang"],
        "dir": body["dir"],
        "media": media,
        "groups": [_group(group) for group in (proper, aside) if group],
    }


def _kind(name: str) -> str:
    return (mimetypes.guess_type(name)[0] or "image").partition("/")[0]


def _inside(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _group(choices: Sequence[Choice]) -> dict[str, Any]:
    """Buttons arranged as the web chat's script does it: a scale, a list, or side by side."""
    labels = [choice.label for choice in choices]
    across = None
    if choices[0].aside:
        shape = "aside"
    elif len(labels) > 3 and all(_POINT.fullmatch(label) for label in labels):
        shape = "scale"
        wide = any(len(label) > 4 for label in labels)
        across = (_even(len(labels), 8 if wide else 11), _even(len(labels), 4 if wide else 7))
    else:
        shape = "list" if any(len(label) > 14 for label in labels) else ""
    return {"labels": labels, "shape": shape, "across": across}


def _even(count: int, most: int) -> int:
    """How many to a row, so that rows are of nearly the same length."""
    rows = -(-count // most)
    return -(-count // rows)
