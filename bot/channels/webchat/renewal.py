"""The next person at this device: the session ends, and another begins."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.webchat.origin import require_same_origin
from bot.channels.webchat.ports import Mailbox
from bot.channels.webchat.sessions import Sessions
from bot.conversation.ports import Clock


class Renewal:
    """`POST /chat/session`: from now on the old cookie opens nothing, whoever kept it. Done again
    it does no harm."""

    def __init__(
        self, *, mailbox: Mailbox, sessions: Sessions, public_url: str | None, clock: Clock
    ) -> None:
        self._mailbox = mailbox
        self._sessions = sessions
        self._public_url = public_url
        self._clock = clock

    async def __call__(self, request: Request) -> Response:
        require_same_origin(request, self._public_url)
        if session := self._sessions.known(request):
            await self._mailbox.end(session, self._clock.now())
        response = JSONResponse({})
        self._sessions.begin(response)
        return response
