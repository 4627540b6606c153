"""Writing what a batch decided about people: who they are, and what they answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, insert, update

from bot.conversation.ports import Outcome, StaleState
from bot.conversation.state import Participant, Response
from bot.domain.states import ResponseStatus
from bot.storage.database import Transaction
from bot.storage.tables import answer, identity, participant, response

Rows = list[dict[str, Any]]


def somebody(outcome: Outcome) -> Participant:
    assert outcome.after.participant is not None
    return outcome.after.participant


async def write_people(
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
            "timezone_said": after.timezone_said,
            "profile": dict(after.profile),
            "enrolled_at": after.enrolled_at,
            "files_asked": [at.isoformat() for at in after.files_asked] or None,
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
    await insert_rows(transaction, participant, new)
    await update_unchanged(transaction, participant, changed)


async def write_responses(
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
    await insert_rows(transaction, response, new)
    await update_unchanged(transaction, response, changed)


def _new_response(
    outcome: Outcome, after: Response, now: datetime, completed: datetime | None
) -> dict[str, Any]:
    return {
        "id": after.id,
        "participant_id": somebody(outcome).id,
        "instrument": after.instrument,
        "wave_id": after.wave_id,
        "questionnaire_id": after.questionnaire_id,
        "status": after.status,
        "language": after.language,
        "channel": outcome.after.conversation.channel,
        "started_at": now,
        "completed_at": completed,
    }


async def write_answers(
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
                    "choices_shown": given.choices_shown,
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
    await insert_rows(transaction, answer, history + current)
    for row in identifying:
        await transaction.execute(
            identity.delete().where(
                identity.c.participant_id == row["participant_id"], identity.c.item == row["item"]
            )
        )
        await transaction.execute(insert(identity).values(row))


async def insert_rows(transaction: Transaction, table: Table, rows: Rows) -> None:
    if rows:
        await transaction.connection.execute(insert(table), rows)


async def update_unchanged(transaction: Transaction, table: Table, rows: Rows) -> None:
    """Update by `_id`, and only what still has the status `_status`."""
    if not rows:
        return
    unchanged: ColumnElement[bool] = and_(
        table.c.id == bindparam("_id"), table.c.status == bindparam("_status")
    )
    result = await transaction.connection.execute(update(table).where(unchanged), rows)
    if result.rowcount != len(rows):
        raise StaleState(f"a {table.name} was changed by somebody else in the meantime")
