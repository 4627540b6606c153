"""A turn that failed: tried again after a moment, then parked with its error."""

from datetime import datetime, timedelta

from sqlalchemy import insert, update

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Outgoing
from bot.conversation.ports import Failure
from bot.conversation.state import Conversation
from bot.domain.states import InboxStatus
from bot.storage.database import Transaction
from bot.storage.outgoing import outbox_row
from bot.storage.tables import conversation, event, inbox, outbox

#: How long the conversation waits before its failed turn is run again.
PAUSE = timedelta(seconds=1)


async def write_failure(
    transaction: Transaction,
    where: Conversation,
    failure: Failure,
    catalogues: Catalogues,
    now: datetime,
) -> None:
    """Count the try; a parked turn is visible as `failed`, and the citizen is told."""
    status = InboxStatus.FAILED if failure.parked else InboxStatus.PENDING
    await transaction.execute(
        update(inbox)
        .where(inbox.c.id == failure.heard.id, inbox.c.status == InboxStatus.PENDING)
        .values(
            tries=inbox.c.tries + 1,
            status=status,
            error=failure.error,
            done_at=now if failure.parked else None,
        )
    )
    await transaction.execute(
        update(conversation)
        .where(conversation.c.id == where.id)
        .values(retry_at=None if failure.parked else now + PAUSE)
    )
    if failure.parked:
        told = failure.told or [_something_went_wrong(failure, catalogues)]
        rows = [outbox_row(where, message, now) for message in told]
        await transaction.execute(insert(outbox), rows)
        await transaction.execute(
            insert(event).values(
                at=now,
                subject="inbox",
                subject_id=str(failure.heard.id),
                actor="dispatcher",
                source=InboxStatus.PENDING,
                target=InboxStatus.FAILED,
            )
        )
        transaction.announce("outbox")
    transaction.announce("inbox")


def _something_went_wrong(failure: Failure, catalogues: Catalogues) -> Outgoing:
    key = "something-went-wrong"
    return Outgoing(
        text=catalogues.text(failure.language, key),
        language=failure.language,
        key=key,
        press=failure.heard.press,
    )
