"""What is known of the participants of a deliberation, page by page."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import StoredWave
from bot.domain.audience import FACTS, Person
from bot.domain.states import ParticipantStatus
from bot.domain.xpath import Value
from bot.storage.tables import address, invitation, participant, response

#: People in one page: what is in memory at a time, and how long the event loop is busy.
PAGE = 2_000


async def people(
    connection: AsyncConnection, deliberation_id: int, waves: Sequence[StoredWave]
) -> AsyncIterator[list[Person]]:
    """Everybody who has not been erased, with what became of their invitations to `waves`."""
    statement = _statement(deliberation_id, waves)
    last = ""
    while rows := (await connection.execute(statement.where(participant.c.id > last))).all():
        yield [_person(row, waves) for row in rows]
        last = rows[-1].id


def _statement(deliberation_id: int, waves: Sequence[StoredWave]) -> Select[Any]:
    source = participant.join(address, address.c.conversation_id == participant.c.conversation_id)
    columns: list[ColumnElement[Any]] = []
    for wave in waves:
        asked, given = invitation.alias(), response.alias()
        source = source.outerjoin(
            asked, and_(asked.c.participant_id == participant.c.id, asked.c.wave_id == wave.id)
        ).outerjoin(
            given, and_(given.c.participant_id == participant.c.id, given.c.instrument == wave.code)
        )
        stands = func.coalesce(
            given.c.status, case((asked.c.wave_id.is_not(None), "invited"), else_="")
        )
        columns.append(stands.label(_column(wave)))
    return (
        select(
            *(participant.c[name] for name in ("id", "status", "profile", *FACTS[:-1])),
            address.c.channel,
            address.c.blocked_at,
            *columns,
        )
        .select_from(source)
        .where(
            participant.c.deliberation_id == deliberation_id,
            participant.c.status != ParticipantStatus.ERASED,
        )
        .order_by(participant.c.id)
        .limit(PAGE)
    )


def _column(wave: StoredWave) -> str:
    return f"wave_{wave.id}"


def _person(row: Row[Any], waves: Sequence[StoredWave]) -> Person:
    facts: dict[str, Value] = {item: _value(value) for item, value in row.profile.items()}
    facts |= {wave.code: getattr(row, _column(wave)) for wave in waves}
    facts |= {name: getattr(row, name) or "" for name in FACTS}
    facts["country"] = str(facts["country"]).upper()  # ISO 3166 writes them so; packs may not
    return Person(row.id, ParticipantStatus(row.status), row.blocked_at is not None, facts)


def _value(stored: Any) -> Value:
    """An answer as conditions compare it."""
    if isinstance(stored, list):
        return tuple(str(code) for code in stored)
    if isinstance(stored, int | float) and not isinstance(stored, bool):
        return float(stored)
    return "" if stored is None else stored if isinstance(stored, bool) else str(stored)
