"""A message of the mailbox as the page gets it, in the stream and in the transcript alike."""

from collections.abc import Mapping
from typing import Any

from bot.channels.webchat.ports import Told


def as_json(told: Told) -> dict[str, Any]:
    """Where `replaces` is set, the page edits that message in place."""
    return present(told.id, told.body) | {"at": told.at.isoformat()}


def present(message_id: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """`body` under the id `message_id`, with addresses in place of contents."""
    shown = {
        name: body[name]
        for name in ("html", "lang", "dir", "key", "choices", "replaces", "anew", "nothing_left")
        if name in body
    }
    if media := body.get("media"):
        shown["media"] = {
            "url": f"/chat/media/{media['digest']}",
            "kind": media["kind"],
            "alt": media["alt"],
        }
    if document := body.get("document"):
        shown["document"] = {
            "url": f"/chat/documents/{message_id}",
            "name": document["filename"],
        }
    return {"id": str(message_id), "from": "bot", **shown}
