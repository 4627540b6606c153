"""How one bot gets its updates: it asks with getUpdates, or its webhook is called.

Either way an update stays until the bot has acknowledged it, as Telegram keeps it: by a higher
offset, or by a 2xx answer. Updates of one chat go to a webhook one after the other.
"""

import asyncio
import time
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.cast.telegram_errors import Refused, bad_request
from tests.cast.telegram_schema import check_update

LONG_POLL_SECONDS = 50  # Telegram cuts longer waits short
FIRST_RETRY_SECONDS = 0.05  # Telegram begins with 1 s; tests have no time for that
LAST_RETRY_SECONDS = 1.0
WEBHOOK_ANSWER_SECONDS = 10.0
FIRST_UPDATE_ID = 700_000_001

# Sent only to a bot that asks for them by name, see setWebhook's allowed_updates.
ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})

OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance "
    "is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
    "the webhook first"
)


@dataclass(frozen=True)
class Webhook:
    """Where Telegram delivers; no secret means no secret header."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass(frozen=True)
class _Queued:
    order: int
    update: dict[str, Any]


class Delivery:
    """The updates of one bot that it has not acknowledged."""

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.allowed: list[str] = []
        self.settled = asyncio.Event()
        self.settled.set()
        self.last_error: tuple[int, str] | None = None
        self._queues: defaultdict[int, deque[_Queued]] = defaultdict(deque)
        self._first_id = FIRST_UPDATE_ID
        self._created = 0
        self._order = 0
        self._turn: object = None
        self._interruption = OTHER_POLL
        self._news = asyncio.Event()
        self._running = False
        self._callers: dict[int, asyncio.Task[None]] = {}
        self._connections = asyncio.Semaphore()

    def put(
        self, chat_id: int, kind: str, content: dict[str, Any], *, duplicate: bool = False
    ) -> dict[str, Any]:
        """Queues an update, twice if asked; one that the bot does not want is dropped."""
        update = {"update_id": self._first_id + self._created, kind: content}
        check_update(update)
        self._created += 1
        if kind in self.allowed or (not self.allowed and kind not in ONLY_ON_REQUEST):
            for _ in range(2 if duplicate else 1):
                self._order += 1
                self._queues[chat_id].append(_Queued(self._order, update))
            self.settled.clear()
            self._news.set()
            self._call_for(chat_id)
        return update

    def begins_anew(self, update_id: int) -> None:
        """The ids of updates go on from here, as after "no new updates for at least a week"."""
        self._first_id, self._created = update_id, 0

    def pending(self) -> list[dict[str, Any]]:
        """The unacknowledged updates, oldest first."""
        queued = (one for queue in self._queues.values() for one in queue)
        return [one.update for one in sorted(queued, key=lambda one: one.order)]

    def drop_before(self, update_id: int) -> None:
        """Confirms every update with a lower identifier."""
        for chat_id, queue in list(self._queues.items()):
            while queue and queue[0].update["update_id"] < update_id:
                self._acknowledge(chat_id)

    def drop_all(self) -> None:
        """Forgets every update, as drop_pending_updates asks."""
        self._queues.clear()
        self.settled.set()

    def _acknowledge(self, chat_id: int) -> None:
        self._queues[chat_id].popleft()
        if not self._queues[chat_id]:
            del self._queues[chat_id]
        if not self._queues:
            self.settled.set()

    # getUpdates

    async def poll(self, offset: int, limit: int, wait: float) -> list[dict[str, Any]]:
        """What getUpdates answers, waiting for it at most `wait` seconds."""
        if self.webhook:
            raise Refused(WEBHOOK_ACTIVE)
        if not 1 <= limit <= 100:
            raise bad_request("limit must be between 1 and 100")
        if offset < 0:
            last = self.pending()[offset:]
            offset = last[0]["update_id"] if last else 0
        self.drop_before(offset)
        self.interrupt(OTHER_POLL)
        self._turn = turn = object()
        ends = time.monotonic() + min(wait, LONG_POLL_SECONDS)
        while True:
            if self._turn is not turn:
                raise Refused(self._interruption)
            batch = self.pending()[:limit]
            left = ends - time.monotonic()
            if batch or left <= 0:
                return batch
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._news.wait()

    def interrupt(self, why: str) -> None:
        """Ends a waiting getUpdates with a conflict."""
        self._turn, self._interruption = None, why
        self._news.set()

    # webhook

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Calls this webhook from now on, or none."""
        running = self._running
        self.pause()
        self.webhook = webhook
        if webhook:
            self.interrupt(WEBHOOK_SET)
            self._connections = asyncio.Semaphore(webhook.max_connections)
        if running:
            self.resume()

    def pause(self) -> None:
        """Calls no webhook until resume(); what is unacknowledged stays."""
        self._running = False
        for task in self._callers.values():
            task.cancel()
        self._callers.clear()

    def resume(self) -> None:
        """Calls the webhook for every chat that has updates, or will have."""
        self._running = True
        for chat_id in self._queues:
            self._call_for(chat_id)

    def _call_for(self, chat_id: int) -> None:
        if self._running and self.webhook and chat_id not in self._callers:
            call = asyncio.create_task(self._call(self.webhook, chat_id))
            self._callers[chat_id] = call

    async def _call(self, webhook: Webhook, chat_id: int) -> None:
        delay = FIRST_RETRY_SECONDS
        timeout = aiohttp.ClientTimeout(total=WEBHOOK_ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while queue := self._queues.get(chat_id):
                async with self._connections:
                    failure = await self._post(session, webhook, queue[0].update)
                if failure is None:
                    self._acknowledge(chat_id)
                    delay = FIRST_RETRY_SECONDS
                else:
                    self.last_error = (int(time.time()), failure)
                    await asyncio.sleep(delay)
                    delay = min(2 * delay, LAST_RETRY_SECONDS)
            # Before the session closes, which waits: an update that comes meanwhile needs a caller.
            del self._callers[chat_id]

    async def _post(
        self, session: aiohttp.ClientSession, webhook: Webhook, update: dict[str, Any]
    ) -> str | None:
        """Calls the webhook once; returns what went wrong, None if it was acknowledged."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            async with session.post(
                webhook.url, json=update, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"
        if 200 <= answer.status < 300:
            return None
        return f"Wrong response from the webhook: {answer.status} {answer.reason}"
