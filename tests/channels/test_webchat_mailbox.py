"""The mailbox in both kinds of database."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation.messages import Incoming, IncomingKind, Outgoing
from tests.browser.stub import Stub

SESSION = "a1" * 32
EARLIER = datetime(2000, 1, 1, tzinfo=UTC)


def en(text: str, replaces: str | None = None) -> Outgoing:
    return Outgoing(text=text, language="en", replaces=replaces)


def hello(session: str = SESSION, bot: str = "") -> Incoming:
    return Incoming(
        "webchat", bot, f"{session[:16]}:{uuid.uuid4()}", session, IncomingKind.TEXT, "hello"
    )


@pytest.fixture
async def stub(a_database: str, tmp_path: Path) -> AsyncIterator[Stub]:
    async with Stub(tmp_path, database_url=a_database) as stub:
        yield stub


async def test_a_mailbox_belongs_to_a_session_and_a_deliberation(stub: Stub) -> None:
    assert await stub.mailbox.conversation(SESSION, "") is None
    await stub.store([hello(), hello(bot="local")])
    front = await stub.mailbox.conversation(SESSION, "")
    local = await stub.mailbox.conversation(SESSION, "local")
    assert None not in (front, local)
    assert front != local


async def test_what_is_delivered_is_read_back_in_order_and_once(stub: Stub) -> None:
    await stub.store([hello()])
    conversation = await stub.mailbox.conversation(SESSION, "")
    assert conversation is not None
    parcels = [await stub.post(en(str(number)), conversation) for number in range(20)]

    async def deliver(parcel: int) -> int:
        body = {"html": str(parcel), "lang": "en", "dir": "ltr"}
        return await stub.mailbox.deliver(parcel, conversation, ["t"], body, stub.clock.now())

    first = await asyncio.gather(*(deliver(parcel) for parcel in parcels))
    again = await asyncio.gather(*(deliver(parcel) for parcel in reversed(parcels)))
    assert again == first[::-1]
    news = await stub.mailbox.news(SESSION, "", frozenset(), 0)
    told = news.told
    assert news.conversations == {conversation}
    assert [message.id for message in told] == sorted(first)
    assert {message.body["html"] for message in told} == {str(parcel) for parcel in parcels}
    later = await stub.mailbox.news(SESSION, "", news.conversations, told[4].id)
    assert [message.id for message in later.told] == [message.id for message in told[5:]]


async def test_a_reader_never_passes_a_message_that_commits_later(stub: Stub) -> None:
    """Several processes deliver to one mailbox; ids are given in the order of the commits."""
    await stub.store([hello()])
    conversation = await stub.mailbox.conversation(SESSION, "")
    assert conversation is not None
    mailboxes = [type(stub.mailbox)(stub.database) for _ in range(4)]
    parcels = [await stub.post(en(str(number)), conversation) for number in range(60)]
    read: list[int] = []

    async def reads() -> None:
        while len(read) < len(parcels):
            after = read[-1] if read else 0
            news = await stub.mailbox.news(SESSION, "", frozenset(), after)
            read.extend(message.id for message in news.told)

    async def delivers(number: int) -> None:
        for parcel in parcels[number :: len(mailboxes)]:
            body = {"html": "x", "lang": "en", "dir": "ltr"}
            await mailboxes[number].deliver(parcel, conversation, (), body, stub.clock.now())

    async with asyncio.timeout(30):
        await asyncio.gather(reads(), *(delivers(number) for number in range(len(mailboxes))))
    news = await stub.mailbox.news(SESSION, "", frozenset(), 0)
    assert read == [message.id for message in news.told]


async def test_an_edit_of_an_edit_is_an_edit_of_the_original(stub: Stub) -> None:
    await stub.store([hello()])
    original = (await stub.tell(en("one"))).external_id
    await stub.tell(en("two", replaces=original))
    newest = (await stub.mailbox.news(SESSION, "", frozenset(), 0)).told[-1]
    assert newest.body["replaces"] == original
    assert (await stub.tell(en("three", replaces=str(newest.id)))).external_id == original


async def test_deliveries_of_one_moment_share_transactions_and_fail_alone(stub: Stub) -> None:
    await stub.store([hello()])
    conversation = await stub.mailbox.conversation(SESSION, "")
    assert conversation is not None
    parcels = [await stub.post(en("x"), conversation) for _ in range(5)]
    body = {"html": "x", "lang": "en", "dir": "ltr"}
    now = stub.clock.now()
    outcomes = await asyncio.gather(
        *(stub.mailbox.deliver(parcel, conversation, (), body, now) for parcel in parcels),
        stub.mailbox.deliver(10**6, conversation, (), body, now),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes[:5]] == [int] * 5
    assert isinstance(outcomes[5], LookupError)


async def test_history_and_documents_are_read(stub: Stub) -> None:
    await stub.store([hello()])
    receipt = await stub.tell(en("hello yourself"))
    conversation = await stub.mailbox.conversation(SESSION, "")
    assert conversation is not None
    history = await stub.mailbox.history(conversation, None, 10)
    assert [message.id for message in history.told] == [int(receipt.external_id or 0)]
    assert [words.text for words in history.said] == ["hello"]
    assert not history.earlier
    assert await stub.mailbox.document(SESSION, history.told[0].id, EARLIER) is None


async def test_looks_of_one_moment_see_each_their_own(stub: Stub) -> None:
    sessions = [f"{number:02x}" * 32 for number in range(8)]
    await stub.store([hello(session, bot) for session in sessions for bot in ("", "local")])
    for session in sessions[1:]:
        for bot in ("", "local"):
            conversation = await stub.mailbox.conversation(session, bot)
            for number in range(3):
                await stub.tell(en(f"{session[:2]} {bot} {number}"), conversation)

    async def looks(session: str, bot: str, skip: int) -> list[str]:
        whole = await stub.mailbox.news(session, bot, frozenset(), 0)
        after = whole.told[skip - 1].id if skip and whole.told else 0
        news = await stub.mailbox.news(session, bot, whole.conversations, after)
        return [message.body["html"] for message in news.told]

    wanted = [
        (session, bot, skip) for session in sessions for bot in ("", "local") for skip in (0, 2)
    ]
    assert await asyncio.gather(*(looks(*each) for each in wanted)) == [
        [f"<p>{session[:2]} {bot} {number}</p>" for number in range(skip, 3)]
        if session != sessions[0]
        else []
        for session, bot, skip in wanted
    ]
