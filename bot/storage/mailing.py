"""One message to many people, each in their language and at their time, in one statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, insert, literal, select

from bot.conversation.messages import MessageKind, Outgoing, Priority
from bot.domain.states import DeliveryStatus, ParticipantStatus
from bot.storage.columns import Document, Key, UtcTime
from bot.storage.database import Transaction
from bot.storage.tables import address, outbox, participant

#: SQLAlchemy counts the rows of an INSERT only when asked to.
COUNTED: Mapping[str, Any] = {"preserve_rowcount": True}


@dataclass(frozen=True, slots=True)
class Mailing:
    """What goes out, and what makes sure that nobody gets it twice."""

    kind: MessageKind
    messages: Mapping[str, Outgoing]  #: By language.
    otherwise: str | None  #: The language for all others; None: they get nothing.
    once: str  #: With the participant's id behind it, the key that is there once.
    send_after: Mapping[str, datetime]  #: By time zone; who lives in none of these gets nothing.
    send_before: datetime | None = None
    broadcast_id: str | None = None
    wave_id: int | None = None  #: Of what invites or reminds: it says when that is over.
    any_hour: bool = False  #: Quiet hours do not hold it.

    @property
    def priority(self) -> Priority:
        return Priority.SCHEDULED if self.broadcast_id is None else Priority.BROADCAST


def reachable(deliberation_id: int, among: Collection[str] | None = None) -> Select[Any]:
    """The panel: enrolled, not paused, and not having blocked the bot; or those of it `among`."""
    panel = (
        select()
        .select_from(
            participant.join(address, address.c.conversation_id == participant.c.conversation_id)
        )
        .where(
            participant.c.deliberation_id == deliberation_id,
            participant.c.status == ParticipantStatus.ENROLLED,
            address.c.blocked_at.is_(None),
        )
    )
    return panel if among is None else panel.where(participant.c.id.in_(among))


async def zones_of_panel(transaction: Transaction, deliberation_id: int) -> list[str]:
    found = await transaction.execute(
        select(participant.c.timezone)
        .where(participant.c.deliberation_id == deliberation_id)
        .distinct()
    )
    return list(found.scalars())


async def send_to_all(
    transaction: Transaction, mailing: Mailing, people: Select[Any], now: datetime
) -> int:
    """One outbox row for each of `people` (made of `reachable`) who has none yet. Returns how
    many."""
    if not mailing.send_after:
        return 0
    key = literal(mailing.once) + participant.c.id
    values: dict[str, ColumnElement[Any]] = {
        "conversation_id": participant.c.conversation_id,
        "channel": address.c.channel,
        "bot": address.c.bot,
        "participant_id": participant.c.id,
        "broadcast_id": literal(mailing.broadcast_id),
        "wave_id": literal(mailing.wave_id, Key),
        "any_hour": literal(mailing.any_hour),
        "kind": literal(mailing.kind.value),
        "priority": literal(int(mailing.priority)),
        "language": _by_language(
            mailing, {language: literal(language) for language in mailing.messages}
        ),
        "body": _by_language(
            mailing,
            {lang: literal(m.body(), Document) for lang, m in mailing.messages.items()},
        ),
        "once": key,
        "status": literal(DeliveryStatus.QUEUED.value),
        "tries": literal(0),
        "created_at": literal(now, UtcTime),
        "send_after": _by_zone(mailing.send_after),
        "send_before": literal(mailing.send_before, UtcTime),
    }
    new = people.add_columns(*values.values()).where(
        participant.c.timezone.in_(mailing.send_after),
        ~exists().where(outbox.c.once == key),
    )
    new = new.order_by(participant.c.id)
    if mailing.otherwise is None:
        new = new.where(participant.c.language.in_(mailing.messages))
    queued = await transaction.execute(
        insert(outbox).from_select(list(values), new).execution_options(**COUNTED)
    )
    if queued.rowcount:
        transaction.announce("outbox")
    return int(queued.rowcount)


def _by_language(mailing: Mailing, values: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    otherwise = values[mailing.otherwise or next(iter(values))]
    return case(
        *((participant.c.language == language, value) for language, value in values.items()),
        else_=otherwise,
    )


def _by_zone(send_after: Mapping[str, datetime]) -> ColumnElement[datetime]:
    moments = defaultdict(list)
    for zone, moment in send_after.items():
        moments[moment].append(zone)
    return case(
        *(
            (participant.c.timezone.in_(zones), literal(moment, UtcTime))
            for moment, zones in moments.items()
        )
    )
