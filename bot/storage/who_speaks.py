"""Writing who speaks: codes that are used and remembered, people who left, sessions that ended."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import case, insert, literal, null, select, update

from bot.conversation.effects import Effects
from bot.conversation.messages import UNASKED
from bot.conversation.ports import Outcome, StaleState
from bot.domain.states import BroadcastStatus, DeliveryStatus, InboxStatus
from bot.domain.unasked import NOT_MET
from bot.storage.database import Transaction
from bot.storage.presented_codes import RETURN_CHECK
from bot.storage.tables import (
    address,
    broadcast,
    conversation,
    identity,
    inbox,
    invitation_code,
    organiser,
    outbox,
)


async def write_who_speaks(transaction: Transaction, effects: Effects, now: datetime) -> None:
    """Raises `StaleState` where a code was used up by somebody else."""
    for code, who in effects.codes_used:
        await _use(transaction, code, who)
    if effects.session_ended and effects.disowned:
        await transaction.execute(
            update(inbox).where(inbox.c.id.in_(effects.disowned)).values(body=None)
        )
    for code, right in effects.codes_checked:
        await transaction.execute(
            update(invitation_code)
            .where(invitation_code.c.id == code)
            .values(wrong_checks=0 if right else invitation_code.c.wrong_checks + 1)
        )
    for who, seal in effects.checks:
        await transaction.execute(
            identity.delete().where(
                identity.c.participant_id == who, identity.c.item == RETURN_CHECK
            )
        )
        await transaction.execute(
            insert(identity).values(
                participant_id=who, item=RETURN_CHECK, value=seal, stored_at=now
            )
        )


async def _use(transaction: Transaction, code: int, who: str | None) -> None:
    """A code for one remembers `who` joined by it."""
    alone = invitation_code.c.most_uses == 1
    used = await transaction.execute(
        update(invitation_code)
        .where(
            invitation_code.c.id == code,
            invitation_code.c.uses < invitation_code.c.most_uses,
        )
        .values(
            uses=invitation_code.c.uses + 1,
            participant_id=case((alone, literal(who)), else_=null()) if who else null(),
        )
    )
    if used.rowcount == 0:
        raise StaleState(f"invitation {code} was used up by somebody else")


async def make_room(transaction: Transaction, outcome: Outcome, now: datetime) -> Outcome:
    """Where somebody else has come, the address gets a conversation of its own for them. What was
    said before stays with those who said it, and is not sent any more."""
    (heard, effects), *_ = outcome.turns or ((None, None),)
    if heard is None or effects is None or not effects.left:
        return outcome
    old = outcome.after.conversation
    made = await transaction.execute(
        insert(conversation).values(places=[], offered=[]).returning(conversation.c.id)
    )
    new: int = made.scalar_one()
    of_old = {"conversation_id": new}
    for table in (address, organiser, broadcast):
        await transaction.execute(
            update(table).where(table.c.conversation_id == old.id).values(of_old)
        )
    await transaction.execute(
        update(inbox)
        .where(
            inbox.c.conversation_id == old.id,
            inbox.c.id.in_(effects.disowned)
            | ((inbox.c.status == InboxStatus.PENDING) & (inbox.c.id >= heard.id)),
        )
        .values(of_old)
    )
    await _silence(transaction, old.id, now)
    return replace(
        outcome,
        after=replace(outcome.after, conversation=replace(old, id=new)),
    )


async def _silence(transaction: Transaction, conversation_id: int, now: datetime) -> None:
    """What waits there is not sent any more, but for a farewell. What nobody asked for is the
    guard's, who sees where its reader is met."""
    await transaction.execute(
        update(outbox)
        .where(
            outbox.c.conversation_id == conversation_id,
            outbox.c.status == DeliveryStatus.QUEUED,
            outbox.c.kind.not_in(UNASKED),
            outbox.c.body["to"].as_string().is_(None),
        )
        .values(status=DeliveryStatus.CANCELLED, ended_at=now)
    )


async def send_after_all(transaction: Transaction, who: Collection[str], now: datetime) -> None:
    """What was taken back while these people were met nowhere waits for them where they are now,
    and is looked at again."""
    on_its_way = select(broadcast.c.id).where(broadcast.c.status == BroadcastStatus.SENDING)
    queued = await transaction.execute(
        update(outbox)
        .where(
            outbox.c.participant_id.in_(who),
            outbox.c.status == DeliveryStatus.CANCELLED,
            outbox.c.reason == NOT_MET,
            outbox.c.body.is_not(None),
            outbox.c.broadcast_id.is_(None) | outbox.c.broadcast_id.in_(on_its_way),
        )
        .values(status=DeliveryStatus.QUEUED, send_after=now, tries=0, reason=None, ended_at=None)
    )
    if queued.rowcount:
        transaction.announce("outbox")


async def end_session(transaction: Transaction, channel: str, session: str, now: datetime) -> None:
    """Whoever comes with this session is a stranger from now on, at whichever bot. What was said
    stays.

    What is under way is still dealt with, but nobody hears the answer.
    """
    found = await transaction.execute(
        select(address.c.id, address.c.conversation_id).where(
            address.c.external_id == session, address.c.channel == channel
        )
    )
    for row in found.all():
        await transaction.execute(
            update(address)
            .where(address.c.id == row.id)
            .values(external_id=f"ended:{secrets.token_hex(16)}", blocked_at=now)
        )
        await _silence(transaction, row.conversation_id, now)
