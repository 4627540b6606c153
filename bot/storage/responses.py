"""What participants have answered so far, as turns read it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from bot.conversation.state import Response
from bot.domain.answers import Answer, Stored
from bot.domain.questionnaire import AnswerKind
from bot.domain.states import ResponseStatus
from bot.storage.database import Transaction
from bot.storage.tables import answer, identity, response

_OF_A_RESPONSE = (
    *("id", "participant_id", "instrument", "wave_id", "questionnaire_id", "status", "language"),
)


async def responses_of(
    transaction: Transaction, people: Iterable[str]
) -> dict[str, dict[str, Response]]:
    if not people:
        return {}
    found = await transaction.execute(
        select(
            *(response.c[name] for name in _OF_A_RESPONSE),
            answer.c.item,
            answer.c.kind,
            answer.c.value,
            identity.c.value.label("identifying"),
        )
        .outerjoin(answer, (answer.c.response_id == response.c.id) & answer.c.replaced_at.is_(None))
        .outerjoin(
            identity,
            (identity.c.participant_id == response.c.participant_id)
            & (identity.c.item == answer.c.item)
            & (answer.c.kind == AnswerKind.VALUE)
            & answer.c.value.is_(None),
        )
        .where(response.c.participant_id.in_(people))
    )
    rows: dict[str, Row[Any]] = {}
    answers: dict[str, dict[str, Answer]] = defaultdict(dict)
    identifying: dict[str, dict[str, Stored]] = defaultdict(dict)
    for row in found:
        rows[row.id] = row
        if row.item is not None:
            answers[row.id][row.item] = Answer(AnswerKind(row.kind), row.value)
        if row.identifying is not None:
            identifying[row.id][row.item] = row.identifying
    by_person: dict[str, dict[str, Response]] = defaultdict(dict)
    for row in rows.values():
        by_person[row.participant_id][row.instrument] = Response(
            id=row.id,
            instrument=row.instrument,
            wave_id=row.wave_id,
            questionnaire_id=row.questionnaire_id,
            status=ResponseStatus(row.status),
            language=row.language,
            answers=answers[row.id],
            identifying=identifying[row.id],
        )
    return by_person
