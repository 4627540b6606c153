"""HTTP/1.1 by hand, as much of it as bots and webhooks on this machine need.

A complete server or client costs more than the bots that are to be measured.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_END = b"\r\n\r\n"

#: Takes the method's name and the body of a request; returns the body of the answer.
Answer = Callable[[str, bytes], bytes]


class ServerSide(asyncio.Protocol):
    """Answers `POST .../METHOD` with JSON. Bodies must have a Content-Length."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(_END)) >= 0:
            head = self._received[:end]
            length = _LENGTH.search(head)
            if length is None and b"ransfer-" in head:
                raise NotImplementedError("a chunked request")
            whole = end + len(_END) + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body = self._received[end + len(_END) : whole]
            self._received = self._received[whole:]
            path = head[: head.index(b" HTTP/")].decode()
            answered = self._answer(path.rpartition("/")[2], body)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(answered), answered)
            )


class Webhook:
    """Posts to one address over at most so many connections; what finds none free waits."""

    def __init__(self, url: str, secret: str, connections: int) -> None:
        parts = urlsplit(url)
        assert parts.hostname and parts.port, url
        self._host, self._port = parts.hostname, parts.port
        self._head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: {secret}\r\n"
            "Content-Length: %d\r\n\r\n"
        ).encode()
        self._free: list[ClientSide] = []
        self._waiting: deque[bytes] = deque()
        self._room = connections
        self._connecting: set[asyncio.Task[None]] = set()
        self.refused = 0  #: Answers other than 2xx; their updates are posted again.

    def post(self, body: bytes) -> None:
        request = self._head % len(body) + body
        if self._free:
            self._free.pop().send(request)
            return
        self._waiting.append(request)
        if self._room:
            self._room -= 1
            task = asyncio.create_task(self._connect())
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, client = await loop.create_connection(
                    lambda: ClientSide(self), self._host, self._port
                )
            except OSError:
                await asyncio.sleep(0.1)
            else:
                self.freed(client)
                return

    def freed(self, client: "ClientSide") -> None:
        if self._waiting:
            client.send(self._waiting.popleft())
        else:
            self._free.append(client)

    def failed(self, request: bytes) -> None:
        self.refused += 1
        asyncio.get_running_loop().call_later(0.1, self._again, request)

    def lost(self, client: "ClientSide", unanswered: bytes | None) -> None:
        if client in self._free:
            self._free.remove(client)
        self._room += 1
        if unanswered is not None:
            self._again(unanswered)

    def _again(self, request: bytes) -> None:
        self.post(request[request.index(_END) + len(_END) :])


class ClientSide(asyncio.Protocol):
    """One connection to a webhook, one request at a time."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._request: bytes | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        self._webhook.lost(self, self._request)

    def send(self, request: bytes) -> None:
        self._request = request
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(_END)
        if end < 0:
            return
        length = _LENGTH.search(self._received, 0, end)
        if len(self._received) < end + len(_END) + (int(length[1]) if length else 0):
            return
        status, self._received = self._received[9:10], b""
        request, self._request = self._request, None
        if status != b"2" and request is not None:
            self._webhook.failed(request)
        self._webhook.freed(self)
