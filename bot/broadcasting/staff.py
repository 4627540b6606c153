"""What organisers do to broadcasts; every act is in the event log.

id_ = await draft(database, None, Draft({"en": BroadcastText("News!")}), {}, now)
approved = await approve(database, id_, quiet, now)
await pause(database, id_, now)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from bot.broadcasting import audience
from bot.broadcasting.wording import check_texts
from bot.conversation.state import Deliberation
from bot.conversation.wordings import messages
from bot.domain.audience import Audience
from bot.domain.broadcast import AT_ONCE, BadBroadcast, new_id
from bot.domain.local_time import QuietHours
from bot.domain.states import BroadcastStatus, DeliveryStatus, ForbiddenTransition
from bot.storage import broadcasts, organisers
from bot.storage.broadcast_report import Report
from bot.storage.broadcast_report import report as read_report
from bot.storage.broadcasts import Draft, find_broadcast
from bot.storage.database import Database, Transaction
from bot.storage.events import log_event
from bot.storage.library import read_deliberation
from bot.storage.media import store_media
from bot.storage.people import deliberation_id

ACTOR = "command line"


class Resend(StrEnum):
    """To whom a broadcast is sent again."""

    MISSING = "missing"  #: Failed, taken back, unblocked since, or new in the audience.
    UNKNOWN = "unknown"  #: Nobody knows whether they got it: some will get it twice.


#: Which deliveries each of them queues again.
AGAIN = {
    Resend.MISSING: (DeliveryStatus.FAILED, DeliveryStatus.BLOCKED, DeliveryStatus.CANCELLED),
    Resend.UNKNOWN: (DeliveryStatus.UNKNOWN,),
}


@dataclass(frozen=True, slots=True)
class Approved:
    recipients: int
    starts_at: datetime  #: When the first may get it.


async def look(
    database: Database, deliberation: str | None, draft: Draft, now: datetime
) -> Audience:
    """Check a draft, and count and sample who would get it; nothing is stored.

    Raises `BadBroadcast`, `BadAudience` or `NoSuchDeliberation`.
    """
    async with database.reading() as connection:
        definition = await read_deliberation(
            connection, await deliberation_id(connection, deliberation)
        )
        _check(draft, definition, now)
        _check_start(draft, now)
        return await audience.look(connection, draft, definition, now)


async def draft(
    database: Database,
    deliberation: str | None,
    wanted: Draft,
    files: Mapping[str, bytes],
    now: datetime,
    actor: str = ACTOR,
) -> str:
    """Store a draft, whose texts name media among `files`. Returns its id.

    Raises `BadBroadcast`, `BadAudience` or `NoSuchDeliberation`.
    """
    async with database.writing() as transaction:
        definition = await read_deliberation(
            transaction.connection, await deliberation_id(transaction.connection, deliberation)
        )
        _check(wanted, definition, now)
        _check_start(wanted, now)
        digests = await store_media(transaction, files)
        texts = {
            language: replace(text, media=digests[text.media] if text.media else None)
            for language, text in wanted.texts.items()
        }
        id_ = new_id()
        stored = replace(wanted, texts=texts)
        await broadcasts.insert_draft(transaction, id_, definition.id, stored, actor, now)
        return id_


async def approve(
    database: Database, id_: str, quiet: QuietHours, now: datetime, actor: str = ACTOR
) -> Approved:
    """Freeze the audience and, if its time has come, begin.

    Raises `NoSuchBroadcast`, `ForbiddenTransition`, `BadBroadcast` or `BadAudience`.
    """
    async with database.writing() as transaction:
        row = await find_broadcast(transaction.connection, id_)
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        return await approve_row(transaction, row, definition, quiet, now, actor)


async def approve_row(
    transaction: Transaction,
    row: Row[Any],
    definition: Deliberation,
    quiet: QuietHours,
    now: datetime,
    actor: str,
) -> Approved:
    """`approve` inside a transaction."""
    if row.status != BroadcastStatus.DRAFT:
        raise ForbiddenTransition(f"broadcast {row.id} is {row.status}: only a draft is approved")
    wanted = broadcasts.drafted(row)
    _check(wanted, definition, now)
    recipients = await audience.freeze(transaction, row.id, wanted, definition, quiet, now)
    if not recipients:
        raise BadBroadcast(f"Nobody would get the broadcast {row.id}: its audience is empty.")
    starts_at = await broadcasts.first_due(transaction.connection, row.id) or now
    await broadcasts.move(
        transaction,
        row.id,
        BroadcastStatus.APPROVED,
        actor,
        now,
        approved_at=now,
        starts_at=starts_at,
    )
    if starts_at <= now:
        await broadcasts.start(transaction, row.id, {}, actor, now)
    return Approved(recipients, starts_at)


async def start(
    database: Database, id_: str, quiet: QuietHours, now: datetime, actor: str = ACTOR
) -> None:
    """Send at once what was approved, a held one too, or send on what was paused; in quiet hours,
    in the morning.

    Raises `NoSuchBroadcast` or `ForbiddenTransition`.
    """
    async with database.writing() as transaction:
        row = await find_broadcast(transaction.connection, id_)
        await start_row(transaction, row, quiet, now, actor)


async def start_row(
    transaction: Transaction, row: Row[Any], quiet: QuietHours, now: datetime, actor: str
) -> None:
    """`start` inside a transaction."""
    if row.status == BroadcastStatus.DONE:
        raise ForbiddenTransition(
            f"broadcast {row.id} is done. `minipublic broadcast resend` reaches those missing."
        )
    if row.status == BroadcastStatus.APPROVED and row.starts_at > now:
        raise ForbiddenTransition(
            f"broadcast {row.id} starts by itself at {row.starts_at:%Y-%m-%d %H:%M} UTC. "
            "To send it sooner, cancel it and write it again."
        )
    send_after = await _from_now_on(transaction, row, quiet, now)
    await broadcasts.start(transaction, row.id, send_after, actor, now)


async def pause(database: Database, id_: str, now: datetime, actor: str = ACTOR) -> None:
    """Claim nothing more; what is on its way arrives. Raises as `start`."""
    async with database.writing() as transaction:
        await broadcasts.pause(transaction, id_, actor, now)


async def cancel(database: Database, id_: str, now: datetime, actor: str = ACTOR) -> int:
    """Take back what has not left. Returns how many will not get it. Raises as `start`."""
    async with database.writing() as transaction:
        return await broadcasts.cancel(transaction, id_, actor, now)


async def resend(
    database: Database,
    id_: str,
    to: Resend,
    quiet: QuietHours,
    now: datetime,
    actor: str = ACTOR,
) -> int:
    """Send again what was done, or is still under way. Returns to how many. Raises as `start`."""
    async with database.writing() as transaction:
        row = await find_broadcast(transaction.connection, id_)
        return await resend_row(transaction, row, to, quiet, now, actor)


async def resend_row(
    transaction: Transaction,
    row: Row[Any],
    to: Resend,
    quiet: QuietHours,
    now: datetime,
    actor: str,
) -> int:
    """`resend` inside a transaction."""
    if row.status not in (BroadcastStatus.DONE, BroadcastStatus.SENDING, BroadcastStatus.PAUSED):
        raise ForbiddenTransition(f"broadcast {row.id} is {row.status}: nothing to send again")
    send_after = await _from_now_on(transaction, row, quiet, now)
    queued = await broadcasts.queue_again(transaction, row.id, send_after, now, *AGAIN[to])
    if to is Resend.MISSING:
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        wanted = replace(broadcasts.drafted(row), start=AT_ONCE)
        queued += await audience.freeze(transaction, row.id, wanted, definition, quiet, now)
    await log_event(
        transaction, "broadcast", row.id, row.status, f"resend to {to}", actor, now, queued=queued
    )
    if queued and row.status == BroadcastStatus.DONE:
        await broadcasts.start(transaction, row.id, {}, actor, now)
    transaction.announce("outbox")
    return queued


async def _from_now_on(
    transaction: Transaction, row: Row[Any], quiet: QuietHours, now: datetime
) -> Mapping[str, datetime]:
    """When each zone may be written to, whatever was planned at first."""
    wanted = replace(broadcasts.drafted(row), start=AT_ONCE)
    definition = await read_deliberation(transaction.connection, row.deliberation_id)
    return await audience.moments(transaction, wanted, definition, quiet, now)


async def test_send(database: Database, id_: str, now: datetime, actor: str = ACTOR) -> int:
    """Send each text to the organisers' own chats. Returns to how many chats."""
    async with database.writing() as transaction:
        row = await find_broadcast(transaction.connection, id_)
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        told = 0
        for chat_id in await organisers.chats_of_organisers(
            transaction.connection, row.deliberation_id
        ):
            where = await organisers.chat(transaction.connection, chat_id)
            if where is not None:
                texts = messages(broadcasts.drafted(row).texts, definition, definition.timezone)
                await organisers.say(transaction, where, texts.values(), now)
                told += 1
        await log_event(
            transaction, "broadcast", id_, row.status, "test send", actor, now, chats=told
        )
        return told


async def report(database: Database, id_: str, now: datetime) -> Report:
    """Raises `NoSuchBroadcast`."""
    async with database.reading() as connection:
        return await read_report(connection, id_, now)


def _check(wanted: Draft, definition: Deliberation, now: datetime) -> None:
    audience.condition_of(wanted, definition)
    check_texts(wanted.texts, definition, wanted.excludes_others)
    if wanted.send_before is not None and wanted.send_before <= max(now, wanted.start.at or now):
        raise BadBroadcast("The broadcast would expire before it starts: choose a later end.")


def _check_start(wanted: Draft, now: datetime) -> None:
    if wanted.start.at is not None and wanted.start.at < now:
        raise BadBroadcast(f"{wanted.start.at:%Y-%m-%d %H:%M} UTC is over: choose a later time.")
