"""Rows that the rest has to do without: time zones that nobody knows, answers that can be none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.local_time import is_zone
from bot.domain.questionnaire import AnswerKind, ItemType, Questionnaire
from bot.domain.questionnaire_document import from_document
from bot.domain.validity import validity_of
from bot.storage.tables import answer, participant, questionnaire, response

#: How many of each are named.
NAMED = 20

#: A value as the database keeps it.
_AS_STORED: ColumnElement[str] = cast(answer.c.value, Text)


@dataclass(frozen=True, slots=True)
class InvalidAnswers:
    """To one item; of the responses no more than `NAMED`."""

    item: str
    responses: tuple[str, ...]
    count: int


async def strangers_to_time(connection: AsyncConnection) -> list[str]:
    """Participants whose time zone the IANA database does not have."""
    zones = await connection.execute(select(participant.c.timezone).distinct())
    return await living_in(connection, [zone for zone in zones.scalars() if not is_zone(zone)])


async def living_in(connection: AsyncConnection, zones: Sequence[str]) -> list[str]:
    """Participants with one of `zones`."""
    if not zones:
        return []
    found = await connection.execute(
        select(participant.c.id).where(participant.c.timezone.in_(zones)).order_by(participant.c.id)
    )
    return list(found.scalars())


async def invalid_answers(connection: AsyncConnection) -> list[InvalidAnswers]:
    """Answers, those not replaced, whose value can be none to their item, or whose item is not in
    the questionnaire that was answered. Equal values are looked at once; texts are not read."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row in await connection.execute(select(questionnaire)):
        form = from_document({**row.document, "version": row.version})
        tests = {item.code: validity_of(item) for item in form.asked}
        for given in await _values(connection, row.id, form):
            if given.item not in tests or not tests[given.item](given.value):
                found.setdefault(given.item, []).append((row.id, given.as_stored))
    return [await _told(connection, item, wrong) for item, wrong in sorted(found.items())]


async def _values(connection: AsyncConnection, id_: int, form: Questionnaire) -> Sequence[Row[Any]]:
    """The values given to each item, each once; texts and what identifies left out."""
    texts = [item.code for item in form.asked if item.type is ItemType.TEXT or item.personal]
    looked_at = or_(answer.c.item.not_in(texts), _AS_STORED.not_like('"%'))
    found = await connection.execute(
        select(answer.c.item, answer.c.value, _AS_STORED.label("as_stored"))
        .join(response, response.c.id == answer.c.response_id)
        .where(
            response.c.questionnaire_id == id_,
            answer.c.replaced_at.is_(None),
            answer.c.kind == AnswerKind.VALUE,
            answer.c.value.is_not(None),
            looked_at,
        )
        .distinct()
    )
    return found.all()


async def _told(
    connection: AsyncConnection, item: str, wrong: Sequence[tuple[int, str]]
) -> InvalidAnswers:
    matches = or_(
        *(
            and_(response.c.questionnaire_id == id_, _AS_STORED.in_([stored]))
            for id_, stored in wrong
        )
    )
    meant = (
        select(response.c.id)
        .join(answer, answer.c.response_id == response.c.id)
        .where(answer.c.item == item, answer.c.replaced_at.is_(None), matches)
    )
    count = await connection.execute(select(func.count()).select_from(meant.subquery()))
    some = await connection.execute(meant.order_by(response.c.id).limit(NAMED))
    return InvalidAnswers(item, tuple(some.scalars()), int(count.scalar_one()))
