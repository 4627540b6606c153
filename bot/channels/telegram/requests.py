"""HTTP for python-telegram-bot on aiohttp, telling apart what was surely not sent.

The library's own transport, httpx, sends a tenth as many messages a second, and its errors lose
the status of an answer and the moment of a failure, on which it depends whether to send again.
"""

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

import aiohttp
import orjson
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.proxy import connector

#: Seconds. Reading is long enough for Telegram to fetch and convert an upload.
CONNECT_TIMEOUT, READ_TIMEOUT, WHOLE_TIMEOUT = 10.0, 30.0, 180.0

#: Raised by aiohttp before the first byte of a request is written.
_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
)


#: From somebody between us and Telegram these do not tell whether it had the request: a gateway
#: says 502 where the connection broke, too. With 503 the request was not handled, RFC 9110 15.6.4.
_SILENT = frozenset(range(500, 600)) - {HTTPStatus.SERVICE_UNAVAILABLE}

_JSON = {"Content-Type": "application/json"}


class NotSent(NetworkError):
    """The request did not leave, or it was turned away: by Telegram itself, or before it."""


class NoAnswer(NetworkError):
    """The request may have left, and no answer came, or one that says nothing about it."""


class Refused(TelegramError):
    """Telegram answered that it does not do this: https://core.telegram.org/bots/api#making-requests.

    `retry_after` is in seconds.
    """

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        self.status = status
        self.description = str(answer.get("description", ""))
        parameters = answer.get("parameters") or {}
        self.retry_after: int | None = parameters.get("retry_after")
        self.migrated = "migrate_to_chat_id" in parameters
        super().__init__(self.description)


class AiohttpRequest(BaseRequest):
    """Requests over one shared session, opened by the first of them.

    Raises `NotSent`, `NoAnswer` and `Refused` alone. Their messages hold no address of a request,
    since that holds the bot's token.
    """

    def __init__(
        self,
        *,
        connections: int = 200,
        read_timeout: float = READ_TIMEOUT,
        proxy: str | None = None,
    ) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        if self._session:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *args: object,
        **timeouts: object,
    ) -> tuple[int, bytes]:
        """A successful answer. Timeouts of a single request are not heeded."""
        return await self._exchange(method, url, _body(request_data) if request_data else None)

    async def call(self, url: str, fields: Mapping[str, Any]) -> Any:
        """Post `fields` as JSON; returns Telegram's `result` as it came. Half the work of the
        library's own methods, which make objects of everything that comes back."""
        _, content = await self._exchange("POST", url, orjson.dumps(fields), _JSON)
        return self.parse_json_payload(content)["result"]

    async def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | Mapping[str, str] | aiohttp.FormData | None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        if self._session is None or self._session.closed:
            self._session = self._open()
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                status, content = response.status, await response.read()
        except _NOT_SENT as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from None
        if status in range(200, 300):
            return status, content
        answer = _answer(content)
        if status == HTTPStatus.GATEWAY_TIMEOUT or (answer is None and status in _SILENT):
            raise NoAnswer(f"HTTP status {status}")
        if answer is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NotSent(f"HTTP status {status}")
        raise Refused(status, answer)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Unlike the inherited one, without logging what could not be read."""
        answer = _answer(payload)
        if answer is None or "result" not in answer:
            raise NoAnswer("an answer that is not Telegram's")
        return answer

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector(self._proxy, self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            timeout=aiohttp.ClientTimeout(
                total=WHOLE_TIMEOUT,
                connect=CONNECT_TIMEOUT,
                sock_connect=CONNECT_TIMEOUT,
                sock_read=self._read_timeout,
            ),
        )


def _body(request: RequestData) -> dict[str, str] | aiohttp.FormData:
    if not request.contains_files:
        return request.json_parameters
    form = aiohttp.FormData(quote_fields=False)  # Telegram shows a quoted file name as it stands.
    for name, value in request.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mimetype) in request.multipart_data.items():
        # In chunks: many megabytes in one piece would hold up all other requests.
        chunked = BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, chunked, filename=filename, content_type=mimetype)
    return form


def _answer(content: bytes) -> dict[str, Any] | None:
    """What Telegram said; None if it was somebody else, a proxy say."""
    try:
        answer = orjson.loads(content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "ok" in answer else None
