"""What a citizen sends through the page's door: taken once, or refused with a reason."""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.webchat import Limits, Pace
from bot.channels.webchat.limits import Buckets, network
from bot.channels.webchat.refusals import TooFast
from bot.conversation.messages import Incoming, IncomingKind
from bot.storage.tables import address, conversation, inbox
from tests.browser.stub import Stub


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[Stub]:
    async with Stub(tmp_path) as stub:
        yield stub


def browser(stub: Stub, host: str = "192.0.2.7", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(stub.app, client=(host, 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://chat.test", headers=headers)


@pytest.fixture
async def ana(stub: Stub) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has the page open."""
    async with browser(stub, **{"Accept-Language": "es-MX,es;q=0.9"}) as ana:
        assert (await ana.get("/")).status_code == 200
        yield ana


def words(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "kind": "text", "text": text, **more}


async def count(stub: Stub, *tables: Any) -> list[int]:
    async with stub.database.reading() as connection:
        return [
            int(await connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in tables
        ]


async def test_words_are_in_the_inbox_when_they_are_acknowledged(
    stub: Stub, ana: httpx.AsyncClient
) -> None:
    message = words("¡Hola!\nSí 🌍")
    answer = await ana.post("/chat/messages", json=message)
    assert answer.status_code == 202
    session = hashlib.sha256(ana.cookies["minipublic"].encode()).hexdigest()
    assert stub.stored == [
        Incoming(
            channel="webchat",
            bot="",
            external_id=f"{session[:16]}:{message['id']}",
            sender=session,
            kind=IncomingKind.TEXT,
            text="¡Hola!\nSí 🌍",
            language_hint="es-MX",
        )
    ]
    async with stub.database.reading() as connection:
        row = (await connection.execute(select(address))).one()
        assert (row.channel, row.bot, row.external_id) == ("webchat", "", session)


async def test_a_press_names_its_message_and_the_deliberation_its_page(
    stub: Stub, ana: httpx.AsyncClient
) -> None:
    press = words("17:agree", kind="choice", message="42")
    answer = await ana.post("/chat/messages", params={"d": "inclusive-ai"}, json=press)
    assert answer.status_code == 202
    [incoming] = stub.stored
    assert (incoming.bot, incoming.kind, incoming.text, incoming.pressed_message) == (
        "inclusive-ai",
        IncomingKind.CHOICE,
        "17:agree",
        "42",
    )


async def test_the_same_id_sent_again_is_one_message(stub: Stub, ana: httpx.AsyncClient) -> None:
    message = words()
    for _ in range(3):
        assert (await ana.post("/chat/messages", json=message)).status_code == 202
    assert await count(stub, inbox, address, conversation) == [1, 1, 1]


async def test_two_citizens_may_choose_the_same_id(stub: Stub, ana: httpx.AsyncClient) -> None:
    message = words()
    async with browser(stub) as ben:
        await ben.get("/")
        for each in (ana, ben):
            assert (await each.post("/chat/messages", json=message)).status_code == 202
    assert await count(stub, inbox, conversation) == [2, 2]


@pytest.mark.parametrize(
    ("changed", "error", "fact"),
    [
        ({"id": "1"}, "malformed", "id"),
        ({"id": None}, "malformed", "id"),
        ({"id": f"{uuid.uuid4()}:x"}, "malformed", "id"),
        ({"kind": "left"}, "malformed", "kind"),
        ({"kind": ["text"]}, "malformed", "kind"),
        ({"text": ""}, "malformed", "text"),
        ({"text": " \n "}, "malformed", "text"),
        ({"text": 7}, "malformed", "text"),
        ({"text": "a\x00b"}, "malformed", "text"),
        ({"text": "\ud83d"}, "malformed", "text"),
        ({"message": "first"}, "malformed", "message"),
        ({"message": 9}, "malformed", "message"),
        ({"message": "9" * 19}, "malformed", "message"),
        ({"text": "x" * 4097}, "text-too-long", 4096),
    ],
)
async def test_what_is_no_message_is_refused_with_the_field_that_is_wrong(
    stub: Stub, ana: httpx.AsyncClient, changed: dict[str, Any], error: str, fact: object
) -> None:
    answer = await ana.post(
        "/chat/messages",
        content=json.dumps(words() | changed),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    said = answer.json()
    assert said["error"] == error
    assert fact in (said.get("field"), said.get("limit"))
    assert said["detail"].endswith(("`text`.", "limit."))
    assert stub.stored == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 10000, b'"text"'])
async def test_what_is_no_json_object_is_refused(ana: httpx.AsyncClient, body: bytes) -> None:
    answer = await ana.post(
        "/chat/messages", content=body, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "malformed")


async def test_the_longest_text_is_taken_in_any_script(ana: httpx.AsyncClient) -> None:
    for letter in ("x", "م", "文"):
        answer = await ana.post(
            "/chat/messages",
            content=json.dumps(words(letter * 4096), ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 202


async def test_a_large_body_is_refused_whether_or_not_it_says_so(ana: httpx.AsyncClient) -> None:
    async def without_length() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 1024

    json_type = {"Content-Type": "application/json"}
    for content in (b" " * 16385, without_length()):
        answer = await ana.post("/chat/messages", content=content, headers=json_type)
        assert (answer.status_code, answer.json()["limit"]) == (413, 16384)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_content_type_is_refused(ana: httpx.AsyncClient, content_type: str) -> None:
    answer = await ana.post(
        "/chat/messages", content=json.dumps(words()), headers={"Content-Type": content_type}
    )
    assert (answer.status_code, answer.json()["error"]) == (415, "not-json")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://chat.test"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://chat.test"}, 202),
        ({"Origin": "https://chat.test"}, 202),  # a proxy ended the TLS
        ({"Origin": "http://chat.test.evil.test"}, 403),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 202),
    ],
)
async def test_the_pages_of_other_sites_cannot_speak_for_a_citizen(
    ana: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await ana.post("/chat/messages", json=words(), headers=headers)
    assert answer.status_code == status


async def test_behind_a_proxy_that_changes_the_host_the_public_url_counts(tmp_path: Path) -> None:
    async with Stub(tmp_path, public_url="https://dialogue.test") as stub, browser(stub) as ana:
        ana.cookies.set("__Host-minipublic", "x" * 43)
        answer = await ana.post(
            "/chat/messages", json=words(), headers={"Origin": "https://dialogue.test"}
        )
        assert answer.status_code == 202


@pytest.mark.parametrize("cookie", [None, "", "short", "x" * 42 + "!", "x" * 400])
async def test_without_a_session_nothing_is_taken_and_nothing_told(
    stub: Stub, cookie: str | None
) -> None:
    async with browser(stub) as nobody:
        if cookie is not None:
            nobody.headers["Cookie"] = f"minipublic={cookie}"
        for path in ("/chat/messages", "/chat/events", "/chat/documents/1"):
            answer = await nobody.get(path)
            assert (answer.status_code, answer.json()["error"]) == (401, "no-session")
        assert (await nobody.post("/chat/messages", json=words())).status_code == 401


async def test_a_deliberation_code_that_cannot_be_one_is_not_found(ana: httpx.AsyncClient) -> None:
    for code in ("Inclusive", "a/b", "../x", "a" * 41, "a\n"):
        answer = await ana.post("/chat/messages", params={"d": code}, json=words())
        assert answer.status_code == 404


async def test_who_is_too_fast_is_told_how_long_to_wait(tmp_path: Path) -> None:
    limits = Limits(messages=Pace(rate=0.5, burst=3))
    async with Stub(tmp_path, limits=limits) as stub, browser(stub) as ana, browser(stub) as ben:
        for each in (ana, ben):
            await each.get("/")
        statuses = [(await ana.post("/chat/messages", json=words())).status_code for _ in range(4)]
        assert statuses == [202, 202, 202, 429]
        answer = await ana.post("/chat/messages", json=words())
        assert answer.headers["Retry-After"] == "2"
        assert answer.json()["retry_after"] == 2
        assert (await ben.post("/chat/messages", json=words())).status_code == 202


async def test_one_network_brings_only_so_many_newcomers(tmp_path: Path) -> None:
    limits = Limits(newcomers=Pace(rate=0.1, burst=2))
    async with Stub(tmp_path, limits=limits) as stub:

        async def joins(token: str, host: str) -> int:
            async with browser(stub, host) as somebody:
                somebody.cookies.set("minipublic", token * 43)
                return (await somebody.post("/chat/messages", json=words())).status_code

        assert [await joins(token, "192.0.2.1") for token in "abc"] == [202, 202, 429]
        assert await joins("a", "192.0.2.1") == 202  # is no newcomer
        assert await joins("d", "192.0.2.2") == 202
        assert [await joins(token, f"2001:db8::{token}") for token in "efa"] == [202, 202, 202]
        assert await joins("b", "2001:db8:0:0:ffff::1") == 202  # known
        assert await joins("g", "2001:db8:0:0:ffff::1") == 429
        assert await joins("g", "2001:db8:0:1::1") == 202


def test_buckets_fill_with_time_and_their_number_is_bounded() -> None:
    now = 0.0
    buckets = Buckets(Pace(rate=5, burst=2), most=3, seconds=lambda: now)
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooFast) as refused:
        buckets.take("a")
    assert refused.value.headers == {"Retry-After": "1"}
    now = 0.2
    buckets.take("a")
    for key in "bcd":
        buckets.take(key)
    assert len(buckets) == 3
    assert "a" not in buckets


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_subscriber_counts_as_one(host: str | None, counts_as: str) -> None:
    assert network(host) == counts_as
