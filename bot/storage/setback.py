"""A clock that was set back: what was written while it was ahead would wait until then."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, or_, update

from bot.conversation.messages import Priority
from bot.delivery.lines import Line
from bot.domain.delivery import LONGEST_BACKOFF
from bot.domain.states import DeliveryStatus
from bot.storage.columns import has_status
from bot.storage.database import Transaction
from bot.storage.tables import address, outbox

log = structlog.get_logger()

#: Clocks of several machines may differ so much without anybody having set one.
TOLERANCE = timedelta(seconds=10)

#: How long a claimed message is its sender's alone. Longer than any send may take.
LEASE = timedelta(seconds=60)


def of_line(line: Line) -> ColumnElement[bool]:
    if line.bot is None:
        return outbox.c.channel == line.channel
    return and_(outbox.c.channel == line.channel, outbox.c.bot == line.bot)


async def put_clock_back(
    transaction: Transaction, line: Line, later: datetime, now: datetime
) -> None:
    """What was due by `later`, when this line last sent, is due now; no chat is held any more."""
    log.warning(
        "the clock was set back; what was due is sent now",
        line=line.channel,
        seconds=int((later - now).total_seconds()),
    )
    tried = and_(outbox.c.tries > 0, outbox.c.send_after <= later + LONGEST_BACKOFF)
    await transaction.execute(
        update(outbox)
        .where(
            of_line(line),
            has_status(outbox, DeliveryStatus.QUEUED, DeliveryStatus.SENDING),
            outbox.c.send_after > now,
            or_(outbox.c.send_after <= later, tried),
        )
        .values(send_after=now)
    )
    here = address.c.channel == line.channel
    await transaction.execute(
        update(address)
        .where(here if line.bot is None else and_(here, address.c.bot == line.bot))
        .where(address.c.busy_until > now)
        .values(busy_until=None)
    )


async def cut_down_times(transaction: Transaction, line: Line, now: datetime) -> None:
    """No lease and no reply waits longer than it can ever have been told to."""
    latest = now + TOLERANCE
    await transaction.execute(
        update(outbox)
        .where(
            of_line(line),
            has_status(outbox, DeliveryStatus.SENDING),
            outbox.c.lease_until > latest + LEASE,
        )
        .values(lease_until=now + LEASE)
    )
    await transaction.execute(
        update(outbox)
        .where(
            of_line(line),
            has_status(outbox, DeliveryStatus.QUEUED),
            outbox.c.broadcast_id.is_(None),
            outbox.c.priority == int(Priority.REPLY),
            outbox.c.send_after > latest,
            or_(outbox.c.tries == 0, outbox.c.send_after > latest + LONGEST_BACKOFF),
        )
        .values(send_after=now)
    )
