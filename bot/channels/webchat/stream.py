"""The mailbox as server-sent events: a dropped connection goes on where it stopped.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import re
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.channels.webchat.mailbox_json import as_json
from bot.channels.webchat.ports import Bell, Mailbox, Signals, Told
from bot.channels.webchat.posting import deliberation_of
from bot.channels.webchat.sessions import Sessions, short

#: Seconds between signs of life, shorter than the patience of proxies.
HEARTBEAT = 15.0

#: After so many quiet heartbeats a stream looks by itself: a lost signal delays, it never loses.
BEATS_BETWEEN_LOOKS = 4

#: Milliseconds after which a browser connects again.
RETRY = 2000

#: Something was told before, and now there is nobody: whoever was here has left, or was erased.
OVER = "event: over\ndata: {}\n\n"

_EVENT_ID = re.compile(r"[0-9]{1,18}")


def topic(session: str) -> str:
    """What is announced when a message is delivered to a session, in whichever conversation."""
    return f"webchat:{short(session)}"


class Stream:
    """`GET /chat/events?d=CODE&after=ID`; a browser's Last-Event-ID counts more than `after`."""

    def __init__(self, *, mailbox: Mailbox, signals: Signals, sessions: Sessions) -> None:
        self._mailbox = mailbox
        self._signals = signals
        self._sessions = sessions
        self._bells: set[Bell] = set()
        self._closed = False

    async def __call__(self, request: Request) -> Response:
        session, bot = self._sessions.require(request), deliberation_of(request)
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":  # has no end to wait for
            return Response(media_type="text/event-stream", headers=headers)
        return StreamingResponse(
            self._events(session, bot, _after(request)),
            media_type="text/event-stream",
            headers=headers,
        )

    def close(self) -> None:
        """End all streams and open no more: a server stops only when its connections have ended."""
        self._closed = True
        for bell in self._bells:
            bell.ring()

    async def _events(self, session: str, bot: str, after: int) -> AsyncIterator[str]:
        yield f"retry: {RETRY}\n\n"
        # In case of an erasure the farewell comes when the address is gone already: what was the
        # session's conversation stays known.
        known: frozenset[int] = frozenset()
        with self._signals.bell(topic(session)) as bell:
            self._bells.add(bell)
            try:
                while not self._closed:
                    news = await self._mailbox.news(session, bot, known, after)
                    if after and not (known or news.conversations):
                        yield OVER
                    known = news.conversations
                    for message in news.told:
                        after = message.id
                        yield _event(message)
                    for _ in range(BEATS_BETWEEN_LOOKS):
                        if await bell.wait(HEARTBEAT) or self._closed:
                            break
                        yield ":\n\n"
            finally:
                self._bells.discard(bell)


def _event(message: Told) -> str:
    data = json.dumps(as_json(message), ensure_ascii=False, separators=(",", ":"))
    return f"id: {message.id}\ndata: {data}\n\n"


def _after(request: Request) -> int:
    for value in (request.headers.get("last-event-id"), request.query_params.get("after")):
        if value and _EVENT_ID.fullmatch(value):
            return int(value)
    return 0
