"""Who a broadcast is for: counted before anything is sent, and frozen when it is approved."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasting.wording import zones_alike
from bot.conversation.messages import MessageKind
from bot.conversation.state import Deliberation
from bot.conversation.wordings import messages
from bot.domain.audience import Audience, Condition, Person, compile_condition
from bot.domain.broadcast import BadBroadcast
from bot.domain.local_time import NO_QUIET, QuietHours, zone_called
from bot.storage.audience import people
from bot.storage.broadcasts import Draft
from bot.storage.database import Transaction
from bot.storage.mailing import Mailing, reachable, send_to_all, zones_of_panel


def condition_of(draft: Draft, definition: Deliberation) -> Condition:
    """Raises `bot.domain.audience.BadAudience`."""
    return compile_condition(
        draft.audience,
        [wave.code for wave in definition.waves],
        definition.profile_items,
        draft.by_hand,
    )


async def look(
    connection: AsyncConnection, draft: Draft, definition: Deliberation, now: datetime
) -> Audience:
    """Who would get it now, and who of those described is left out and why."""
    found = Audience()
    languages = set(draft.texts) if draft.excludes_others else None
    async for page in _described(connection, draft, definition, now):
        for person in page:
            if reason := person.left_out(languages):
                found.left_out[reason] += 1
            else:
                found.add(person)
    return found


async def freeze(
    transaction: Transaction,
    id_: str,
    draft: Draft,
    definition: Deliberation,
    quiet: QuietHours,
    now: datetime,
) -> int:
    """Queue the broadcast for everybody it is for who has it not yet. Returns for how many."""
    send_after = await moments(transaction, draft, definition, quiet, now)
    groups = [
        Mailing(
            kind=MessageKind.BROADCAST,
            messages=messages(draft.texts, definition, alike[0]),
            otherwise=None if draft.excludes_others else definition.languages[0],
            once=f"broadcast:{id_}:",
            send_after={zone: send_after[zone] for zone in alike},
            send_before=draft.send_before,
            broadcast_id=id_,
            any_hour=draft.at_night,
        )
        for alike in zones_alike(send_after, draft.texts.values(), definition)
    ]
    queued = 0
    if not draft.audience and draft.by_hand is None:
        for mailing in groups:
            queued += await send_to_all(transaction, mailing, reachable(definition.id), now)
    else:
        async for page in _described(transaction.connection, draft, definition, now):
            chosen = reachable(definition.id, among=[person.id for person in page])
            for mailing in groups:
                queued += await send_to_all(transaction, mailing, chosen, now)
    return queued


async def moments(
    transaction: Transaction,
    draft: Draft,
    definition: Deliberation,
    quiet: QuietHours,
    now: datetime,
) -> Mapping[str, datetime]:
    """When it may reach people in each zone: by their own clock if that was asked for, never in
    quiet hours, never in the past.

    Raises `BadBroadcast` if a local time is over everywhere.
    """
    start, quiet = draft.start, NO_QUIET if draft.at_night else quiet
    home = definition.timezone
    wanted = {
        zone: start.local.replace(tzinfo=zone_called(zone, home))
        if start.local
        else start.at or now
        for zone in await zones_of_panel(transaction, definition.id)
    }
    if start.local and wanted and max(wanted.values()) < now:
        raise BadBroadcast(f"{start.local:%Y-%m-%d %H:%M} is over everywhere: choose a later time.")
    return {
        zone: quiet.first_allowed(max(at.astimezone(UTC), now), zone, home)
        for zone, at in wanted.items()
    }


async def _described(
    connection: AsyncConnection, draft: Draft, definition: Deliberation, now: datetime
) -> AsyncIterator[list[Person]]:
    condition = condition_of(draft, definition)
    mentioned = condition.names([wave.code for wave in definition.waves])
    waves = [wave for wave in definition.waves if wave.code in mentioned]
    async for page in people(connection, definition.id, waves):
        yield [person for person in page if condition.describes(person, now.date())]
