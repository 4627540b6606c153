"""What cannot be loaded is parked alone, and named."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.catalogue import SOURCE, Catalogues
from bot.conversation.messages import Heard, IncomingKind
from bot.conversation.ports import Failure
from bot.conversation.state import Conversation
from bot.domain.languages import best_language
from bot.domain.states import InboxStatus
from bot.storage.columns import has_status
from bot.storage.database import Transaction
from bot.storage.failures import write_failure
from bot.storage.records import to_conversation
from bot.storage.tables import address, conversation, inbox

#: How many parked messages are named.
NAMED = 20


async def write_unreadable(
    transaction: Transaction, id_: int, error: str, catalogues: Catalogues, now: datetime
) -> None:
    """Park what waits first in the conversation `id_`, and tell the citizen. To try it again would
    not help. If it is where the conversation stands that cannot be read, it is at the menu from now
    on, or nothing that is said there would ever be dealt with."""
    first = await transaction.execute(
        select(inbox.c.id)
        .where(inbox.c.conversation_id == id_, has_status(inbox, InboxStatus.PENDING))
        .order_by(inbox.c.id)
        .limit(1)
    )
    inbox_id = first.scalar_one_or_none()
    if inbox_id is None:
        return  # another worker has dealt with it
    if not await _is_readable(transaction, id_):
        at_the_menu: dict[str, Any] = {"places": [], "offered": [], "asked_at": None}
        await transaction.execute(
            update(conversation).where(conversation.c.id == id_).values(at_the_menu)
        )
    where = await _whom_to_tell(transaction, id_)
    language = where.language or best_language(where.hint, catalogues.languages) or SOURCE
    heard = Heard(inbox_id, where.channel, IncomingKind.OTHER, "", None, None, now)
    failure = Failure(heard, error, parked=True, language=language)
    await write_failure(transaction, where, failure, catalogues, now)


async def _is_readable(transaction: Transaction, id_: int) -> bool:
    try:
        found = await transaction.execute(
            select(conversation, address.c.channel, address.c.bot, address.c.blocked_at)
            .join(address, address.c.conversation_id == conversation.c.id)
            .where(conversation.c.id == id_)
        )
        to_conversation(found.one(), None)
    except DBAPIError:
        raise
    except Exception:  # whatever a stored value may raise
        return False
    return True


async def _whom_to_tell(transaction: Transaction, id_: int) -> Conversation:
    """By columns that are words or numbers, which nothing can be wrong with."""
    columns = [conversation.c[name] for name in ("participant_id", "language", "hint", "asked")]
    found = await transaction.execute(
        select(*columns, address.c.channel, address.c.bot)
        .join(address, address.c.conversation_id == conversation.c.id)
        .where(conversation.c.id == id_)
    )
    row = found.one()
    return Conversation(
        id=id_,
        channel=row.channel,
        bot=row.bot,
        deliberation_id=None,
        participant_id=row.participant_id,
        language=row.language,
        hint=row.hint,
        places=(),
        asked=row.asked,
        asked_at=None,
        offered=(),
        strikes=0,
        blocked=False,
    )


async def parked(connection: AsyncConnection) -> Sequence[Any]:
    """The newest of the messages that could not be dealt with: columns `id` and `error`."""
    found = await connection.execute(
        select(inbox.c.id, inbox.c.error)
        .where(inbox.c.status == InboxStatus.FAILED)
        .order_by(inbox.c.id.desc())
        .limit(NAMED)
    )
    return found.all()
