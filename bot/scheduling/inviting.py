"""Inviting and reminding, each in daytime; the planner does it by itself, staff by hand."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind
from bot.conversation.state import Deliberation
from bot.conversation.wordings import wordings
from bot.domain.local_time import QuietHours, is_zone
from bot.storage import invitations, reminders
from bot.storage.database import Transaction
from bot.storage.mailing import zones_of_panel
from bot.storage.unsound import living_in

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """In which words, and at which hours, people are written to."""

    catalogues: Catalogues
    quiet: QuietHours
    any_hour: bool = False  #: Staff have decided that quiet hours do not hold.
    named: set[str] = field(default_factory=set)  #: Participants whose time zone nobody knows.

    def first_allowed(self, zone: str, home: str, now: datetime) -> datetime:
        return now if self.any_hour else self.quiet.first_allowed(now, zone, home)

    def told(self, people: Mapping[str, int], home: str, now: datetime) -> "Told":
        """Of `people` by time zone, how many hear of it now, and how many when."""
        moments: Counter[datetime] = Counter()
        for zone, count in people.items():
            moments[self.first_allowed(zone, home, now)] += count
        at_once = moments.pop(now, 0)
        return Told(at_once, dict(sorted(moments.items())))


@dataclass(frozen=True, slots=True)
class Told:
    """How many are written to, and when."""

    at_once: int = 0
    later: Mapping[datetime, int] = field(default_factory=dict)  #: By moment, the first first.

    @property
    def total(self) -> int:
        return self.at_once + sum(self.later.values())


async def daytimes(
    transaction: Transaction, deliberation: Deliberation, post: Post, now: datetime
) -> Mapping[str, datetime]:
    """By time zone of the panel, when it may be written to. Whose zone nobody knows is named once
    in the log: theirs is the deliberation's."""
    zones = await zones_of_panel(transaction, deliberation.id)
    unknown = [zone for zone in zones if not is_zone(zone)]
    for participant in await living_in(transaction.connection, unknown):
        if participant not in post.named:
            post.named.add(participant)
            log.warning(
                "a time zone is unknown; the deliberation's serves instead", participant=participant
            )
    home = deliberation.timezone
    return {zone: post.first_allowed(zone, home, now) for zone in zones}


async def invite(
    transaction: Transaction, row: Row[Any], deliberation: Deliberation, post: Post, now: datetime
) -> int:
    """Invite everybody in the panel who is not yet. Returns how many."""
    if not await invitations.invite(transaction, row, now):
        return 0
    return await invitations.queue_invitations(
        transaction,
        row,
        wordings(post.catalogues, row, deliberation, MessageKind.INVITATION),
        await daytimes(transaction, deliberation, post, now),
        now,
    )


async def remind(
    transaction: Transaction, row: Row[Any], deliberation: Deliberation, post: Post, now: datetime
) -> int:
    """Send the planned reminders that are due, the latest first. Returns how many."""
    if not row.reminders:
        return 0
    send_after = await daytimes(transaction, deliberation, post, now)
    awake = [zone for zone, daytime in send_after.items() if daytime == now]
    words = wordings(post.catalogues, row, deliberation, MessageKind.REMINDER)
    return sum(
        [
            await reminders.queue_reminders(transaction, row, number, words, awake, now)
            for number in reversed(range(len(row.reminders)))
        ]
    )
