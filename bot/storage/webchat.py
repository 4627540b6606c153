"""The mailboxes of the web chat: what the bot told each session, kept until its page fetches it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.conversation.messages import IncomingKind
from bot.storage.database import Database, Transaction
from bot.storage.tables import address, inbox, webchat_message

CHANNEL = "webchat"

#: The most messages that one transaction delivers; a burst beyond it waits for the next.
LARGEST_GROUP = 500

#: The most of a citizen's own messages on one page of the transcript.
MOST_SAID = 500

#: First key of the advisory locks that keep the ids of one mailbox in the order of their commits.
LOCKS = 0x77636874

#: Said in stead of the database's own words, which would carry the message.
GONE = "the conversation or the outbox row of this message is no more"


@dataclass(frozen=True, slots=True)
class Told:
    """One message in a mailbox."""

    id: int
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the citizen."""

    external_id: str
    kind: str
    text: str
    pressed_message: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """One page of a conversation, both sides oldest first."""

    told: Sequence[Told]
    said: Sequence[Said]
    earlier: bool  #: Whether there is an earlier page.


@dataclass(frozen=True, slots=True)
class _Delivery:
    outbox_id: int
    conversation: int
    topics: tuple[str, ...]
    body: dict[str, Any]
    at: datetime
    delivered: asyncio.Future[int]


