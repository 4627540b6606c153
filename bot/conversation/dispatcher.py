"""Runs turns in batches: one message when idle, up to a few hundred under load."""

import asyncio
import contextlib
from dataclasses import replace

import structlog

from bot.conversation.catalogue import SOURCE, Catalogues
from bot.conversation.effects import Effects
from bot.conversation.messages import Heard
from bot.conversation.ports import (
    Batch,
    Bell,
    Clock,
    Failure,
    Outcome,
    StoreUnavailable,
    TurnStore,
    Work,
)
from bot.conversation.router import Router
from bot.conversation.state import State
from bot.conversation.turn import Turn
from bot.logs import without_values

log = structlog.get_logger()

#: A turn that raised this often is parked.
MOST_TRIES = 3

#: Messages in one batch. More would make the first of them wait for the last.
LARGEST_BATCH = 300


class Dispatcher:
    """Claims pending messages, runs their handlers, and writes what these decided."""

    def __init__(
        self, store: TurnStore, router: Router, catalogues: Catalogues, clock: Clock
    ) -> None:
        self._store = store
        self._router = router
        self._catalogues = catalogues
        self._clock = clock

    async def run(self, bell: Bell, stopping: asyncio.Event, poll: float = 1.0) -> None:
        """Work until `stopping` is set; the batch in hand is always finished."""
        while not stopping.is_set():
            try:
                worked = await self.run_batch()
            except StoreUnavailable as error:  # nothing is lost, the rows are still pending
                log.error("turns are waiting for the database", error=brief(error))
                worked = 0
            except Exception as error:
                log.error("turns cannot be taken, and are tried again", **without_values(error))
                worked = 0
            if not worked:
                with contextlib.suppress(TimeoutError):
                    await bell.wait(poll)

    async def run_batch(self, limit: int = LARGEST_BATCH) -> int:
        """Run one batch and commit it. Returns how many messages were dealt with.

        If loading or writing fails, each conversation is run again alone, so that one bad row or
        one bad turn cannot hold up the others.
        """
        work: list[Work] = []
        try:
            async with self._store.batch(limit) as batch:
                work = list(batch.work)
                if not work:
                    return 0
                await batch.write([await self._converse(batch, each) for each in work])
        except StoreUnavailable:
            raise
        except Exception as error:
            log.warning("a batch is run again one by one", **without_values(error))
            alone = [each.state.conversation.id for each in work]
            alone = alone or list(await self._store.waiting(limit))
            for conversation_id in alone:
                await self._run_alone(conversation_id)
            return len(alone)
        return sum(len(each.heard) for each in work)

    async def _run_alone(self, conversation_id: int) -> None:
        work: Work | None = None
        language = SOURCE
        try:
            async with self._store.batch(1, only=conversation_id) as batch:
                for work in batch.work:
                    language = self._turn(batch, work.state, work.heard[0]).language
                    await batch.write([await self._converse(batch, work)])
        except StoreUnavailable:
            raise
        except Exception as error:
            if work is None:
                log.error(
                    "a turn cannot be loaded", conversation=conversation_id, **without_values(error)
                )
                await self._store.unreadable(conversation_id, brief(error))
            else:
                failure = self._failure(work.heard[0], work.tries, error, language)
                await self._store.failed(work.state.conversation, failure)

    async def _converse(self, batch: Batch, work: Work) -> Outcome:
        """Run the turns of one conversation in order, each seeing the effects of those before."""
        state = work.state
        done: list[tuple[Heard, Effects]] = []
        for number, heard in enumerate(work.heard):
            turn: Turn | None = None
            try:
                turn = self._turn(batch, state, heard)
                await self._router.take(turn)
            except Exception as error:
                tries = work.tries if number == 0 else 0
                language = turn.language if turn else state.conversation.language or SOURCE
                failure = self._failure(heard, tries, error, language)
                if failure.parked and heard.is_answer:
                    state, failure = await self._lead_home(batch, state, failure)
                return Outcome(work.state, state, tuple(done), failure)
            if turn.effects.left and done:
                break  # what was decided for the one before is written first
            done.append((heard, turn.effects))
            state = turn.state
            if turn.effects.needs_a_new_look:
                break
        return Outcome(work.state, state, tuple(done))

    async def _lead_home(
        self, batch: Batch, state: State, failure: Failure
    ) -> tuple[State, Failure]:
        """Out of the place whose answer was parked: whatever was said there next might be too."""
        turn = self._turn(batch, state, failure.heard)
        await turn.give_up()
        turn.finish()
        return turn.state, replace(failure, told=tuple(turn.effects.messages))

    def _turn(self, batch: Batch, state: State, heard: Heard) -> Turn:
        return Turn(
            heard=heard,
            state=state,
            deliberation=batch.deliberation_of(state.conversation),
            codes=batch.codes,
            library=batch.library,
            catalogues=self._catalogues,
            router=self._router,
            now=self._clock.now(),
        )

    def _failure(self, heard: Heard, tries: int, error: Exception, language: str) -> Failure:
        parked = tries + 1 >= MOST_TRIES
        log.error("a turn failed", inbox=heard.id, parked=parked, **without_values(error))
        return Failure(heard, brief(error), parked, language)


def brief(error: Exception) -> str:
    """Type and first line of an error, without the statement's parameters, which may identify."""
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:500]
