"""What the chat's door refuses, each with its HTTP status and, as its docstring, its reason."""

import math
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """The request is refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        detail = " ".join((type(self).__doc__ or "").split())
        return JSONResponse(
            {"error": self.code, "detail": detail, **self.facts},
            status_code=self.status,
            headers=self.headers,
        )


class NoSession(Refused):
    """There is no session cookie: load the page first, and allow its cookie."""

    status, code = 401, "no-session"


class CrossSite(Refused):
    """Messages are taken from the page of this site only."""

    status, code = 403, "cross-site"


class NotFound(Refused):
    """There is nothing here."""

    status, code = 404, "not-found"


class TooLarge(Refused):
    """The request has more bytes than the limit."""

    status, code = 413, "too-large"


class NotJson(Refused):
    """The content type must be application/json."""

    status, code = 415, "not-json"


class Malformed(Refused):
    """The body is no message: it needs `id`, `kind` and `text`."""

    status, code = 422, "malformed"


class TextTooLong(Refused):
    """The text has more characters than the limit."""

    status, code = 422, "text-too-long"


class TooFast(Refused):
    """Too many messages in a short time: wait as long as Retry-After says, then send it again."""

    status, code = 429, "too-fast"

    def __init__(self, wait: float) -> None:
        seconds = max(1, math.ceil(wait))
        super().__init__(retry_after=seconds)
        self.headers = {"Retry-After": str(seconds)}


def answering_refusals(endpoint: Endpoint) -> Endpoint:
    """`endpoint` with each `Refused` turned into its response."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refusal:
            return refusal.response()

    return answer
