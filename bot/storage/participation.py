"""Writing what a batch decided about people: who they are, and what they answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, insert, update

from bot.conversation.ports import Outcome, StaleState
from bot.conversation.state import Response
from bot.domain.states import ResponseStatus
from bot.storage.database import Transaction
from bot.storage.tables import answer, identity, participant, response

Rows = list[dict[str, Any]]


async def write_people(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    new: Rows = []
    changed: Rows = []
    for outcome in outcomes:
        known = outcome.before.everybody
        for id_, somebody in outcome.after.everybody.items():
            before, after = known.get(id_), somebody.participant
            if before is not None and after is before.participant:
                continue
            here = outcome.after.conversation
            row = {
                "status": after.status,
                "language": after.language,
                "country": after.country,
                "timezone": after.timezone,
                "timezone_said": after.timezone_said,
                "cohort": after.cohort,
                "stratum": after.stratum,
                "profile": dict(after.profile),
                "enrolled_at": after.enrolled_at,
                "files_asked": [at.isoformat() for at in after.files_asked] or None,
                "conversation_id": here.id if id_ == here.participant_id else after.met_at,
            }
            if before is None:
                made = {"id": id_, "deliberation_id": after.deliberation_id, "created_at": now}
                new.append(made | row)
            else:
                changed.append({"_id": id_, "_status": before.participant.status, **row})
    await insert_rows(transaction, participant, new)
    await update_unchanged(transaction, participant, changed)


async def write_responses(
    transaction: Transaction, outcomes: Iterable[Outcome], now: datetime
) -> None:
    new: Rows = []
    changed: Rows = []
    for outcome in outcomes:
        known = outcome.before.everybody
        for who, somebody in outcome.after.everybody.items():
            earlier = known[who].responses if who in known else {}
            for instrument, after in somebody.responses.items():
                before = earlier.get(instrument)
                completed = now if after.status is ResponseStatus.COMPLETE else None
                if before is None:
                    new.append(_new_response(outcome, who, after, now, completed))
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
    outcome: Outcome, who: str, after: Response, now: datetime, completed: datetime | None
) -> dict[str, Any]:
    return {
        "id": after.id,
        "participant_id": who,
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
        known = {
            (r.id, item)
            for somebody in outcome.before.everybody.values()
            for r in somebody.responses.values()
            for item in r.answers
        }
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
