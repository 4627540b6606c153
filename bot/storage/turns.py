"""Claiming a batch of turns: what is pending, and all that its handlers will read.

One batch is one transaction. The row of a claimed conversation stays locked until it commits, so
two workers never hold the same conversation, and a worker that dies leaves nothing behind.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import IncomingKind
from bot.conversation.ports import Clock, Failure, Outcome, Work
from bot.conversation.state import (
    Conversation,
    Deliberation,
    InvitationCode,
    Somebody,
    State,
    Way,
)
from bot.domain.states import BroadcastStatus, InboxStatus
from bot.storage.away import away_is_told
from bot.storage.columns import has_status
from bot.storage.database import Database, Transaction
from bot.storage.effects import write_outcomes
from bot.storage.failures import PAUSE, write_failure
from bot.storage.library import Library
from bot.storage.presented_codes import codes_in, existing_codes
from bot.storage.questions import ways
from bot.storage.records import to_conversation, to_heard, to_organiser, to_participant
from bot.storage.responses import responses_of
from bot.storage.setback import TOLERANCE
from bot.storage.tables import (
    address,
    broadcast,
    conversation,
    inbox,
    invitation,
    invitation_code,
    organiser,
    participant,
    reading,
)
from bot.storage.unreadable import write_unreadable
from bot.storage.who_else import WhoElse, find_who_else

#: How many messages of one batch may come from the conversations claimed, as a multiple of `limit`.
BACKLOG = 4


class StoredBatch:
    """Claimed work, and the transaction that its effects are written in."""

    def __init__(
        self,
        transaction: Transaction,
        work: Sequence[Work],
        library: Library,
        deliberations: Mapping[int, Deliberation],
        codes: Mapping[str, InvitationCode],
        clock: Clock,
        catalogues: Catalogues,
    ) -> None:
        self.work = work
        self.library = deliberations
        self.codes = codes
        self._transaction = transaction
        self._shelf = library
        self._clock = clock
        self._catalogues = catalogues

    def deliberation_of(self, conversation: Conversation) -> Deliberation | None:
        if conversation.deliberation_id is not None:
            return self.library[conversation.deliberation_id]
        return self._shelf.serving(conversation.channel, conversation.bot)

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        now = self._clock.now()
        await write_outcomes(self._transaction, outcomes, now)
        for outcome in outcomes:
            if outcome.failure is not None:
                await write_failure(
                    self._transaction,
                    outcome.after.conversation,
                    outcome.failure,
                    self._catalogues,
                    now,
                )


class StoredTurns:
    """The dispatcher's view of the database."""

    def __init__(
        self, database: Database, library: Library, clock: Clock, catalogues: Catalogues
    ) -> None:
        self._database = database
        self._library = library
        self._clock = clock
        self._catalogues = catalogues

    @asynccontextmanager
    async def batch(self, limit: int, only: int | None = None) -> AsyncIterator[StoredBatch]:
        with away_is_told():
            async with self._claimed(limit, only) as batch:
                yield batch

    @asynccontextmanager
    async def _claimed(self, limit: int, only: int | None) -> AsyncIterator[StoredBatch]:
        async with self._database.writing() as transaction:
            claimed = await self._claim(transaction, limit, only)
            work: list[Work] = []
            codes: dict[str, InvitationCode] = {}
            if claimed:
                pending = await self._pending(transaction, claimed, limit, only)
                going = await _ways(transaction, claimed, pending)
                wanted = {id_: codes_in(row, pending[id_]) for id_, row in claimed.items()}
                codes = await existing_codes(transaction, wanted)
                who = await find_who_else(transaction, list(claimed.values()), wanted, codes)
                states = await self._states(transaction, list(claimed.values()), going, who)
                work = _work(states, pending)
            yield StoredBatch(
                transaction,
                work,
                self._library,
                await self._library.current(transaction.connection) if claimed else {},
                codes,
                self._clock,
                self._catalogues,
            )

    async def failed(self, conversation: Conversation, failure: Failure) -> None:
        async with self._database.writing() as transaction:
            await write_failure(
                transaction, conversation, failure, self._catalogues, self._clock.now()
            )

    async def waiting(self, limit: int) -> Sequence[int]:
        with away_is_told():
            async with self._database.reading() as connection:
                found = await connection.execute(
                    select(inbox.c.conversation_id)
                    .join(conversation, conversation.c.id == inbox.c.conversation_id)
                    .where(has_status(inbox, InboxStatus.PENDING), self._may_be_tried())
                    .group_by(inbox.c.conversation_id)
                    .order_by(func.min(inbox.c.id))
                    .limit(limit)
                )
                return found.scalars().all()

    async def unreadable(self, conversation_id: int, error: str) -> None:
        with away_is_told():
            async with self._database.writing() as transaction:
                await write_unreadable(
                    transaction, conversation_id, error, self._catalogues, self._clock.now()
                )

    def _may_be_tried(self) -> ColumnElement[bool]:
        """Whether a conversation's pause after a failed turn is over, or the clock was set back."""
        retry_at, now = conversation.c.retry_at, self._clock.now()
        return or_(retry_at.is_(None), retry_at <= now, retry_at > now + PAUSE + TOLERANCE)

    async def _claim(
        self, transaction: Transaction, limit: int, only: int | None
    ) -> dict[int, Row[Any]]:
        """Lock conversations that have something pending, the longest waiting first."""
        statement = (
            _conversations()
            .join(inbox, inbox.c.conversation_id == conversation.c.id)
            .where(has_status(inbox, InboxStatus.PENDING), self._may_be_tried())
            .order_by(inbox.c.id)
            .limit(limit)
            .with_for_update(of=conversation, skip_locked=True)
        )
        if only is not None:
            statement = statement.where(conversation.c.id == only)
        return {row.id: row for row in await transaction.execute(statement)}

    async def _pending(
        self, transaction: Transaction, claimed: Iterable[int], limit: int, only: int | None
    ) -> dict[int, list[Row[Any]]]:
        """What waits in the locked conversations. Read after the lock: another worker may just have
        finished some of it."""
        found = await transaction.execute(
            select(inbox)
            .where(inbox.c.conversation_id.in_(claimed), has_status(inbox, InboxStatus.PENDING))
            .order_by(inbox.c.id)
            .limit(limit * BACKLOG if only is None else 1)
        )
        pending: dict[int, list[Row[Any]]] = defaultdict(list)
        for row in found:
            pending[row.conversation_id].append(row)
        return pending

    async def _states(
        self,
        transaction: Transaction,
        conversations: Sequence[Row[Any]],
        going: Mapping[int, Way],
        who: WhoElse,
    ) -> list[State]:
        """Everything turns may change. Of two conversations that are about one participant the
        later waits."""
        wanted = {id_ for row in conversations for id_ in who.all(row)}
        people = await _people(transaction, wanted)
        organised = await _broadcasts(
            transaction, {row.organises for row in conversations if row.organises}
        )
        states = []
        taken: set[str] = set()
        for row in conversations:
            needed = who.all(row)
            if not needed <= people.keys() - taken:
                continue
            taken |= needed
            current = who.current(row)
            states.append(
                State(
                    conversation=to_conversation(row, people[current] if current else None),
                    organiser=to_organiser(row, organised) if row.organises else None,
                    way=going.get(row.id),
                    others={id_: people[id_] for id_ in needed},
                    account=frozenset(who.account[row.id]),
                ).of(current)
            )
        return states


