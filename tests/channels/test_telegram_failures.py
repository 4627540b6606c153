"""What each failure of Telegram is to the sender, and that its reason tells on nobody."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.telegram.failures import words
from bot.channels.telegram.outgoing import TelegramChannel
from bot.channels.telegram.requests import AiohttpRequest
from bot.conversation.messages import Document, Outgoing
from bot.conversation.ports import Destination, Media, Parcel
from bot.domain.delivery import (
    ChannelMisconfigured,
    OutcomeUnknown,
    ParticipantLeft,
    Rejected,
    SendFailure,
    Throttled,
    Unreachable,
)
from tests.cast.telegram_people import Person
from tests.cast.telegram_server import TelegramServer

TOKEN = "4200042:SECRET-token_of_the_bot"
TEXT = "the text of the message"


class Empty:
    async def fetch(self, digest: str) -> Media:
        raise LookupError(digest)

    async def pieces(self, document: Document) -> AsyncIterator[bytes]:
        raise LookupError(document.of)
        yield b""


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer([TOKEN]) as telegram:
        yield telegram


@pytest.fixture
async def ana(telegram: TelegramServer) -> Person:
    ana = telegram.person()
    await ana.says("/start")
    return ana


async def fails_to_send(url: str, to: int, token: str = TOKEN) -> SendFailure:
    channel = TelegramChannel(
        {"4200042": token}, url, Empty(), Empty(), AiohttpRequest(read_timeout=0.3)
    )
    parcel = Parcel(
        1, 1, Destination("telegram", "4200042", str(to)), Outgoing(TEXT, "en"), tries=1
    )
    try:
        with pytest.raises(SendFailure) as failed:
            await channel.send(parcel)
    finally:
        await channel.close()
    assert failed.value.reason
    for secret in (token, token.partition(":")[2], str(to), TEXT):
        assert secret not in failed.value.reason
    assert failed.value.__suppress_context__
    return failed.value


async def test_too_many_requests_is_throttled(telegram: TelegramServer, ana: Person) -> None:
    telegram.throttles(for_seconds=3)
    failure = await fails_to_send(telegram.url, ana.id)
    assert isinstance(failure, Throttled) and failure.retry_after == timedelta(seconds=3)


async def test_a_citizen_who_blocks_the_bot_has_left(telegram: TelegramServer, ana: Person) -> None:
    await ana.blocks()
    assert isinstance(await fails_to_send(telegram.url, ana.id), ParticipantLeft)


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Forbidden: user is deactivated", ParticipantLeft),
        ("Forbidden: bot can't initiate conversation with a user", ParticipantLeft),
        ("Bad Request: chat not found", ParticipantLeft),
        ("Bad Request: PEER_ID_INVALID", ParticipantLeft),
        ("Bad Request: INPUT_USER_DEACTIVATED", ParticipantLeft),
        ("Bad Request: message is too long", Rejected),
        ('Bad Request: can\'t parse entities: unsupported start tag "the text of the message"',
         Rejected),
        ("Request Entity Too Large", Rejected),
        ("Unauthorized", ChannelMisconfigured),
        ("Not Found", ChannelMisconfigured),
        ("Conflict: terminated by other getUpdates request", Unreachable),
        ("Too Many Requests: retry later", Throttled),
    ],
)  # fmt: skip
async def test_refusals(
    telegram: TelegramServer, ana: Person, description: str, kind: type[SendFailure]
) -> None:
    telegram.refuses(ana.id, description)
    assert type(await fails_to_send(telegram.url, ana.id)) is kind


async def test_a_group_that_migrated_is_rejected(telegram: TelegramServer, ana: Person) -> None:
    telegram.refuses(
        ana.id,
        "Bad Request: group chat was upgraded to a supergroup chat",
        parameters={"migrate_to_chat_id": -1001234567890},
    )
    failure = await fails_to_send(telegram.url, ana.id)
    assert type(failure) is Rejected and "supergroup" in failure.reason


async def test_a_wrong_token_is_a_misconfigured_channel(telegram: TelegramServer) -> None:
    failure = await fails_to_send(telegram.url, 1, token="4200042:WRONG")
    assert type(failure) is ChannelMisconfigured


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_telegrams_own_errors_are_tried_again(
    telegram: TelegramServer, ana: Person, status: int
) -> None:
    telegram.fails(status)
    assert type(await fails_to_send(telegram.url, ana.id)) is Unreachable


async def test_nobody_listening_is_unreachable(telegram: TelegramServer) -> None:
    await telegram.stop()
    assert type(await fails_to_send(telegram.url, 5_000_000_001)) is Unreachable


async def test_an_unknown_host_is_unreachable() -> None:
    failure = await fails_to_send("http://telegram.invalid", 5_000_000_001)
    assert type(failure) is Unreachable


async def test_no_answer_in_time_leaves_the_outcome_unknown(
    telegram: TelegramServer, ana: Person
) -> None:
    telegram.hangs(2)
    assert type(await fails_to_send(telegram.url, ana.id)) is OutcomeUnknown


async def test_a_connection_cut_after_sending_leaves_the_outcome_unknown(
    telegram: TelegramServer, ana: Person
) -> None:
    telegram.cuts_after_send()
    assert type(await fails_to_send(telegram.url, ana.id)) is OutcomeUnknown
    assert (await ana.next_message()).text == TEXT


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>\r\n\n", OutcomeUnknown),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", OutcomeUnknown),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\n<html>\n", Unreachable),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 7\r\n\r\n<html>\n", OutcomeUnknown),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 7\r\n\r\n<html>\n", OutcomeUnknown),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\n{}", OutcomeUnknown),
        (b"HTTP/1.1 503 Unavailable\r\nContent-Length: 7\r\n\r\n<html>\n", Unreachable),
        (b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", OutcomeUnknown),
        (b'HTTP/1.1 504 Timeout\r\nContent-Length: 12\r\n\r\n{"ok":false}', OutcomeUnknown),
        (b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"nonsense\r\n\r\n", OutcomeUnknown),
    ],
)
async def test_an_answer_that_is_not_telegrams(answer: bytes, kind: type[SendFailure]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert type(await fails_to_send(f"http://127.0.0.1:{port}", 5_000_000_001)) is kind


async def test_waiting_for_a_connection_is_surely_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.requests.CONNECT_TIMEOUT", 0.2)
    with socket.socket() as deaf:  # its queue is full: a connection waits
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            failure = await fails_to_send(f"http://127.0.0.1:{port}", 5_000_000_001)
    assert type(failure) is Unreachable


def test_descriptions_are_freed_of_what_identifies() -> None:
    assert words('user 5000000001 "Ana" 4200042:SECRET-token') == "user … … …"
    assert len(words(json.dumps(list(range(999))))) == 200
