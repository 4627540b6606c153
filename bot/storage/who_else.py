"""Whom a batch of turns may be about, beside the participants that its conversations belong to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from bot.conversation.state import InvitationCode
from bot.domain.states import ParticipantStatus
from bot.storage.database import Transaction
from bot.storage.tables import address, participant


@dataclass(slots=True)
class WhoElse:
    """By conversation, the ids of participants. Those of whom nothing is said are empty."""

    here: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    account: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_code: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def current(self, row: Row[Any]) -> str | None:
        """Whom the conversation belongs to. Where that person was erased, another one who takes
        part from the same address goes on."""
        return row.participant_id or next(iter(self.here[row.id]), None)

    def all(self, row: Row[Any]) -> set[str]:
        """With the current one."""
        others = {*self.here[row.id], *self.account[row.id], *self.by_code[row.id]}
        return others | ({row.participant_id} if row.participant_id else set())


async def find_who_else(
    transaction: Transaction,
    conversations: Sequence[Row[Any]],
    presented: Mapping[int, set[str]],
    codes: Mapping[str, InvitationCode],
) -> WhoElse:
    """A statement for all conversations, and another for those of strangers and of codes."""
    who = WhoElse()
    for row in await transaction.execute(
        select(participant.c.id, participant.c.conversation_id)
        .where(
            participant.c.conversation_id.in_([row.id for row in conversations]),
            participant.c.status != ParticipantStatus.ERASED,
        )
        .order_by(participant.c.created_at, participant.c.id)
    ):
        who.here[row.conversation_id].append(row.id)
    for id_, names in presented.items():
        found = (codes[name].participant_id for name in names if name in codes)
        who.by_code[id_] = {leads_to for leads_to in found if leads_to}
    joining = [
        row.id
        for row in conversations
        if who.current(row) is None or any(name in codes for name in presented.get(row.id, ()))
    ]
    if joining:
        own, same = address.alias("own"), address.alias("same")
        for row in await transaction.execute(
            select(own.c.conversation_id, participant.c.id)
            .join(same, (same.c.external_id == own.c.external_id) & (same.c.id != own.c.id))
            .join(participant, participant.c.conversation_id == same.c.conversation_id)
            .where(
                own.c.conversation_id.in_(joining),
                same.c.channel == own.c.channel,
                participant.c.status != ParticipantStatus.ERASED,
            )
        ):
            who.account[row.conversation_id].add(row.id)
    return who