def _conversations() -> Select[Any]:
    return (
        select(
            conversation,
            address.c.channel,
            address.c.bot,
            address.c.blocked_at,
            organiser.c.id.label("organiser_id"),
            organiser.c.deliberation_id.label("organises"),
            organiser.c.name.label("organiser_name"),
        )
        .join(address, address.c.conversation_id == conversation.c.id)
        .outerjoin(
            organiser,
            (organiser.c.conversation_id == conversation.c.id) & organiser.c.revoked_at.is_(None),
        )
    )


async def _ways(
    transaction: Transaction,
    claimed: Mapping[int, Row[Any]],
    pending: Mapping[int, Sequence[Row[Any]]],
) -> dict[int, Way]:
    """How the pending questions of those go out who have written words."""
    written = {
        row.conversation_id: row.received_at
        for rows in pending.values()
        for row in reversed(rows)
        if row.body["kind"] == IncomingKind.TEXT
    }
    if not written:
        return {}
    asked = {id_: claimed[id_].asked for id_ in written}
    return await ways(transaction, asked, min(written.values()))


async def _people(transaction: Transaction, wanted: Collection[str]) -> dict[str, Somebody]:
    """Those of `wanted` whom nobody else is dealing with just now, locked."""
    if not wanted:
        return {}
    by_code = exists().where(invitation_code.c.participant_id == participant.c.id)
    rows = {
        row.id: row
        for row in await transaction.execute(
            select(participant, by_code.label("by_code"))
            .where(participant.c.id.in_(wanted))
            .with_for_update(of=participant, skip_locked=True)
        )
    }
    responses = await responses_of(transaction, rows)
    invited = await _sets(transaction, invitation, rows, "wave_id")
    read = await _sets(transaction, reading, rows, "briefing_id", "part")
    return {
        id_: Somebody(
            participant=to_participant(row),
            responses=responses.get(id_, {}),
            invited=frozenset(w for (w,) in invited.get(id_, ())),
            read=frozenset(read.get(id_, ())),
        )
        for id_, row in rows.items()
    }


async def _sets(
    transaction: Transaction, table: Any, people: Iterable[str], *columns: str
) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = defaultdict(set)
    if people:
        wanted = [table.c.participant_id, *(table.c[name] for name in columns)]
        for row in await transaction.execute(
            select(*wanted).where(table.c.participant_id.in_(people))
        ):
            found[row[0]].add(tuple(row[1:]))
    return found


async def _broadcasts(
    transaction: Transaction, deliberations: Iterable[int]
) -> dict[int, dict[str, BroadcastStatus]]:
    """Those of each deliberation, for its organisers."""
    by_deliberation: dict[int, dict[str, BroadcastStatus]] = defaultdict(dict)
    if deliberations:
        for row in await transaction.execute(
            select(broadcast.c.deliberation_id, broadcast.c.id, broadcast.c.status).where(
                broadcast.c.deliberation_id.in_(deliberations)
            )
        ):
            by_deliberation[row.deliberation_id][row.id] = BroadcastStatus(row.status)
    return by_deliberation


def _work(states: Sequence[State], pending: Mapping[int, Sequence[Row[Any]]]) -> list[Work]:
    return [
        Work(
            state=state,
            heard=tuple(to_heard(row) for row in pending[state.conversation.id]),
            tries=pending[state.conversation.id][0].tries,
        )
        for state in states
        if pending.get(state.conversation.id)
    ]
