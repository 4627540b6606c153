"""The edge in: what came in is a row before it is acknowledged."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.conversation.messages import Incoming, IncomingKind, album_key
from bot.conversation.ports import Clock
from bot.domain.states import InboxStatus
from bot.storage.database import Database, Transaction
from bot.storage.tables import address, conversation, inbox
from bot.storage.together import Together

Sender = tuple[str, str, str]  #: Channel, bot, external id.


class StoredInbox:
    """Stores incoming messages. Calls that arrive together share one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._store = Together(self._store_all)

    async def store(self, messages: Sequence[Incoming]) -> None:
        """Committed when this returns. A message whose external id is known is a no-op."""
        if messages:
            await self._store(messages)

    async def _store_all(self, group: Sequence[Sequence[Incoming]]) -> Sequence[Exception | None]:
        messages = [message for messages in group for message in messages]
        try:
            await self._write(messages)
        except IntegrityError:
            # Another process made one of these addresses in the same moment: now it is there.
            await self._write(messages)
        return [None] * len(group)

    async def _write(self, messages: Sequence[Incoming]) -> None:
        async with self._database.writing() as transaction:
            await self._insert(transaction, messages)

    async def _insert(self, transaction: Transaction, messages: Sequence[Incoming]) -> None:
        now = self._clock.now()
        messages = await _once_an_album(transaction, messages, now)
        if not messages:
            return
        known = await self._conversations(transaction, messages)
        rows = [
            {
                "channel": m.channel,
                "external_id": m.external_id,
                "conversation_id": known[(m.channel, m.bot, m.sender)],
                "status": InboxStatus.PENDING,
                "body": m.body(),
                "received_at": now,
            }
            for m in messages
        ]
        await transaction.execute(self._database.insert(inbox).on_conflict_do_nothing(), rows)
        transaction.announce("inbox")

    async def _conversations(
        self, transaction: Transaction, messages: Sequence[Incoming]
    ) -> dict[Sender, int]:
        """The conversation of each sender, made where there is none."""
        senders = {(m.channel, m.bot, m.sender): m for m in messages}
        found = await transaction.execute(
            select(
                address.c.channel,
                address.c.bot,
                address.c.external_id,
                address.c.conversation_id,
                address.c.blocked_at,
            ).where(  # by lists of their own, which an index serves on SQLite too
                address.c.channel.in_({channel for channel, _, _ in senders}),
                address.c.bot.in_({bot for _, bot, _ in senders}),
                address.c.external_id.in_({external_id for _, _, external_id in senders}),
            )
        )
        known: dict[Sender, int] = {}
        revived: list[int] = []
        for row in found:
            sender = (row.channel, row.bot, row.external_id)
            if sender not in senders:
                continue  # the same number at another bot
            known[sender] = row.conversation_id
            if row.blocked_at is not None and senders[sender].kind is not IncomingKind.LEFT:
                revived.append(row.conversation_id)
        if revived:  # whoever writes has unblocked the bot
            await transaction.execute(
                update(address)
                .where(address.c.conversation_id.in_(revived))
                .values(blocked_at=None)
            )
        for sender, message in senders.items():
            if sender not in known:
                known[sender] = await self._begin_conversation(transaction, sender, message)
        return known

    async def _begin_conversation(
        self, transaction: Transaction, sender: Sender, message: Incoming
    ) -> int:
        channel, bot, external_id = sender
        made = await transaction.execute(
            insert(conversation)
            .values(hint=message.language_hint, places=[], offered=[])
            .returning(conversation.c.id)
        )
        conversation_id: int = made.scalar_one()
        await transaction.execute(
            insert(address).values(
                conversation_id=conversation_id, channel=channel, bot=bot, external_id=external_id
            )
        )
        return conversation_id


async def _once_an_album(
    transaction: Transaction, messages: Sequence[Incoming], now: datetime
) -> Sequence[Incoming]:
    """Without the pictures of an album whose words are heard, for an album is answered once.

    Keys let in the first words, and the first picture without any. A picture that comes after the
    words is dropped here, and one that waits when they come is done with. Only where its turn had
    run by then are both answered: words are never lost.
    """
    parts = [m for m in messages if m.album]
    if not parts:
        return messages
    ours = inbox.c.channel.in_({m.channel for m in parts})
    keys = {album_key(str(m.album), IncomingKind.TEXT): m.album for m in parts}
    found = await transaction.execute(
        select(inbox.c.external_id).where(ours, inbox.c.external_id.in_(keys))
    )
    worded = {keys[key] for (key,) in found}
    worded |= {m.album for m in parts if m.kind is IncomingKind.TEXT}
    wordless = [album_key(str(album), IncomingKind.OTHER) for album in worded]
    if wordless:
        await transaction.execute(
            update(inbox)
            .where(ours, inbox.c.external_id.in_(wordless), inbox.c.status == InboxStatus.PENDING)
            .values(status=InboxStatus.DONE, done_at=now)
        )
    return [m for m in messages if m.kind is not IncomingKind.OTHER or m.album not in worded]
