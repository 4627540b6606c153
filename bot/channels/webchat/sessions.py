"""Anonymous sessions: a random token in a cookie, of which only the SHA-256 is ever stored."""

import hashlib
import re
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.webchat.refusals import NoSession

#: Seconds until a cookie ends that no page load has renewed.
COOKIE_AGE = 365 * 24 * 3600

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64url


class Sessions:
    """Reads and sets the cookie; with `public_url` on https it is bound to host and https."""

    def __init__(self, public_url: str | None) -> None:
        self._secure = urlsplit(public_url or "").scheme == "https"
        # https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie-prefixes
        self.cookie = "__Host-minipublic" if self._secure else "minipublic"

    def require(self, request: Request) -> str:
        """The digest of the request's session. Raises `NoSession`."""
        token = self._token(request)
        if token is None:
            raise NoSession
        return digest(token)

    def known(self, request: Request) -> str | None:
        """The digest of the request's session, if it has one."""
        token = self._token(request)
        return None if token is None else digest(token)

    def begin_or_renew(self, request: Request, response: Response) -> None:
        self._set(response, self._token(request) or secrets.token_urlsafe(32))

    def begin(self, response: Response) -> None:
        """A session that nobody had before."""
        self._set(response, secrets.token_urlsafe(32))

    def _set(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.cookie,
            token,
            max_age=COOKIE_AGE,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def _token(self, request: Request) -> str | None:
        token = request.cookies.get(self.cookie, "")
        return token if _TOKEN.fullmatch(token) else None


def digest(token: str) -> str:
    """What stands for a session outside its cookie: SHA-256 in hex."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def short(session: str) -> str:
    """Enough of a digest to keep sessions apart, in ids and in topics."""
    return session[:16]
