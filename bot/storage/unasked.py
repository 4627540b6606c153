"""The guard at the claim: what was sent unasked and is not so any more is taken back or waits.

One statement reads the facts of the rows at hand, whatever they are, and
`bot/domain/unasked.py` judges them.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Row, Text, and_, bindparam, cast, func, select, update

from bot.conversation.messages import MessageKind, Outgoing
from bot.conversation.state import HOME
from bot.domain.local_time import QuietHours
from bot.domain.states import DeliveryStatus, ParticipantStatus, ResponseStatus, WaveStatus
from bot.domain.unasked import Drop, Facts, Fielding, Follow, Wait, judge
from bot.logs import without_values
from bot.storage.columns import UtcTime
from bot.storage.database import Transaction
from bot.storage.rewording import Rewording
from bot.storage.tables import (
    address,
    conversation,
    deliberation,
    inbox,
    outbox,
    participant,
    response,
    wave,
)

log = structlog.get_logger()

#: What is stored about it makes no sense: a fault of ours, or of the database.
SENSELESS = "it cannot be said whether it is still true, or in which words"

_LAST_WORD = (
    select(func.max(inbox.c.received_at))
    .where(
        inbox.c.conversation_id == outbox.c.conversation_id,
        inbox.c.body.is_not(None),  # so that an index answers
        outbox.c.wave_id.is_not(None),
    )
    .scalar_subquery()
)

#: Where the person spoke last.
_met = address.alias("met")

_FACTS = (
    select(
        *(outbox.c[name] for name in ("id", "kind", "any_hour", "language")),
        *(outbox.c[name] for name in ("wave_id", "broadcast_id")),
        participant.c.status.label("standing"),
        participant.c.timezone,
        participant.c.language.label("speaks"),
        participant.c.deliberation_id,
        deliberation.c.revision,
        deliberation.c.timezone.label("home_zone"),
        wave.c.code,
        wave.c.status.label("wave_status"),
        wave.c.closes_at,
        wave.c.questionnaire_id,
        response.c.status.label("progress"),
        cast(conversation.c.places, Text).label("places"),
        _LAST_WORD.label("last_word"),
        outbox.c.conversation_id,
        *(_met.c[name].label(f"met_{name}") for name in ("conversation_id", "channel", "bot")),
    )
    .join(conversation, conversation.c.id == outbox.c.conversation_id)
    .outerjoin(participant, participant.c.id == outbox.c.participant_id)
    .outerjoin(
        _met,
        and_(_met.c.conversation_id == participant.c.conversation_id, _met.c.blocked_at.is_(None)),
    )
    .outerjoin(deliberation, deliberation.c.id == participant.c.deliberation_id)
    .outerjoin(wave, wave.c.id == outbox.c.wave_id)
    .outerjoin(
        response,
        and_(response.c.participant_id == participant.c.id, response.c.instrument == wave.c.code),
    )
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
)

_PUT_OFF = (
    update(outbox)
    .where(outbox.c.id == bindparam("_id"))
    .values(send_after=bindparam("until", type_=UtcTime))
)

_GO_THERE = (
    update(outbox)
    .where(outbox.c.id == bindparam("_id"))
    .values(**{name: bindparam(f"met_{name}") for name in ("conversation_id", "channel", "bot")})
)


class Guard:
    """Lets through what may leave now, in the words that are right now."""

    def __init__(self, rewording: Rewording, quiet: QuietHours) -> None:
        self._rewording = rewording
        self._quiet = quiet

    async def passes(
        self, transaction: Transaction, ids: Sequence[int], now: datetime
    ) -> dict[int, Outgoing | None]:
        """Of queued rows those that may leave, with their message where it is worded anew. The
        others are cancelled, with the reason, or wait, or are looked at again where the person is
        met."""
        passed: dict[int, Outgoing | None] = {}
        dropped: dict[str, list[int]] = defaultdict(list)
        put_off, elsewhere = [], []
        found = await transaction.execute(_FACTS, {"ids": list(ids)}) if ids else ()
        for row in found:
            try:
                match judge(_facts(row), self._quiet, now):
                    case Drop(reason):
                        dropped[reason].append(row.id)
                    case Wait(until):
                        put_off.append({"_id": row.id, "until": until})
                    case Follow():
                        elsewhere.append({"_id": row.id, **_place_of(row)})
                    case _:
                        passed[row.id] = await self._rewording.words(transaction, row)
            except (ValueError, LookupError, TypeError, AttributeError) as error:  # it alone
                log.error("a message is taken back", outbox=row.id, **without_values(error))
                dropped[SENSELESS].append(row.id)
        for reason, which in dropped.items():
            await transaction.execute(
                update(outbox)
                .where(outbox.c.id.in_(which))
                .values(status=DeliveryStatus.CANCELLED, reason=reason, ended_at=now)
            )
        if put_off:
            await transaction.connection.execute(_PUT_OFF, put_off)
        if elsewhere:
            await transaction.connection.execute(_GO_THERE, elsewhere)
            transaction.announce("outbox")
        return passed


def _place_of(row: Row[Any]) -> dict[str, Any]:
    return {name: row._mapping[name] for name in ("met_conversation_id", "met_channel", "met_bot")}


def _facts(row: Row[Any]) -> Facts:
    invites = row.kind == MessageKind.INVITATION
    return Facts(
        status=ParticipantStatus(row.standing) if row.standing else None,
        zone=row.timezone or "UTC",
        home_zone=row.home_zone or "UTC",
        last_word=row.last_word,
        is_occupied=invites and _is_occupied(row.places),
        of_wave=row.wave_id is not None,
        invites=invites,
        wave=_fielding(row) if row.wave_status else None,
        any_hour=row.any_hour,
        is_met=row.met_conversation_id is not None,
        is_here=row.met_conversation_id == row.conversation_id,
    )


def _fielding(row: Row[Any]) -> Fielding:
    return Fielding(
        is_open=row.wave_status == WaveStatus.OPEN,
        closes_at=row.closes_at,
        response=ResponseStatus(row.progress) if row.progress else None,
    )


def _is_occupied(places: str | None) -> bool:
    """Whether the chat stands somewhere else than at the menu. What cannot be read is no reason to
    wait: the last place is a name and its data."""
    try:
        where = orjson.loads(places or "[]")
        return bool(where) and where[-1][0] != HOME.name
    except (ValueError, LookupError, TypeError):
        return False
