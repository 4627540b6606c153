"""What the citizen sends: checked, stored, and only then acknowledged."""

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.webchat.accept_language import accepted_languages
from bot.channels.webchat.limits import Buckets, Limits, network
from bot.channels.webchat.origin import require_same_origin
from bot.channels.webchat.ports import Mailbox
from bot.channels.webchat.refusals import Malformed, NotFound, NotJson, TextTooLong, TooLarge
from bot.channels.webchat.sessions import Sessions, short
from bot.channels.webchat.transcript import STARTED_BY_PAGE
from bot.conversation.messages import Incoming, IncomingKind
from bot.conversation.ports import Inbox
from bot.domain.deliberation import CODE

NAME = "webchat"
MOST_BYTES = 16 * 1024
MOST_CHARACTERS = 4096

_CLIENT_ID = re.compile(
    rf"({STARTED_BY_PAGE})?[0-9a-fA-F]{{8}}(-?[0-9a-fA-F]{{4}}){{3}}-?[0-9a-fA-F]{{12}}"
)
_MESSAGE_ID = re.compile(r"[0-9]{1,18}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # refused by PostgreSQL, and by UTF-8


class Posting:
    """`POST /chat/messages?d=CODE` with `{id, kind, text, message?}`; 202 once it is stored.

    `id` is a UUID that the page makes: whatever it sends again under the same id is a no-op.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        mailbox: Mailbox,
        sessions: Sessions,
        public_url: str | None,
        limits: Limits,
    ) -> None:
        self._inbox = inbox
        self._mailbox = mailbox
        self._sessions = sessions
        self._public_url = public_url
        self._speaking = Buckets(limits.messages, limits.most_kept)
        self._newcomers = Buckets(limits.newcomers, limits.most_kept)

    async def __call__(self, request: Request) -> Response:
        require_same_origin(request, self._public_url)
        session, bot = self._sessions.require(request), deliberation_of(request)
        await self._admit(session, bot, request)
        incoming = _incoming(await _json(request), session, bot, _hint(request))
        await self._inbox.store([incoming])
        return JSONResponse({}, status_code=202)

    async def _admit(self, session: str, bot: str, request: Request) -> None:
        """Raise `TooFast`. Anybody can make up a cookie, so newcomers count by where they are."""
        key = f"{session} {bot}"
        if key not in self._speaking and await self._mailbox.conversation(session, bot) is None:
            self._newcomers.take(network(request.client.host if request.client else None))
        self._speaking.take(key)


def deliberation_of(request: Request) -> str:
    """The code after `/d/` of the page that asks, in its parameter `d`; empty on the front page."""
    code = request.query_params.get("d", "")
    if code and not CODE.fullmatch(code):
        raise NotFound
    return code


async def _json(request: Request) -> dict[str, Any]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise NotJson
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise TooLarge(limit=MOST_BYTES)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge(limit=MOST_BYTES)
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed(field="body") from None
    if not isinstance(message, dict):
        raise Malformed(field="body")
    return message


def _incoming(message: dict[str, Any], session: str, bot: str, hint: str | None) -> Incoming:
    client_id, kind, text = (message.get(name) for name in ("id", "kind", "text"))
    pressed = message.get("message")
    if not (isinstance(client_id, str) and _CLIENT_ID.fullmatch(client_id)):
        raise Malformed(field="id")
    if kind not in ("text", "choice"):
        raise Malformed(field="kind")
    if not isinstance(text, str) or not text.strip() or _UNSTORABLE.search(text):
        raise Malformed(field="text")
    if len(text) > MOST_CHARACTERS:
        raise TextTooLong(limit=MOST_CHARACTERS)
    if pressed is not None and not (isinstance(pressed, str) and _MESSAGE_ID.fullmatch(pressed)):
        raise Malformed(field="message")
    return Incoming(
        channel=NAME,
        bot=bot,
        external_id=f"{short(session)}:{client_id}",
        sender=session,
        kind=IncomingKind(kind),
        text=text,
        language_hint=hint,
        pressed_message=pressed,
    )


def _hint(request: Request) -> str | None:
    return next(iter(accepted_languages(request.headers.get("accept-language"))), None)
