"""Erasing a person: all that is known of them goes at once, and so does all that could lead to it.

What `on_erase = "anonymise"` keeps has nothing in common with what was there before, neither an id
nor a time: see `bot.storage.anonymising`. What else knew the person is deleted, not emptied, for a
row that is left still has its times and its place in a sequence.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, and_, delete, or_, select, update

from bot.domain.local_time import midnight
from bot.domain.states import InboxStatus, ParticipantStatus
from bot.storage.anonymising import keep_as_nobody
from bot.storage.database import Transaction
from bot.storage.events import log_event
from bot.storage.tables import (
    address,
    broadcast,
    conversation,
    deliberation,
    event,
    inbox,
    invitation_code,
    organiser,
    outbox,
    participant,
    response,
    webchat_message,
)

log = structlog.get_logger()

#: For so long a platform may repeat what it has told already: until then its id is known, without
#: anything else. https://core.telegram.org/bots/api#getting-updates
REPEATED_FOR = timedelta(days=1)

#: What a conversation is while nobody uses it.
NOBODYS = {
    column.name: None
    for column in conversation.c
    if column.nullable and column.name != "deliberation_id"
} | {"places": [], "offered": [], "strikes": 0}


async def own_address(transaction: Transaction, conversation_id: int) -> str:
    """Where the farewell goes: the one message that outlives its address."""
    found = await transaction.execute(
        select(address.c.external_id).where(address.c.conversation_id == conversation_id)
    )
    return str(found.scalar_one())


async def erase(transaction: Transaction, who: str, now: datetime) -> None:
    """Forget the participant `who`, who is marked `erased` already.

    Conversations that serve somebody else, or the same person in another deliberation, keep their
    address and what was said there in that part. The log keeps the pseudonym, so that a backup that
    is restored can be erased again.
    """
    found = await transaction.execute(
        select(participant, deliberation.c.on_erase)
        .join(deliberation, deliberation.c.id == participant.c.deliberation_id)
        .where(participant.c.id == who)
    )
    person = found.one()
    met = and_(conversation.c.id == person.conversation_id, conversation.c.participant_id.is_(None))
    own = await _ids(
        transaction,
        select(conversation.c.id).where(or_(conversation.c.participant_id == who, met)),
    )
    others = await _ids(
        transaction,
        select(participant.c.conversation_id).where(
            participant.c.conversation_id.in_(own), participant.c.id != who
        ),
    )
    await _forget_events(transaction, who)
    await _forget_messages(transaction, who, own, now)
    await _forget_choice_by_hand(transaction, who, person.deliberation_id)
    if person.on_erase == "anonymise":
        await keep_as_nobody(transaction, person)
    await transaction.execute(  # which opens nothing any more
        update(invitation_code)
        .where(invitation_code.c.participant_id == who)
        .values(participant_id=None, wrong_checks=0)
    )
    # With the person go identity, consent, invitations, responses with their answers, and readings.
    await transaction.execute(delete(participant).where(participant.c.id == who))
    await _forget_addresses(transaction, own, others, now)
    await log_event(
        transaction, "participant", "nobody", None, ParticipantStatus.ERASED, "participant",
        midnight(now, "UTC"),
    )  # fmt: skip
    log.info("a participant was erased", participant=who)


async def _ids(transaction: Transaction, statement: Select[tuple[int]]) -> set[int]:
    return set((await transaction.execute(statement)).scalars()) - {None}


async def _forget_events(transaction: Transaction, who: str) -> None:
    responses = select(response.c.id).where(response.c.participant_id == who)
    await transaction.execute(
        delete(event).where(
            or_(
                and_(event.c.subject == "participant", event.c.subject_id == who),
                and_(event.c.subject == "response", event.c.subject_id.in_(responses)),
            )
        )
    )


async def _forget_messages(
    transaction: Transaction, who: str, own: set[int], now: datetime
) -> None:
    """All that this person said and was told, wherever; of the time before anybody knew who was
    speaking, all in the conversations that are theirs. The farewell stays, which is nobody's."""
    before = and_(
        inbox.c.participant_id.is_(None),
        inbox.c.conversation_id.in_(own),
        inbox.c.body.is_not(None),
    )
    said = or_(inbox.c.participant_id == who, before)
    await transaction.execute(delete(inbox).where(said, inbox.c.received_at < now - REPEATED_FOR))
    today = midnight(now, "UTC")
    await transaction.execute(
        update(inbox).where(said).values(
            participant_id=None, body=None, error=None, tries=0, status=InboxStatus.DONE,
            received_at=today, done_at=today,
        )
    )  # fmt: skip
    nobodys = and_(
        outbox.c.participant_id.is_(None),
        outbox.c.conversation_id.in_(own),
        outbox.c.body.is_not(None),
        outbox.c.created_at != now,
    )
    # With them goes what the web chat shows of them.
    await transaction.execute(delete(outbox).where(or_(outbox.c.participant_id == who, nobodys)))


async def _forget_choice_by_hand(transaction: Transaction, who: str, deliberation_id: int) -> None:
    found = await transaction.execute(
        select(broadcast.c.id, broadcast.c.by_hand).where(
            broadcast.c.deliberation_id == deliberation_id, broadcast.c.by_hand.is_not(None)
        )
    )
    for row in found.all():
        if who in row.by_hand:
            await transaction.execute(
                update(broadcast)
                .where(broadcast.c.id == row.id)
                .values(by_hand=[picked for picked in row.by_hand if picked != who])
            )


async def _forget_addresses(
    transaction: Transaction, own: set[int], others: set[int], now: datetime
) -> None:
    await transaction.execute(delete(organiser).where(organiser.c.conversation_id.in_(own)))
    await transaction.execute(delete(address).where(address.c.conversation_id.in_(own - others)))
    await transaction.execute(
        delete(webchat_message).where(webchat_message.c.conversation_id.in_(own - others))
    )
    await transaction.execute(
        update(conversation)
        .where(conversation.c.id.in_(own))
        .values(**NOBODYS | {"erased_at": now})
    )
