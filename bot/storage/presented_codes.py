"""The invitation codes that a batch of turns is about."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Row, and_, select

from bot.conversation.messages import IncomingKind
from bot.conversation.state import InvitationCode
from bot.domain.codes import argument_of_start, presented
from bot.domain.states import ParticipantStatus
from bot.domain.words import without_marks
from bot.storage.database import Transaction
from bot.storage.tables import identity, invitation_code, participant

#: Under this name `identity` keeps the sealed answer that coming back takes. No item is called so.
RETURN_CHECK = "(return check)"


def codes_in(conversation: Row[Any], pending: Iterable[Row[Any]]) -> set[str]:
    """What may be a code in what was said, and the code that the citizen is being asked about."""
    return {*_at_its_places(conversation), *(code for row in pending for code in _said(row))}


async def existing_codes(
    transaction: Transaction, wanted: Mapping[int, set[str]]
) -> dict[str, InvitationCode]:
    """Those that exist of all `wanted`; one statement, if any."""
    if not (codes := set().union(*wanted.values())):
        return {}
    found = await transaction.execute(
        select(invitation_code, participant.c.id.label("leads_to"), identity.c.value)
        .outerjoin(
            participant,
            and_(
                participant.c.id == invitation_code.c.participant_id,
                participant.c.status != ParticipantStatus.ERASED,
            ),
        )
        .outerjoin(
            identity,
            and_(identity.c.participant_id == participant.c.id, identity.c.item == RETURN_CHECK),
        )
        .where(invitation_code.c.code.in_(codes))
    )
    return {
        row.code: InvitationCode(
            id=row.id,
            code=row.code,
            deliberation_id=row.deliberation_id,
            exhausted=row.uses >= row.most_uses,
            expires_at=row.expires_at,
            cohort=row.cohort,
            stratum=row.stratum,
            for_one=row.most_uses == 1,
            organiser=row.organiser,
            replaced=row.replaced_at is not None,
            participant_id=row.leads_to,
            wrong_checks=row.wrong_checks,
            check=row.value,
        )
        for row in found
    }


def _said(row: Row[Any]) -> Iterator[str]:
    body = row.body or {}
    text = without_marks(body.get("text") or "")
    if body.get("kind") == IncomingKind.TEXT or argument_of_start(text):
        yield from presented(text)


def _at_its_places(conversation: Row[Any]) -> Iterator[str]:
    for place in conversation.places or ():
        match place:
            case [_, {"invitation": str(code)}, *_] if code:
                yield code
