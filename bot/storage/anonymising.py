"""What is kept of somebody who was erased, as the answers of nobody in particular.

Nothing that is kept can be joined to what it was made of. Ids are drawn anew, and at random, so
that their order tells nothing; of times the day is left. Replaced answers, and the order in which
choices were shown, are as good as a fingerprint and are dropped; so are a cohort, a stratum and an
arm that hardly anybody shares. The answers themselves are what they were.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, func, insert, select

from bot.domain.local_time import midnight
from bot.domain.states import ParticipantStatus
from bot.storage.database import Transaction
from bot.storage.tables import answer, consent, invitation, participant, reading, response

#: Of fewer people than this no count is published either.
FEW = 5

#: What tells of a person no more than many share.
KEPT = ("deliberation_id", "language", "country", "profile")
SHARED = ("cohort", "stratum", "arm")


async def keep_as_nobody(transaction: Transaction, person: Row[Any]) -> None:
    """Copy what may be kept of `person`, who is to be deleted, under a fresh random id."""
    nobody = f"p{secrets.token_hex(8)}"
    shared = [name for name in SHARED if await _is_shared(transaction, person, name)]
    await transaction.execute(
        insert(participant).values(
            id=nobody,
            status=ParticipantStatus.ERASED,
            timezone="UTC",
            created_at=midnight(person.created_at, person.timezone),
            **{name: person._mapping[name] for name in (*KEPT, *shared)},
        )
    )
    copies = _Copies(transaction, person.timezone)
    of_person = {"participant_id": nobody}
    for table in (invitation, reading):
        await copies.make(table, table.c.participant_id == person.id, of_person)
    await copies.make(consent, consent.c.participant_id == person.id, of_person)
    for (id_,) in (
        await transaction.execute(
            select(response.c.id).where(response.c.participant_id == person.id)
        )
    ).all():
        fresh = secrets.token_hex(14)
        await copies.make(response, response.c.id == id_, of_person | {"id": fresh})
        await copies.make(
            answer,
            (answer.c.response_id == id_) & answer.c.replaced_at.is_(None),
            {"response_id": fresh, "choices_shown": None},
        )


async def _is_shared(transaction: Transaction, person: Row[Any], name: str) -> bool:
    column = participant.c[name]
    sharing = select(func.count()).where(
        participant.c.deliberation_id == person.deliberation_id, column == person._mapping[name]
    )
    return int((await transaction.execute(sharing)).scalar_one()) >= FEW


class _Copies:
    """Makes rows like those there are, that cannot be told to be of the same origin."""

    def __init__(self, transaction: Transaction, zone: str) -> None:
        self._transaction = transaction
        self._zone = zone

    async def make(self, table: Table, which: ColumnElement[bool], changes: dict[str, Any]) -> None:
        """With `changes`, and otherwise the same but for a number and the time of the day."""
        found = await self._transaction.execute(select(table).where(which))
        rows = [
            {name: self._coarse(value) for name, value in row._mapping.items()}
            | ({"id": _number()} if isinstance(row._mapping.get("id"), int) else {})
            | changes
            for row in found
        ]
        if rows:
            secrets.SystemRandom().shuffle(rows)
            await self._transaction.connection.execute(insert(table), rows)

    def _coarse(self, value: Any) -> Any:
        return midnight(value, self._zone) if isinstance(value, datetime) else value


def _number() -> int:
    """Below all that are counted up, so that it neither meets one nor tells when it was drawn."""
    return -1 - secrets.randbits(52)
