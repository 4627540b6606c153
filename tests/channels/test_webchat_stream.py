"""The mailbox over real connections: everything arrives once, through every interruption."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.channels.webchat import stream as stream_module
from bot.conversation.messages import Choice, Incoming, IncomingKind, Outgoing
from bot.conversation.ports import Destination, Parcel
from bot.domain.delivery import Receipt, Rejected, Unreachable
from bot.storage.tables import outbox
from tests.browser.stub import HeardByStub, Stub


def en(text: str, **more: Any) -> Outgoing:
    return Outgoing(text=text, language="en", **more)


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[Stub]:
    async with Stub(tmp_path) as stub:
        await stub.serve()
        yield stub


class Visitor:
    """A page, as far as HTTP goes."""

    def __init__(self, url: str, browser: aiohttp.ClientSession) -> None:
        self._url = url
        self._browser = browser

    async def says(self, text: str, *, code: str = "", **more: str) -> None:
        message = {"id": str(uuid.uuid4()), "kind": "text", "text": text} | more
        url = f"{self._url}/chat/messages?d={code}"
        async with self._browser.post(url, json=message) as answer:
            assert answer.status == 202, await answer.text()

    async def starts(self) -> None:
        """As the page does by itself."""
        await self.says("/start", id=f"start-{uuid.uuid4()}")

    async def loads(self, **query: str) -> dict[str, Any]:
        async with self._browser.get(f"{self._url}/chat/messages", params=query) as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found

    @asynccontextmanager
    async def listens(
        self, *, after: str = "", last_event_id: str = "", code: str = ""
    ) -> AsyncIterator["Listening"]:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        async with self._browser.get(
            f"{self._url}/chat/events", params={"after": after, "d": code}, headers=headers
        ) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield Listening(answer)


class Listening:
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def block(self) -> str:
        """The next block, without the blank line that ends it."""
        async with asyncio.timeout(5):
            lines = []
            while line := (await self._answer.content.readline()).decode().strip("\n"):
                lines.append(line)
            return "\n".join(lines)

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next event: its id, and what it tells."""
        while True:
            block = await self.block()
            assert block or not self._answer.content.at_eof(), "the stream has ended"
            if block.startswith("id: "):
                head, _, data = block.partition("\ndata: ")
                return head.removeprefix("id: "), json.loads(data)

    async def hears(self, count: int) -> list[tuple[str, str]]:
        return [
            (number, told["html"]) for number, told in [await self.event() for _ in range(count)]
        ]

    async def ends(self) -> bool:
        async with asyncio.timeout(5):
            await self._answer.content.read()
            return True


@asynccontextmanager
async def visitor(stub: Stub) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{stub.url}/") as page:
            assert page.status == 200
        yield Visitor(stub.url, browser)


@pytest.fixture
async def ana(stub: Stub) -> AsyncIterator[Visitor]:
    async with visitor(stub) as ana:
        yield ana


