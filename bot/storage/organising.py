"""Writing what organisers decided in their chats."""

from datetime import datetime

from sqlalchemy import delete, insert

from bot.conversation.effects import BroadcastAct, Effects
from bot.conversation.ports import StaleState
from bot.conversation.state import Conversation
from bot.domain.states import ForbiddenTransition
from bot.storage import broadcasts
from bot.storage.broadcasts import Draft
from bot.storage.database import Transaction
from bot.storage.events import log_event
from bot.storage.tables import organiser


async def write_organising(
    transaction: Transaction, effects: Effects, where: Conversation, now: datetime
) -> None:
    """Raises `StaleState` where a broadcast has moved on meanwhile."""
    for deliberation_id, name in effects.organisers:
        await _enrol(transaction, where.id, deliberation_id, name, now)
    for written in effects.written:
        draft = Draft(
            texts=written.texts,
            audience=written.audience,
            excludes_others=written.excludes_others,
            start=written.start,
        )
        await broadcasts.insert_draft(
            transaction,
            written.id,
            written.deliberation_id,
            draft,
            _actor(where),
            now,
            conversation_id=where.id,
            code=written.code,
        )
    for id_, act in effects.acts:
        try:
            await _act(transaction, id_, act, where, now)
        except ForbiddenTransition as error:
            raise StaleState(str(error)) from None


async def _enrol(
    transaction: Transaction, conversation_id: int, deliberation_id: int, name: str, now: datetime
) -> None:
    """One conversation organises one deliberation: the one it was invited to last."""
    await transaction.execute(
        delete(organiser).where(organiser.c.conversation_id == conversation_id)
    )
    enrolled = await transaction.execute(
        insert(organiser)
        .values(
            deliberation_id=deliberation_id,
            conversation_id=conversation_id,
            name=name,
            enrolled_at=now,
        )
        .returning(organiser.c.id)
    )
    id_ = str(enrolled.scalar_one())
    actor = f"chat {conversation_id}"
    await log_event(transaction, "organiser", id_, None, "enrolled", actor, now)


async def _act(
    transaction: Transaction, id_: str, act: BroadcastAct, where: Conversation, now: datetime
) -> None:
    match act:
        case BroadcastAct.PAUSE:
            await broadcasts.pause(transaction, id_, _actor(where), now)
        case BroadcastAct.CANCEL:
            await broadcasts.cancel(transaction, id_, _actor(where), now)
        case _:  # for the desk: it takes time, or needs to know quiet hours
            await broadcasts.note(
                transaction, id_, asked=act, watched=True, conversation_id=where.id
            )
            transaction.announce("broadcasts")


def _actor(where: Conversation) -> str:
    return f"chat {where.id}"
