"""A proxy on loopback: HTTP's CONNECT (RFC 9110) and SOCKS5 (RFC 1928, passwords by RFC 1929)."""

import asyncio
import base64
import contextlib
from typing import Self

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Passes on what it is asked to; `asked` names each far side, as host and port."""

    def __init__(self, scheme: str, login: str | None = None) -> None:
        """`login` is `NAME:PASSWORD` where everybody must show it."""
        self.asked: list[str] = []
        self.refused = 0
        self._scheme = scheme
        self._login = login
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        login = f"{self._login}@" if self._login else ""
        return f"{self._scheme}://{login}127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = self._http if self._scheme == "http" else self._socks
            target = await answer(reader, writer)
            if target is None:
                self.refused += 1
                return
            self.asked.append(target)
            host, _, port = target.rpartition(":")
            far = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if self._scheme == "http" else _GRANTED)
            await _pass_on((reader, writer), far)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # one of the two has hung up
        finally:
            writer.close()

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        wanted = base64.b64encode((self._login or "").encode()).decode()
        if method == "CONNECT" and (not self._login or f"Basic {wanted}" in head):
            return target
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return None

    async def _socks(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str | None:
        _, methods = await reader.readexactly(2)
        offered = await reader.readexactly(methods)
        method = 2 if self._login else 0
        if method not in offered:
            writer.write(b"\x05\xff")
            return None
        writer.write(bytes([5, method]))
        if self._login:
            _, length = await reader.readexactly(2)
            name = (await reader.readexactly(length)).decode()
            (length,) = await reader.readexactly(1)
            well = f"{name}:{(await reader.readexactly(length)).decode()}" == self._login
            writer.write(b"\x01\x00" if well else b"\x01\x01")
            if not well:
                return None
        *_, kind = await reader.readexactly(4)
        if kind == 1:
            host = ".".join(map(str, await reader.readexactly(4)))
        else:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        return f"{host}:{int.from_bytes(await reader.readexactly(2))}"


_GRANTED = b"\x05\x00\x00\x01" + bytes(6)


async def _pass_on(near: Streams, far: Streams) -> None:
    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(65536):
                target.write(chunk)
                await target.drain()
        target.close()

    await asyncio.gather(copy(near[0], far[1]), copy(far[0], near[1]))