class StoredMailbox:
    """Delivers to the mailboxes and reads them. Deliveries of one moment share a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Delivery] = []
        self._writer: asyncio.Task[None] | None = None

    # --- Delivering ------------------------------------------------------------------------------

    async def deliver(
        self,
        outbox_id: int,
        conversation: int,
        topics: Collection[str],
        body: dict[str, Any],
        at: datetime,
    ) -> int:
        """The id of the message that the citizen now has: of the edited one, if `body` edits one.

        Committed and announced under `topics` when this returns. Repeated for the same `outbox_id`
        it changes nothing. Raises `LookupError` if the conversation is no more, `ConnectionError`
        if the database did not take it.
        """
        delivered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Delivery(outbox_id, conversation, tuple(topics), body, at, delivered))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        return await delivered

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = (
                    self._waiting[:LARGEST_GROUP],
                    self._waiting[LARGEST_GROUP:],
                )
                await self._write(group)
        finally:
            self._writer = None

    async def _write(self, group: Sequence[_Delivery]) -> None:
        try:
            async with self._database.writing() as transaction:
                ids = await self._insert(transaction, group)
        except IntegrityError:
            if len(group) == 1:
                _fail(group, LookupError(GONE))
            else:  # one of them must not hold up the others
                for delivery in group:
                    await self._write([delivery])
        except (SQLAlchemyError, OSError) as error:
            _fail(group, ConnectionError(type(error).__name__))
        except BaseException:
            _fail(group, ConnectionError("delivering was cut short"))
            raise
        else:
            for delivery in group:
                if not delivery.delivered.done():
                    delivery.delivered.set_result(ids[delivery.outbox_id])

    async def _insert(self, transaction: Transaction, group: Sequence[_Delivery]) -> dict[int, int]:
        await self._keep_order(transaction, {d.conversation for d in group})
        originals = await self._originals(transaction, group)
        rows = []
        for d in group:
            original = originals.get(_replaced(d.body), {}).get(d.conversation)
            body = {k: v for k, v in d.body.items() if k != "replaces"}
            rows.append(
                {
                    "conversation_id": d.conversation,
                    "outbox_id": d.outbox_id,
                    "body": body if original is None else {**body, "replaces": str(original)},
                    "created_at": d.at,
                }
            )
        dialect_insert = sqlite_insert if self._database.is_sqlite else postgresql_insert
        await transaction.execute(
            dialect_insert(webchat_message).on_conflict_do_nothing(
                index_elements=[webchat_message.c.outbox_id]
            ),
            rows,
        )
        stored = await transaction.execute(
            select(webchat_message.c.outbox_id, webchat_message.c.id, webchat_message.c.body).where(
                webchat_message.c.outbox_id.in_([d.outbox_id for d in group])
            )
        )
        for delivery in group:
            for topic in delivery.topics:
                transaction.announce(topic)
        return {row.outbox_id: _replaced(row.body) or row.id for row in stored}

    async def _keep_order(self, transaction: Transaction, conversations: Collection[int]) -> None:
        """Whoever reads up to an id must not miss a lower one that commits later."""
        if not self._database.is_sqlite:
            await transaction.execute(
                text(
                    "SELECT pg_advisory_xact_lock(:locks ::int, k) FROM unnest(:keys ::int[]) AS k"
                ),
                {"locks": LOCKS, "keys": sorted({c & 0x7FFFFFFF for c in conversations})},
            )

    async def _originals(
        self, transaction: Transaction, group: Sequence[_Delivery]
    ) -> dict[int, dict[int, int]]:
        """Of each message that is replaced: conversation → the message it edits, or itself."""
        replaced = {message_id for d in group if (message_id := _replaced(d.body))}
        if not replaced:
            return {}
        found = await transaction.execute(
            select(
                webchat_message.c.id, webchat_message.c.conversation_id, webchat_message.c.body
            ).where(webchat_message.c.id.in_(replaced))
        )
        return {row.id: {row.conversation_id: _replaced(row.body) or row.id} for row in found}

    # --- Reading ---------------------------------------------------------------------------------

    async def conversation(self, session: str, bot: str) -> int | None:
        """The conversation of a session with `bot`; None before the first message is stored."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(address.c.conversation_id).where(
                    address.c.channel == CHANNEL,
                    address.c.bot == bot,
                    address.c.external_id == session,
                )
            )
            conversation: int | None = found.scalar_one_or_none()
            return conversation

    async def told_after(
        self, conversations: Collection[int], after: int, most: int
    ) -> Sequence[Told]:
        """The next messages after the id `after`, at most so many, edits among them."""
        message = webchat_message.c
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(message.id, message.body, message.created_at)
                .where(message.conversation_id.in_(conversations), message.id > after)
                .order_by(message.id)
                .limit(most)
            )
            return [Told(*row) for row in found]

    async def history(self, conversation: int, before: int | None, most: int) -> History:
        """The newest page of both sides; with `before`, the page that ends before that message."""
        message, heard = webchat_message.c, inbox.c
        newest_told = select(message.id, message.body, message.created_at).where(
            message.conversation_id == conversation
        )
        newest_said = select(heard.external_id, heard.body, heard.received_at).where(
            heard.conversation_id == conversation, heard.body.is_not(None)
        )
        async with self._database.reading() as connection:
            if before is not None:
                ends_at = await connection.scalar(
                    select(message.created_at).where(
                        message.conversation_id == conversation, message.id == before
                    )
                )
                if ends_at is None:
                    return History((), (), earlier=False)
                newest_told = newest_told.where(message.id < before)
                newest_said = newest_said.where(heard.received_at < ends_at)
            rows = await connection.execute(newest_told.order_by(message.id.desc()).limit(most + 1))
            told = [Told(*row) for row in rows]
            earlier = len(told) > most
            told = told[:most][::-1]
            if earlier:
                newest_said = newest_said.where(heard.received_at >= told[0].at)
            rows = await connection.execute(newest_said.order_by(heard.id.desc()).limit(MOST_SAID))
            said = [_said(*row) for row in rows][::-1]
        return History(told, [s for s in said if s.kind in _SHOWN], earlier)

    async def document(self, session: str, message_id: int) -> dict[str, Any] | None:
        """The file in a message of this session; None if it has no such message, or no file."""
        message = webchat_message.c
        async with self._database.reading() as connection:
            body = await connection.scalar(
                select(message.body)
                .join(address, address.c.conversation_id == message.conversation_id)
                .where(
                    address.c.channel == CHANNEL,
                    address.c.external_id == session,
                    message.id == message_id,
                )
            )
        return body.get("document") if body else None


_SHOWN = (IncomingKind.TEXT, IncomingKind.CHOICE)


def _said(external_id: str, body: dict[str, Any], at: datetime) -> Said:
    return Said(external_id, body["kind"], body.get("text", ""), body.get("pressed_message"), at)


def _replaced(body: dict[str, Any]) -> int:
    """The id of the message that `body` edits, 0 if it edits none."""
    replaces = str(body.get("replaces") or "")
    return int(replaces) if replaces.isascii() and replaces.isdigit() and len(replaces) < 19 else 0


def _fail(group: Sequence[_Delivery], error: Exception) -> None:
    for delivery in group:
        if not delivery.delivered.done():
            delivery.delivered.set_exception(error)
