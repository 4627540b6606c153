"""The mailboxes of the web chat: what the bot told each session, kept until its page fetches it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, column, select, text, values
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.conversation.messages import Document, IncomingKind
from bot.storage.database import Database, Transaction
from bot.storage.tables import address, conversation, inbox, webchat_message
from bot.storage.together import Together
from bot.storage.who_speaks import end_session

CHANNEL = "webchat"

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
class News:
    """What is new for a session, oldest first, and in which conversations to look the next time."""

    conversations: frozenset[int]
    told: Sequence[Told]


@dataclass(frozen=True, slots=True)
class _Delivery:
    outbox_id: int
    conversation: int
    topics: tuple[str, ...]
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Look:
    session: str
    bot: str
    known: frozenset[int]
    after: int


class StoredMailbox:
    """Delivers to the mailboxes and reads them. What many do in one moment is done together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._deliver = Together(self._deliver_all)
        self._look = Together(self._look_all)

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
        return await self._deliver(_Delivery(outbox_id, conversation, tuple(topics), body, at))

    async def _deliver_all(self, group: Sequence[_Delivery]) -> Sequence[int | Exception]:
        try:
            async with self._database.writing() as transaction:
                return await self._insert(transaction, group)
        except IntegrityError:
            if len(group) == 1:
                return [LookupError(GONE)]
            # One of them must not hold up the others.
            return [(await self._deliver_all([delivery]))[0] for delivery in group]
        except (SQLAlchemyError, OSError) as error:
            return [ConnectionError(type(error).__name__)] * len(group)

    async def _insert(self, transaction: Transaction, group: Sequence[_Delivery]) -> list[int]:
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
        ids = {row.outbox_id: _replaced(row.body) or row.id for row in stored}
        for delivery in group:
            for topic in delivery.topics:
                transaction.announce(topic)
        return [ids[delivery.outbox_id] for delivery in group]

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

    async def news(self, session: str, bot: str, known: frozenset[int], after: int) -> News:
        """All messages after the id `after`, edits among them, in the conversation of the session
        with `bot` and in those that are `known` from before."""
        return await self._look(_Look(session, bot, known, after))

    async def _look_all(self, group: Sequence[_Look]) -> Sequence[News]:
        where, message = address.c, webchat_message.c
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(where.external_id, where.bot, where.conversation_id).where(
                    where.channel == CHANNEL,
                    # Not as tuples: for those SQLite would read all addresses of the channel.
                    where.bot.in_({look.bot for look in group}),
                    where.external_id.in_({look.session for look in group}),
                )
            )
            current = {(row.external_id, row.bot): row.conversation_id for row in found}
            conversations = [
                look.known | ({c} if (c := current.get((look.session, look.bot))) else set())
                for look in group
            ]
            least: dict[int, int] = {}
            for look, among in zip(group, conversations, strict=True):
                for c in among:
                    least[c] = min(look.after, least.get(c, look.after))
            told: defaultdict[int, list[Told]] = defaultdict(list)
            if least:
                wanted = values(
                    column("conversation_id", BigInteger),
                    column("after", BigInteger),
                    name="wanted",
                ).data(list(least.items()))
                wanted_rows = wanted.cte("wanted")
                rows = await connection.execute(
                    select(message.conversation_id, message.id, message.body, message.created_at)
                    .join(
                        wanted_rows,
                        and_(
                            wanted_rows.c.conversation_id == message.conversation_id,
                            message.id > wanted_rows.c.after,
                        ),
                    )
                    .order_by(message.id)
                )
                for row in rows:
                    told[row.conversation_id].append(Told(row.id, row.body, row.created_at))
        return [
            News(
                among,
                sorted(
                    (m for c in among for m in told[c] if m.id > look.after), key=lambda m: m.id
                ),
            )
            for look, among in zip(group, conversations, strict=True)
        ]

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

    async def document(
        self, session: str, message_id: int, offered_after: datetime
    ) -> Document | None:
        """The file in a message to this session and to who uses it now; None if there is none, or
        it is older."""
        message = webchat_message.c
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(message.body, conversation.c.participant_id)
                .join(address, address.c.conversation_id == message.conversation_id)
                .join(conversation, conversation.c.id == message.conversation_id)
                .where(
                    address.c.channel == CHANNEL,
                    address.c.external_id == session,
                    message.id == message_id,
                    message.created_at > offered_after,
                )
            )
            row = found.one_or_none()
        if row is None or "document" not in row.body:
            return None
        document = Document(**row.body["document"])
        return document if document.of == row.participant_id else None

    async def end(self, session: str, now: datetime) -> None:
        """Whoever comes with this session from now on is a stranger, to whatever bot."""
        async with self._database.writing() as transaction:
            await end_session(transaction, CHANNEL, session, now)


_SHOWN = (IncomingKind.TEXT, IncomingKind.CHOICE)


def _said(external_id: str, body: dict[str, Any], at: datetime) -> Said:
    return Said(external_id, body["kind"], body.get("text", ""), body.get("pressed_message"), at)


def _replaced(body: dict[str, Any]) -> int:
    """The id of the message that `body` edits, 0 if it edits none."""
    replaces = str(body.get("replaces") or "")
    return int(replaces) if replaces.isascii() and replaces.isdigit() and len(replaces) < 19 else 0
