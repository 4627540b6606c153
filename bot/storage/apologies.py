"""What is said in stead of a message that its platform refuses: nobody waits for it in vain."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind, Outgoing, Priority
from bot.conversation.ports import Parcel
from bot.delivery.lines import Ended
from bot.domain.delivery import Rejected
from bot.domain.states import DeliveryStatus
from bot.storage.database import Transaction
from bot.storage.tables import outbox

_ANSWERS = (MessageKind.REPLY, MessageKind.ITEM)


class Apologies:
    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    async def make(self, transaction: Transaction, ended: Sequence[Ended], now: datetime) -> None:
        """Queue one for each question or reply that was refused for good."""
        refused = {e.parcel.id: e.parcel for e in ended if _is_missed(e)}
        if not refused:
            return
        found = await transaction.execute(
            select(outbox.c.id, outbox.c.participant_id).where(outbox.c.id.in_(refused))
        )
        rows = [self._row(refused[row.id], row.participant_id, now) for row in found]
        await transaction.connection.execute(insert(outbox), rows)
        transaction.announce("outbox")

    def _row(self, parcel: Parcel, participant_id: str | None, now: datetime) -> dict[str, Any]:
        language = parcel.message.language
        key = "not-shown"
        message = Outgoing(self._catalogues.text(language, key), language, key)
        return {
            "conversation_id": parcel.conversation_id,
            "channel": parcel.to.channel,
            "bot": parcel.to.bot,
            "participant_id": participant_id,
            "kind": message.kind,
            "priority": Priority.REPLY,
            "language": language,
            "body": message.body(),
            "status": DeliveryStatus.QUEUED,
            "created_at": now,
            "send_after": now,
        }


def _is_missed(ended: Ended) -> bool:
    """Whether somebody waits for it. A farewell's address is gone, and a group is being left."""
    parcel = ended.parcel
    return (
        isinstance(ended.result, Rejected)
        and parcel.message.kind in _ANSWERS
        and parcel.message.key != "not-shown"  # an apology is not apologised for
        and not parcel.farewell
        and not parcel.message.leaves
    )
