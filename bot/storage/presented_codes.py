"""The invitation codes that a batch of turns presents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from bot.conversation.messages import IncomingKind
from bot.conversation.state import InvitationCode
from bot.domain.codes import argument_of_start, presented
from bot.domain.words import without_marks
from bot.storage.database import Transaction
from bot.storage.tables import invitation_code


async def presented_codes(
    transaction: Transaction, pending: Mapping[int, Sequence[Row[Any]]]
) -> dict[str, InvitationCode]:
    """Those that exist of all that may be codes in what is pending; one statement, if any."""
    wanted = {code for rows in pending.values() for row in rows for code in _codes_in(row)}
    if not wanted:
        return {}
    found = await transaction.execute(
        select(invitation_code).where(invitation_code.c.code.in_(wanted))
    )
    return {
        row.code: InvitationCode(
            id=row.id,
            deliberation_id=row.deliberation_id,
            exhausted=row.uses >= row.most_uses,
            expires_at=row.expires_at,
            cohort=row.cohort,
            stratum=row.stratum,
            organiser=row.organiser,
        )
        for row in found
    }


def _codes_in(row: Row[Any]) -> Iterator[str]:
    body = row.body or {}
    text = without_marks(body.get("text") or "")
    if body.get("kind") == IncomingKind.TEXT or argument_of_start(text):
        yield from presented(text)