async def test_what_is_told_arrives_at_once_with_its_id(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    async with ana.listens() as stream:
        assert await stream.block() == "retry: 2000"
        receipt = await stub.tell(
            en("Hello & welcome", key="welcome", choices=(Choice("1:a", "<script>"),))
        )
        number, told = await stream.event()
        assert number == told["id"] == receipt.external_id
        at = told.pop("at")
        assert at.endswith("+00:00")
        assert told == {
            "id": number,
            "from": "bot",
            "html": "<p>Hello &amp; welcome</p>",
            "lang": "en",
            "dir": "ltr",
            "key": "welcome",
            "choices": [{"value": "1:a", "label": "<script>"}],
        }


async def test_a_stream_that_was_opened_before_the_first_message_delivers_its_answer(
    tmp_path: Path,
) -> None:
    def greets(heard: HeardByStub) -> list[Outgoing]:
        return [en(f"Hello {heard.bot}")]

    async with Stub(tmp_path, script=greets) as stub:
        await stub.serve()
        async with (
            visitor(stub) as ana,
            ana.listens() as front,
            ana.listens(code="local") as local,
        ):
            await ana.says("/start", code="local")
            assert [html for _, html in await local.hears(1)] == ["<p>Hello local</p>"]
            await ana.starts()
            assert [html for _, html in await front.hears(1)] == ["<p>Hello </p>"]


async def test_a_dropped_connection_goes_on_where_it_stopped(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    heard: list[tuple[str, str]] = []
    last = ""
    for round_ in range(4):
        for number in range(5):
            await stub.tell(en(f"{round_}.{number}"))
        async with ana.listens(after="0", last_event_id=last) as stream:
            heard += await stream.hears(3)  # then the connection drops, with more on its way
        last = heard[-1][0]
    async with ana.listens(after=last) as stream:
        heard += await stream.hears(8)
        await stub.tell(en("the last"))
        heard += await stream.hears(1)
    expected = [f"<p>{round_}.{number}</p>" for round_ in range(4) for number in range(5)]
    assert [html for _, html in heard] == [*expected, "<p>the last</p>"]
    assert sorted({number for number, _ in heard}, key=int) == [number for number, _ in heard]


async def test_a_server_that_was_away_loses_nothing(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    async with ana.listens() as stream:
        await stub.tell(en("before"))
        heard = await stream.hears(1)
        await stub.hang_up()
    await stub.tell(en("meanwhile"))
    await stub.serve()
    async with ana.listens(last_event_id=heard[0][0]) as stream:
        assert [html for _, html in await stream.hears(1)] == ["<p>meanwhile</p>"]


async def test_more_than_one_look_fetches_is_told_in_order(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    async with ana.listens() as stream:
        await asyncio.gather(*(stub.tell(en(str(number))) for number in range(250)))
        heard = await stream.hears(250)
    numbers = [int(number) for number, _ in heard]
    assert numbers == sorted(set(numbers))
    assert {html for _, html in heard} == {f"<p>{number}</p>" for number in range(250)}


async def test_a_message_that_is_sent_again_is_told_once(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    first = await stub.tell(en("once"))
    async with stub.database.reading() as connection:
        [parcel_id] = (await connection.execute(select(outbox.c.id))).scalars()
    again = await asyncio.gather(*(stub.tell(en("once"), parcel_id=parcel_id) for _ in range(3)))
    assert {receipt.external_id for receipt in again} == {first.external_id}
    await stub.tell(en("then"))
    async with ana.listens() as stream:
        assert [html for _, html in await stream.hears(2)] == ["<p>once</p>", "<p>then</p>"]


async def test_an_edit_is_told_as_such_and_keeps_the_id_that_citizens_press(
    stub: Stub, ana: Visitor
) -> None:
    await ana.starts()
    question = await stub.tell(en("Which?", choices=(Choice("1:a", "Parks"),)))
    edit = await stub.tell(
        en("Which?", choices=(Choice("2:a", "✓ Parks"),), replaces=question.external_id)
    )
    assert edit == question
    next_edit = await stub.tell(en("Which!", replaces=edit.external_id))
    assert next_edit == question
    async with ana.listens() as stream:
        events = [await stream.event() for _ in range(3)]
    assert [told.get("replaces") for _, told in events] == [
        None,
        question.external_id,
        question.external_id,
    ]
    assert len({number for number, _ in events}) == 3
    [entry] = (await ana.loads())["messages"]
    assert (entry["id"], entry["html"], entry["edited"]) == (
        question.external_id,
        "<p>Which!</p>",
        True,
    )


async def test_nobody_can_edit_the_message_of_another(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    mine = await stub.tell(en("mine"))
    async with visitor(stub) as ben:
        await ben.starts()
        for replaces in (mine.external_id, "999999", "nonsense"):
            await stub.tell(en("his", replaces=replaces))
        async with ben.listens() as stream:
            events = [told for _, told in [await stream.event() for _ in range(3)]]
        assert all("replaces" not in told for told in events)
    assert [entry["html"] for entry in (await ana.loads())["messages"]] == ["<p>mine</p>"]


async def test_an_acknowledgement_of_a_press_is_nothing_to_tell(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    assert await stub.tell(en("", press="p1", toast="Noted")) == Receipt(None)
    assert (await ana.loads())["messages"] == []


async def test_each_session_hears_its_own_mailbox_only(stub: Stub, ana: Visitor) -> None:
    async with visitor(stub) as ben:
        await ana.starts()
        await stub.tell(en("for Ana"))
        await ben.starts()
        await stub.tell(en("for Ben"))
        async with ana.listens() as hers, ben.listens() as his:
            assert [html for _, html in await hers.hears(1)] == ["<p>for Ana</p>"]
            assert [html for _, html in await his.hears(1)] == ["<p>for Ben</p>"]


async def test_a_quiet_stream_shows_that_it_lives_and_looks_by_itself(
    stub: Stub, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "HEARTBEAT", 0.05)
    monkeypatch.setattr(stub.database.signals, "ring", lambda topic: None)  # signals are lost
    await ana.starts()
    async with ana.listens() as stream:
        assert await stream.block() == "retry: 2000"
        assert await stream.block() == ":"
        await stub.tell(en("after all"))
        assert [html for _, html in await stream.hears(1)] == ["<p>after all</p>"]


async def test_a_connection_that_is_gone_leaves_nothing_behind(stub: Stub, ana: Visitor) -> None:
    await ana.starts()
    async with ana.listens() as stream:
        await stream.block()
        assert len(stub.webchat._stream._bells) == 1
    async with asyncio.timeout(5):
        while stub.webchat._stream._bells:
            await asyncio.sleep(0.01)


async def test_closing_ends_every_stream_at_once(stub: Stub, ana: Visitor) -> None:
    async with ana.listens() as stream, ana.listens() as other:
        await stream.block()
        stub.webchat.close()
        assert await stream.ends()
        assert await other.ends()


async def test_a_farewell_comes_after_its_address_is_gone(stub: Stub, ana: Visitor) -> None:
    """Erasing removes the address at once; whoever is listening still hears that it is done."""
    await ana.says("/delete")
    session = stub.stored[0].sender
    async with ana.listens() as stream:
        await stub.tell(en("sure?"))
        await stream.hears(1)
        conversation = await stub.mailbox.conversation(session, "")
        assert conversation is not None
        parcel_id = await stub.post(en("farewell"), conversation)
        await stub.forget(conversation)
        to = Destination("webchat", "", session)
        await stub.webchat.send(Parcel(parcel_id, conversation, to, en("farewell"), tries=1))
        assert [html for _, html in await stream.hears(1)] == ["<p>farewell</p>"]
        await ana.says("/start")
        await stub.tell(en("a stranger"))
        assert [html for _, html in await stream.hears(1)] == ["<p>a stranger</p>"]
    loaded = await ana.loads()
    assert [entry.get("html") or entry["text"] for entry in loaded["messages"]] == [
        "/start",
        "<p>a stranger</p>",
    ]


async def test_a_message_to_a_conversation_that_is_no_more_is_rejected(
    stub: Stub, ana: Visitor
) -> None:
    await ana.starts()
    to = Destination("webchat", "", "0" * 64)
    kept = [stub.tell(en(f"kept {number}")) for number in range(3)]
    gone = stub.webchat.send(Parcel(77, 77, to, en("lost"), tries=1))
    *receipts, refused = await asyncio.gather(*kept, gone, return_exceptions=True)
    assert isinstance(refused, Rejected)
    assert "lost" not in refused.reason
    assert all(isinstance(receipt, Receipt) for receipt in receipts)


async def test_a_mailbox_that_cannot_be_reached_is_tried_again(
    stub: Stub, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ana.starts()

    async def fails(*anything: object) -> int:
        raise ConnectionError("OperationalError")

    with monkeypatch.context() as broken:
        broken.setattr(stub.mailbox, "deliver", fails)
        with pytest.raises(Unreachable, match="OperationalError"):
            await stub.tell(en("hello"))
    await stub.tell(en("hello"))


async def test_the_transcript_goes_on_into_the_stream(tmp_path: Path) -> None:
    def echoes(heard: HeardByStub) -> list[Outgoing]:
        if heard.text == "/start":
            return [en("Ready?", choices=(Choice("1:yes", "Yes, please"), Choice("1:no", "No")))]
        return [en("Good.")]

    async with Stub(tmp_path, script=echoes) as stub:
        await stub.serve()
        async with visitor(stub) as ana:
            assert await ana.loads() == {
                "messages": [],
                "started": False,
                "last": 0,
                "earlier": None,
            }
            async with ana.listens() as stream:
                await ana.starts()
                number, _ = await stream.event()
                await ana.says("1:yes", kind="choice", message=number)
                await stream.hears(1)
                await ana.says("<b>And now?</b>")
                await stream.hears(1)
            loaded = await ana.loads()
            assert loaded["started"] is True
            assert [entry.get("html") or entry["text"] for entry in loaded["messages"]] == [
                "<p>Ready?</p>",
                "Yes, please",
                "<p>Good.</p>",
                "<b>And now?</b>",
                "<p>Good.</p>",
            ]
            async with ana.listens(after=str(loaded["last"])) as stream:
                await stub.tell(en("One more."))
                assert [html for _, html in await stream.hears(1)] == ["<p>One more.</p>"]


async def test_a_long_conversation_is_loaded_page_by_page(stub: Stub, ana: Visitor) -> None:
    said: list[str] = []
    for number in range(150):
        await ana.says(f"say {number}")
        await stub.tell(en(f"tell {number}"))
        said += [f"say {number}", f"<p>tell {number}</p>"]
    pages: list[list[str]] = []
    query: dict[str, str] = {}
    while True:
        loaded = await ana.loads(**query)
        pages.insert(0, [e.get("html") or e["text"] for e in loaded["messages"]])
        if loaded["earlier"] is None:
            break
        query = {"before": loaded["earlier"]}
    assert [len(page) for page in pages] == [61, 120, 119]
    assert [entry for page in pages for entry in page] == said
    assert (await ana.loads(before="999999"))["messages"] == []


async def test_only_what_was_said_in_words_is_in_the_transcript(stub: Stub, ana: Visitor) -> None:
    await ana.says("hello")
    session = stub.stored[0].sender
    await stub.store([Incoming("webchat", "", "x:1", sender=session, kind=IncomingKind.OTHER)])
    await stub.purge()
    await ana.says("still here")
    assert [entry["text"] for entry in (await ana.loads())["messages"]] == ["still here"]


async def test_a_page_whose_session_has_ended_is_told_so(stub: Stub, ana: Visitor) -> None:
    """It may have missed the farewell. A page that has heard nothing yet has nothing to lose."""
    async with ana.listens(after="7") as stream:
        assert await stream.block() == "retry: 2000"
        assert await stream.block() == "event: over\ndata: {}"
