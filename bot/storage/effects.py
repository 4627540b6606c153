"""Writing what a batch of turns decided, with a handful of set-based statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, insert, update

from bot.conversation.effects import Effects
from bot.conversation.ports import Outcome, StaleState
from bot.conversation.state import Conversation, Deliberation, Participant, Response
from bot.domain.states import DeliveryStatus, InboxStatus, ResponseStatus
from bot.storage.database import Transaction
from bot.storage.erasure import erase, own_address
from bot.storage.outgoing import outbox_row
from bot.storage.own_data import data_file
from bot.storage.tables import (
    address,
    answer,
    consent,
    conversation,
    event,
    identity,
    inbox,
    invitation,
    invitation_code,
    outbox,
    participant,
    reading,
    response,
)

#: Messages that nobody asked for: they are taken back when a participant wants quiet.
UNASKED = ("invitation", "reminder", "broadcast")

Rows = list[dict[str, Any]]


async def write_outcomes(
    transaction: Transaction,
    outcomes: Sequence[Outcome],
    library: Mapping[int, Deliberation],
    now: datetime,
) -> None:
    """Write all that succeeded. Raises `StaleState` where a row is no longer as it was loaded."""
    await _write_people(transaction, outcomes, now)
    await _write_responses(transaction, outcomes, now)
    await _write_answers(transaction, outcomes, now)
    for outcome in outcomes:
        for _, effects in outcome.turns:
            await _write_rare(transaction, effects, outcome, now)
    await _write_lists(transaction, outcomes, now)
    await _write_conversations(transaction, outcomes, now)
    await _write_messages(transaction, outcomes, now)
    done = [heard.id for outcome in outcomes for heard, _ in outcome.turns]
    await transaction.execute(
        update(inbox)
        .where(inbox.c.id.in_(done))
        .values(status=InboxStatus.DONE, done_at=now, error=None)
    )
    for outcome in outcomes:
        for _, effects in outcome.turns:
            for who in effects.erased:
                deliberation = library[_somebody(outcome).deliberation_id]
                await erase(transaction, who, deliberation.on_erase == "anonymise", now)


def _somebody(outcome: Outcome) -> Participant:
    assert outcome.after.participant is not None
    return outcome.after.participant


async def _write_people(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    new: Rows = []
    changed: Rows = []
    for outcome in outcomes:
        before, after = outcome.before.participant, outcome.after.participant
        if after is None or after is before:
            continue
        row = {
            "status": after.status,
            "language": after.language,
            "country": after.country,
            "timezone": after.timezone,
            "profile": dict(after.profile),
            "enrolled_at": after.enrolled_at,
            "conversation_id": outcome.after.conversation.id,
        }
        if before is None or before.id != after.id:
            new.append(
                {
                    "id": after.id,
                    "deliberation_id": after.deliberation_id,
                    "cohort": after.cohort,
                    "stratum": after.stratum,
                    "created_at": now,
                    **row,
                }
            )
        else:
            changed.append({"_id": after.id, "_status": before.status, **row})
    await _insert(transaction, participant, new)
    await _update(transaction, participant, changed)


async def _write_responses(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    new: Rows = []
    changed: Rows = []
    for outcome in outcomes:
        for instrument, after in outcome.after.responses.items():
            before = outcome.before.responses.get(instrument)
            completed = now if after.status is ResponseStatus.COMPLETE else None
            if before is None:
                new.append(_new_response(outcome, after, now, completed))
            elif before.status is not after.status:
                changed.append(
                    {
                        "_id": after.id,
                        "_status": before.status,
                        "status": after.status,
                        "completed_at": completed,
                    }
                )
    await _insert(transaction, response, new)
    await _update(transaction, response, changed)


def _new_response(
    outcome: Outcome, after: Response, now: datetime, completed: datetime | None
) -> dict[str, Any]:
    return {
        "id": after.id,
        "participant_id": _somebody(outcome).id,
        "instrument": after.instrument,
        "wave_id": after.wave_id,
        "questionnaire_id": after.questionnaire_id,
        "status": after.status,
        "language": after.language,
        "channel": outcome.after.conversation.channel,
        "started_at": now,
        "completed_at": completed,
    }


async def _write_answers(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    """The last answer to an item is current; those before it become history."""
    current: Rows = []
    history: Rows = []
    replaced: Rows = []
    identifying: Rows = []
    for outcome in outcomes:
        known = {(r.id, item) for r in outcome.before.responses.values() for item in r.answers}
        latest: dict[tuple[str, str], dict[str, Any]] = {}
        for heard, effects in outcome.turns:
            for given in effects.answers:
                key = (given.response_id, given.item)
                if key in latest:
                    history.append({**latest[key], "replaced_at": now})
                elif key in known:
                    replaced.append({"_response": key[0], "_item": key[1]})
                latest[key] = {
                    "response_id": given.response_id,
                    "item": given.item,
                    "kind": given.answer.kind,
                    "value": None if given.personal else given.answer.value,
                    "language": given.language,
                    "channel": heard.channel,
                    "asked_at": given.asked_at,
                    "answered_at": now,
                    "replaced_at": None,
                }
                if given.personal:
                    identifying.append(
                        {
                            "participant_id": given.participant_id,
                            "item": given.item,
                            "value": given.answer.value,
                            "stored_at": now,
                        }
                    )
        current += latest.values()
    if replaced:
        await transaction.connection.execute(
            update(answer)
            .where(
                answer.c.response_id == bindparam("_response"),
                answer.c.item == bindparam("_item"),
                answer.c.replaced_at.is_(None),
            )
            .values(replaced_at=now),
            replaced,
        )
    await _insert(transaction, answer, history + current)
    for row in identifying:
        await transaction.execute(
            identity.delete().where(
                identity.c.participant_id == row["participant_id"], identity.c.item == row["item"]
            )
        )
        await transaction.execute(insert(identity).values(row))


async def _write_rare(
    transaction: Transaction, effects: Effects, outcome: Outcome, now: datetime
) -> None:
    """What happens to a person once or twice."""
    for code in effects.codes_used:
        used = await transaction.execute(
            update(invitation_code)
            .where(
                invitation_code.c.id == code,
                invitation_code.c.uses < invitation_code.c.most_uses,
            )
            .values(uses=invitation_code.c.uses + 1)
        )
        if used.rowcount == 0:
            raise StaleState(f"invitation {code} was used up by somebody else")
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
            .values(status=DeliveryStatus.CANCELLED)
        )
    for who, language in effects.own_data:
        effects.messages.append(await data_file(transaction.connection, who, language, now))


async def _write_lists(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    invitations: Rows = []
    consents: Rows = []
    readings: Rows = []
    events: Rows = []
    for outcome in outcomes:
        for wave_id in outcome.after.invited - outcome.before.invited:
            invitations.append(
                {
                    "participant_id": _somebody(outcome).id,
                    "wave_id": wave_id,
                    "invited_at": now,
                    "told_at": now,
                }
            )
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
    await _insert(transaction, invitation, invitations)
    await _insert(transaction, consent, consents)
    await _insert(transaction, reading, readings)
    await _insert(transaction, event, events)


async def _write_conversations(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    changed: Rows = []
    moved: Rows = []
    blocked: list[int] = []
    for outcome in outcomes:
        before, after = outcome.before.conversation, outcome.after.conversation
        if after != before:
            changed.append(_conversation_row(after))
        who = outcome.after.participant
        if who is not None and who is outcome.before.participant and who.met_at != after.id:
            moved.append({"_id": who.id, "conversation_id": after.id})
        if after.blocked:
            blocked.append(after.id)
    if changed:
        await transaction.connection.execute(
            update(conversation).where(conversation.c.id == bindparam("_id")), changed
        )
    if moved:  # whoever speaks from another address is met there from now on
        await transaction.connection.execute(
            update(participant).where(participant.c.id == bindparam("_id")), moved
        )
    if blocked:
        await transaction.execute(
            update(address).where(address.c.conversation_id.in_(blocked)).values(blocked_at=now)
        )
        await transaction.execute(
            update(outbox)
            .where(outbox.c.conversation_id.in_(blocked), outbox.c.status == DeliveryStatus.QUEUED)
            .values(status=DeliveryStatus.BLOCKED)
        )


def _conversation_row(after: Conversation) -> dict[str, Any]:
    return {
        "_id": after.id,
        "deliberation_id": after.deliberation_id,
        "participant_id": after.participant_id,
        "language": after.language,
        "places": [[place.name, dict(place.data)] for place in after.places],
        "asked": after.asked,
        "asked_at": after.asked_at,
        "offered": [list(pair) for pair in after.offered],
        "strikes": after.strikes,
        "retry_at": None,
    }


async def _write_messages(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    rows: Rows = []
    for outcome in outcomes:
        where = outcome.after.conversation
        to = None
        if any(effects.erased for _, effects in outcome.turns):
            to = await own_address(transaction, where.id)
        for _, effects in outcome.turns:
            rows += [outbox_row(where, message, now, to) for message in effects.messages]
    if rows:
        await _insert(transaction, outbox, rows)
        transaction.announce("outbox")


async def _insert(transaction: Transaction, table: Table, rows: Rows) -> None:
    if rows:
        await transaction.connection.execute(insert(table), rows)


async def _update(transaction: Transaction, table: Table, rows: Rows) -> None:
    """Update by `_id`, and only what still has the status `_status`."""
    if not rows:
        return
    unchanged: ColumnElement[bool] = and_(
        table.c.id == bindparam("_id"), table.c.status == bindparam("_status")
    )
    result = await transaction.connection.execute(update(table).where(unchanged), rows)
    if result.rowcount != len(rows):
        raise StaleState(f"a {table.name} was changed by somebody else in the meantime")
