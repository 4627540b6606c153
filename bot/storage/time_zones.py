"""Whose clock is known, whose is only taken for granted, and correcting it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.local_time import is_zone
from bot.domain.states import ParticipantStatus
from bot.storage.database import Database, Transaction
from bot.storage.tables import deliberation, participant


class NoSuchParticipant(LookupError):
    """No participant has this number; exports and `timezone list` show them."""


class NoSuchZone(LookupError):
    """The IANA database has no time zone of this name: name one such as America/Phoenix."""


async def set_time_zone(database: Database, who: str, zone: str) -> None:
    """From now on the clock of `who` is that of `zone`.

    Raises `NoSuchZone` or `NoSuchParticipant`.
    """
    if not is_zone(zone):
        raise NoSuchZone(f"{zone}: {NoSuchZone.__doc__}")
    async with database.writing() as transaction:
        changed = await transaction.execute(
            update(participant)
            .where(participant.c.id == who, participant.c.status != ParticipantStatus.ERASED)
            .values(timezone=zone, timezone_said=True)
        )
        if not changed.rowcount:
            raise NoSuchParticipant(f"{who}: {NoSuchParticipant.__doc__}")


async def doubtful_zones(connection: AsyncConnection) -> Sequence[Any]:
    """Participants whose zone the IANA database does not have, or who have never said one."""
    zones = (await connection.execute(select(participant.c.timezone).distinct())).scalars()
    broken = [zone for zone in zones if not is_zone(zone)]
    found = await connection.execute(
        select(
            participant.c.id,
            deliberation.c.code.label("deliberation"),
            participant.c.country,
            participant.c.timezone,
        )
        .join(deliberation, deliberation.c.id == participant.c.deliberation_id)
        .where(
            participant.c.status != ParticipantStatus.ERASED,
            or_(participant.c.timezone.in_(broken), ~participant.c.timezone_said),
        )
        .order_by(deliberation.c.code, participant.c.timezone.not_in(broken), participant.c.id)
    )
    return found.all()


async def follow_default(transaction: Transaction, deliberation_id: int, zone: str) -> None:
    """The deliberation's zone is another: it is that of all who have said none."""
    await transaction.execute(
        update(participant)
        .where(participant.c.deliberation_id == deliberation_id, ~participant.c.timezone_said)
        .values(timezone=zone)
    )
