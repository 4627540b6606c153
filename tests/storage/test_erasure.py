"""Erasing one of two who share a conversation, or a device, leaves the other what is theirs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.conversation.messages import Document
from bot.storage import tables
from bot.storage.database import Database
from bot.storage.erasure import erase
from bot.storage.own_data import StoredDocuments

NOON = datetime(2030, 1, 15, 12, 0, 0, 250_000, tzinfo=UTC)
LATER = NOON + timedelta(days=2)


class Clock:
    def now(self) -> datetime:
        return LATER


@pytest.fixture
async def database(a_database: str) -> AsyncIterator[Database]:
    database = Database(a_database)
    async with database.writing() as transaction:
        await transaction.execute(insert(tables.deliberation).values(
            [{"id": n, "code": code, "title": {}, "languages": ["en"], "timezone": "UTC",
              "invited_only": False, "on_erase": "remove", "created_at": NOON}
             for n, code in enumerate(("town", "village"), start=1)]
        ))  # fmt: skip
        for n in (1, 2):
            await transaction.execute(
                insert(tables.conversation).values(id=n, places=[], offered=[], deliberation_id=1)
            )
            await transaction.execute(insert(tables.address).values(
                conversation_id=n, channel="telegram", bot="42", external_id=f"50000000{n}"
            ))  # fmt: skip
    yield database
    await database.close()


async def takes_part(
    database: Database, who: str, deliberation: int, met_at: int, said: dict[int, str]
) -> None:
    """`said` by the conversation it was said in; answered in the same words."""
    async with database.writing() as transaction:
        await transaction.execute(insert(tables.participant).values(
            id=who, deliberation_id=deliberation, conversation_id=met_at, status="enrolled",
            language="en", timezone="UTC", profile={}, created_at=NOON,
        ))  # fmt: skip
        for conversation, words in said.items():
            await transaction.execute(insert(tables.inbox).values(
                conversation_id=conversation, participant_id=who, channel="telegram",
                external_id=f"42:{who}:{conversation}", status="done", received_at=NOON,
                body={"kind": "text", "text": words, "pressed_message": None, "press": None},
            ))  # fmt: skip
            await transaction.execute(insert(tables.outbox).values(
                conversation_id=conversation, participant_id=who, channel="telegram", bot="42",
                kind="reply", priority=0, language="en", body={"text": words}, status="sent",
                created_at=NOON, send_after=NOON,
            ))  # fmt: skip


async def texts(database: Database) -> list[tuple[Any, ...]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(
                tables.inbox.c.participant_id, tables.inbox.c.body["text"].as_string()
            ).union_all(
                select(tables.outbox.c.participant_id, tables.outbox.c.body["text"].as_string())
            )
        )
        return sorted(tuple(row) for row in rows)


async def erases(database: Database, who: str) -> None:
    async with database.writing() as transaction:
        await erase(transaction, who, LATER)


async def speaks_as(database: Database, conversation: int, who: str) -> None:
    async with database.writing() as transaction:
        await transaction.execute(
            tables.conversation.update()
            .where(tables.conversation.c.id == conversation)
            .values(participant_id=who)
        )


async def addresses(database: Database) -> list[int]:
    async with database.reading() as connection:
        return sorted(
            (await connection.execute(select(tables.address.c.conversation_id))).scalars()
        )


async def test_of_two_deliberations_in_one_chat_one_is_erased(database: Database) -> None:
    await takes_part(database, "p1", 1, 1, {1: "parks"})
    await takes_part(database, "p2", 2, 1, {1: "trees"})
    await speaks_as(database, 1, "p1")
    await erases(database, "p1")
    assert await texts(database) == [("p2", "trees"), ("p2", "trees")]
    assert await addresses(database) == [1, 2]
    await speaks_as(database, 1, "p2")
    await erases(database, "p2")
    assert await texts(database) == [] and await addresses(database) == [2]


async def test_what_was_said_on_an_old_device_goes_too_and_what_another_said_there_stays(
    database: Database,
) -> None:
    """`p1` once spoke from a device that is now in the hands of `p2`."""
    await takes_part(database, "p1", 1, 2, {1: "mine", 2: "mine"})
    await takes_part(database, "p2", 1, 1, {1: "yours"})
    await speaks_as(database, 1, "p2")
    await speaks_as(database, 2, "p1")
    shown = [piece async for piece in StoredDocuments(database, Clock()).pieces(Document("", "p2"))]
    assert b"yours" in b"".join(shown) and b"mine" not in b"".join(shown)
    shown = [piece async for piece in StoredDocuments(database, Clock()).pieces(Document("", "p1"))]
    assert b"mine" in b"".join(shown) and b"yours" not in b"".join(shown)
    await erases(database, "p1")
    assert await texts(database) == [("p2", "yours"), ("p2", "yours")]
    assert await addresses(database) == [1]


@pytest.mark.parametrize(("sharing", "kept"), [(4, None), (5, "spring")])
async def test_a_cohort_is_kept_if_it_does_not_point_at_a_person(
    database: Database, sharing: int, kept: str | None
) -> None:
    for n in range(sharing):
        await takes_part(database, f"p{n}", 1, 1, {})
    await speaks_as(database, 1, "p0")
    async with database.writing() as transaction:
        await transaction.execute(tables.deliberation.update().values(on_erase="anonymise"))
        await transaction.execute(tables.participant.update().values(cohort="spring"))
    await erases(database, "p0")
    async with database.reading() as connection:
        found = await connection.execute(
            select(tables.participant.c.cohort).where(tables.participant.c.status == "erased")
        )
        assert found.scalar_one() == kept
