"""The conversation so far, for a page that is loaded, again or for the first time."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.webchat.ports import Mailbox
from bot.channels.webchat.posting import deliberation_of
from bot.channels.webchat.refusals import NotFound
from bot.channels.webchat.sessions import Sessions
from bot.channels.webchat.transcript import entries

#: The most of the bot's messages that one page of the transcript shows.
MOST_TOLD = 60

_MESSAGE_ID = re.compile(r"[0-9]{1,18}")


class Transcripts:
    """`GET /chat/messages?d=CODE`, and with `&before=ID` what came before that message.

    `started` says whether there is a conversation, `last` from which event on the stream goes on,
    `earlier` what to ask for as `before` to get more, or null.
    """

    def __init__(self, mailbox: Mailbox, sessions: Sessions) -> None:
        self._mailbox = mailbox
        self._sessions = sessions

    async def __call__(self, request: Request) -> Response:
        session, bot = self._sessions.require(request), deliberation_of(request)
        before = request.query_params.get("before")
        if before is not None and not _MESSAGE_ID.fullmatch(before):
            raise NotFound
        conversation = await self._mailbox.conversation(session, bot)
        if conversation is None:
            return JSONResponse({"messages": [], "started": False, "last": 0, "earlier": None})
        history = await self._mailbox.history(
            conversation, int(before) if before is not None else None, MOST_TOLD
        )
        told = history.told
        return JSONResponse(
            {
                "messages": entries(told, history.said),
                "started": True,
                "last": told[-1].id if told else 0,
                "earlier": str(told[0].id) if history.earlier else None,
            }
        )
