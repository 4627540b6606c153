"""Group commit: what is asked for in one moment shares a transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

#: The most that one transaction takes; a burst beyond it waits for the next.
LARGEST_GROUP = 500


class Together(Generic[Question, Answer]):
    """Calls `work` with all that is asked in one moment, and again with what is asked meanwhile."""

    def __init__(
        self, work: Callable[[Sequence[Question]], Awaitable[Sequence[Answer | Exception]]]
    ) -> None:
        self._work = work
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, question: Question) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work_off())
        return await answer

    async def _work_off(self) -> None:
        try:
            await asyncio.sleep(0)  # whoever asks in the same moment comes along
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                answers: Sequence[Answer | Exception]
                try:
                    answers = await self._work([question for question, _ in group])
                except Exception as error:
                    answers = [error] * len(group)
                for (_, future), answer in zip(group, answers, strict=True):
                    if future.done():
                        continue  # nobody waits for it any more
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            self._worker = None
