"""Writing what a batch of turns decided, with a handful of set-based statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.conversation.effects import Effects
from bot.conversation.messages import UNASKED
from bot.conversation.ports import Outcome
from bot.conversation.state import Conversation
from bot.domain.states import DeliveryStatus, InboxStatus
from bot.storage.database import Transaction
from bot.storage.erasure import erase, own_address
from bot.storage.organising import write_organising
from bot.storage.outgoing import outbox_row
from bot.storage.own_data import own_data_message
from bot.storage.participation import (
    Rows,
    insert_rows,
    write_answers,
    write_people,
    write_responses,
)
from bot.storage.records import place_document
from bot.storage.tables import (
    address,
    consent,
    conversation,
    event,
    inbox,
    invitation,
    outbox,
    participant,
    reading,
)
from bot.storage.who_speaks import end_session, make_room, send_after_all, write_who_speaks

#: Messages that nobody asked for: they are taken back when a participant wants quiet.


async def write_outcomes(
    transaction: Transaction,
    outcomes: Sequence[Outcome],
    now: datetime,
) -> None:
    """Write all that succeeded. Raises `StaleState` where a row is no longer as it was loaded."""
    outcomes = [await make_room(transaction, outcome, now) for outcome in outcomes]
    await write_people(transaction, outcomes, now)
    await write_responses(transaction, outcomes, now)
    await write_answers(transaction, outcomes, now)
    for outcome in outcomes:
        for _, effects in outcome.turns:
            await _write_rare(transaction, effects, outcome, now)
    await _write_lists(transaction, outcomes, now)
    await _write_conversations(transaction, outcomes, now)
    await _write_messages(transaction, outcomes, now)
    speaker = (
        select(conversation.c.participant_id)
        .where(conversation.c.id == inbox.c.conversation_id)
        .scalar_subquery()
    )
    done = [heard.id for outcome in outcomes for heard, _ in outcome.turns]
    await transaction.execute(
        update(inbox)
        .where(inbox.c.id.in_(done))
        .values(status=InboxStatus.DONE, done_at=now, error=None, participant_id=speaker)
    )
    for outcome in outcomes:
        for _, effects in outcome.turns:
            if effects.session_ended:
                here = outcome.after.conversation
                session = await own_address(transaction, here.id)
                await end_session(transaction, here.channel, session, now)
            for who in effects.erased:
                await erase(transaction, who, now)


async def _write_rare(
    transaction: Transaction, effects: Effects, outcome: Outcome, now: datetime
) -> None:
    """What happens to a person once or twice."""
    await write_who_speaks(transaction, effects, now)
    for who in effects.withdrawals:
        await transaction.execute(
            update(consent)
            .where(consent.c.participant_id == who, consent.c.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
    for who in effects.silenced:
        await transaction.execute(
            update(outbox)
            .where(
                outbox.c.participant_id == who,
                outbox.c.status == DeliveryStatus.QUEUED,
                outbox.c.kind.in_(UNASKED),
            )
            .values(status=DeliveryStatus.CANCELLED, ended_at=now)
        )
    await write_organising(transaction, effects, outcome.after.conversation, now)
    for who, language in effects.own_data:
        message = await own_data_message(transaction, who, language)
        here = [told.document for _, turn in outcome.turns for told in turn.messages]
        if message is not None and message.document not in here:
            effects.messages.append(message)


async def _write_lists(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    invitations: Rows = []
    consents: Rows = []
    readings: Rows = []
    events: Rows = []
    for outcome in outcomes:
        known = outcome.before.everybody
        for who, somebody in outcome.after.everybody.items():
            invitations += [
                {"participant_id": who, "wave_id": wave_id, "invited_at": now, "told_at": now}
                for wave_id in somebody.invited - (known[who].invited if who in known else set())
            ]
        channel = outcome.after.conversation.channel
        for _, effects in outcome.turns:
            consents += [
                {
                    "participant_id": given.participant_id,
                    "consent_text_id": given.consent_text_id,
                    "language": given.language,
                    "channel": channel,
                    "given_at": now,
                }
                for given in effects.consents
            ]
            readings += [
                {
                    "participant_id": read.participant_id,
                    "briefing_id": read.briefing_id,
                    "part": read.part,
                    "read_at": now,
                }
                for read in effects.parts_read
            ]
            events += [
                {
                    "at": now,
                    "subject": happened.subject,
                    "subject_id": happened.subject_id,
                    "actor": "participant",
                    "source": happened.source,
                    "target": happened.target,
                }
                for happened in effects.events
            ]
    await insert_rows(transaction, invitation, invitations)
    await insert_rows(transaction, consent, consents)
    await insert_rows(transaction, reading, readings)
    await insert_rows(transaction, event, events)


async def _write_conversations(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    changed: Rows = []
    moved: Rows = []
    back: list[str] = []
    blocked: list[int] = []
    unblocked: list[int] = []
    for outcome in outcomes:
        before, after = outcome.before.conversation, outcome.after.conversation
        if after != before:
            changed.append(_conversation_row(after))
        who = outcome.after.participant
        known = outcome.before.everybody.get(who.id) if who else None
        surely = not all(effects.doubted for _, effects in outcome.turns)
        if who and known and surely and who.met_at != after.id:
            back.append(who.id)
            if who is known.participant:
                moved.append({"_id": who.id, "conversation_id": after.id})
        if after.blocked:
            blocked.append(after.id)
        elif before.blocked:  # by a send that failed since they came back
            unblocked.append(after.id)
    if changed:
        await transaction.connection.execute(
            update(conversation).where(conversation.c.id == bindparam("_id")), changed
        )
    if moved:  # whoever speaks from another address is met there from now on
        await transaction.connection.execute(
            update(participant).where(participant.c.id == bindparam("_id")), moved
        )
    if back:
        await send_after_all(transaction, back, now)
    if unblocked:
        await transaction.execute(
            update(address).where(address.c.conversation_id.in_(unblocked)).values(blocked_at=None)
        )
    if blocked:
        await transaction.execute(
            update(address).where(address.c.conversation_id.in_(blocked)).values(blocked_at=now)
        )
        await transaction.execute(
            update(outbox)
            .where(outbox.c.conversation_id.in_(blocked), outbox.c.status == DeliveryStatus.QUEUED)
            .values(status=DeliveryStatus.BLOCKED, ended_at=now)
        )


def _conversation_row(after: Conversation) -> dict[str, Any]:
    return {
        "_id": after.id,
        "deliberation_id": after.deliberation_id,
        "participant_id": after.participant_id,
        "language": after.language,
        "places": [place_document(place) for place in after.places],
        "asked": after.asked,
        "asked_at": after.asked_at,
        "offered": [list(pair) for pair in after.offered],
        "strikes": after.strikes,
        "typed": [list(each) for each in after.typed],
        "wrong_codes": after.wrong_codes,
        "wrong_code_at": after.wrong_code_at,
        "retry_at": None,
    }


async def _write_messages(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    rows: Rows = []
    for outcome in outcomes:
        where = outcome.after.conversation
        to = None
        if any(effects.erased or effects.session_ended for _, effects in outcome.turns):
            to = await own_address(transaction, where.id)
        for _, effects in outcome.turns:
            rows += [outbox_row(where, message, now, to) for message in effects.messages]
    if rows:
        await insert_rows(transaction, outbox, rows)
        transaction.announce("outbox")
