"""Citizens who play their parts: each says its next line when the reply to the last has come."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote_plus

from bench.cpu import cpu_of
from bench.questions import Line
from bench.wire import Webhook

#: Seconds without any reply after which a play is given up.
PATIENCE = 40.0


@dataclass(frozen=True)
class Play:
    """What is to be played.

    Without a `rate` so many citizens at once talk as fast as they are answered (`together`), and a
    new one begins when another is through. With a `rate` lines are said at random moments, so many
    a second on average, whatever became of those before.
    """

    first: int  #: Number of the first citizen; the others follow.
    citizens: int
    lines: Sequence[Line]
    seconds: float | None = (
        None  #: Measured at least, if citizens last. None: until all are through.
    )
    together: int = 150
    rate: float | None = None
    processes: Mapping[str, Sequence[int]] = field(default_factory=dict)  #: To measure the CPU of.


@dataclass(frozen=True)
class Played:
    """What became of it. The first four tell of the measured time alone, which ends when there is
    nobody left to begin; the others also of the replies that came after it."""

    exchanges: int
    seconds: float
    cpu: Mapping[str, float]  #: Seconds, by the names of `Play.processes`.
    own_cpu: float  #: Seconds of the far side.
    latencies: Sequence[float]  #: Milliseconds from a line to its reply, in order.
    said: int  #: Lines that were replied to.
    through: int  #: Citizens who said all their lines.
    refused: int  #: Updates that a webhook did not take at first.

    def as_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Mark:
    """How things stood at one moment."""

    when: float
    replies: int
    cpu: Mapping[str, float]
    own_cpu: float


class Citizen:
    __slots__ = ("awaits", "line", "number", "spoke_at", "webhook")

    def __init__(self, number: int, webhook: Webhook) -> None:
        self.number = number
        self.webhook = webhook
        self.line = 0
        self.awaits: tuple[bytes, bytes] | None = None  #: As a form has it, and as JSON has it.
        self.spoke_at = 0.0


class Stage:
    """Plays one play. Citizen number n talks to webhook n % how many there are."""

    def __init__(self, play: Play, webhooks: Sequence[Webhook], updates: int) -> None:
        self.updates = updates  #: Counted over all plays, for a bot must not see a number twice.
        self._play = play
        self._webhooks = webhooks
        self._lines = [
            (_said(words), (quote_plus(awaited).encode(), awaited.encode()))
            for words, awaited in play.lines
        ]
        self._citizens = {
            number: Citizen(number, webhooks[number % len(webhooks)])
            for number in range(play.first, play.first + play.citizens)
        }
        self._ready = deque(self._citizens.values())
        self._owed: deque[float] = deque()  # moments at which somebody should have spoken
        self._under_way = self._through = 0
        self._latencies: list[float] = []
        self._began: Mark | None = None
        self._ended: Mark | None = None
        self._over = asyncio.Event()

    async def run(self) -> Played:
        refused = self._refused()
        if self._play.rate is not None:
            self._began = self._mark()
            await self._speak_at_random(self._play.rate, self._began.when)
            self._end()
        else:
            if self._play.seconds is None:
                self._began = self._mark()
            for _ in range(min(self._play.together, len(self._ready))):
                self._speak(self._ready.popleft(), time.perf_counter())
        await self._last_replies()
        if self._began is None:
            raise RuntimeError("too few citizens to measure anything")
        began, ended = self._began, self._ended or self._mark()
        return Played(
            exchanges=ended.replies - began.replies,
            seconds=ended.when - began.when,
            cpu={name: ended.cpu[name] - began.cpu[name] for name in ended.cpu},
            own_cpu=ended.own_cpu - began.own_cpu,
            latencies=self._latencies,
            said=len(self._latencies),
            through=self._through,
            refused=self._refused() - refused,
        )

    def heard(self, number: int, form: bytes) -> None:
        """A message came; anything but the reply that its citizen waits for is passed over."""
        citizen = self._citizens.get(number)
        if citizen is None or citizen.awaits is None:
            return
        in_form, in_json = citizen.awaits
        if in_form not in form and in_json not in form:
            return
        now = time.perf_counter()
        self._latencies.append(1000 * (now - citizen.spoke_at))
        citizen.awaits = None
        self._under_way -= 1
        left = citizen.line < len(self._lines)
        self._through += not left
        if self._play.rate is not None:
            if left:
                self._ready.append(citizen)
            if self._owed and self._ready and self._ended is None:
                self._speak(self._ready.popleft(), self._owed.popleft())
        else:
            self._watch_the_clock(now)
            if self._ended is None:
                self._next(citizen if left else None, now)
        if not self._under_way:
            self._over.set()

    def _next(self, citizen: Citizen | None, now: float) -> None:
        """Whoever was answered goes on; who is through makes room for somebody new."""
        if citizen is not None:
            self._speak(citizen, now)
        elif self._ready:
            self._speak(self._ready.popleft(), now)
        elif self._play.seconds is not None:
            self._end()

    def _watch_the_clock(self, now: float) -> None:
        """What is measured begins when as many were answered as talk at once, and ends when a whole
        multiple of them was: they are answered in waves, of which none may count in part."""
        if self._play.seconds is None or len(self._latencies) % self._play.together:
            return
        if self._began is None:
            self._began = self._mark()
        elif now - self._began.when >= self._play.seconds and self._ended is None:
            self._end()

    def _end(self) -> None:
        if self._ended is None:
            self._ended = self._mark()

    def _mark(self) -> "Mark":
        return Mark(
            time.perf_counter(),
            len(self._latencies),
            cpu_of(self._play.processes),
            time.process_time(),
        )

    def _refused(self) -> int:
        return sum(webhook.refused for webhook in self._webhooks)

    def _speak(self, citizen: Citizen, when: float) -> None:
        (before, after), citizen.awaits = self._lines[citizen.line]
        citizen.line += 1
        citizen.spoke_at = when
        self._under_way += 1
        self.updates += 1
        citizen.webhook.post(
            before % (self.updates, self.updates, citizen.number, citizen.number, time.time())
            + after
        )

    async def _speak_at_random(self, rate: float, began: float) -> None:
        chance = random.Random(0)
        moment = began
        assert self._play.seconds is not None
        while (moment := moment + chance.expovariate(rate)) < began + self._play.seconds:
            if (early := moment - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            if self._ready:
                self._speak(self._ready.popleft(), moment)
            else:
                self._owed.append(moment)
        if self._owed:
            raise RuntimeError(f"too few citizens for {rate:.0f} lines a second")

    async def _last_replies(self) -> None:
        replies = -1
        while self._under_way:
            if replies == len(self._latencies):
                raise TimeoutError(
                    f"{self._under_way} citizens wait in vain for a reply; "
                    f"the webhooks have refused {self._refused()} updates"
                )
            replies = len(self._latencies)
            self._over.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._over.wait()
            except TimeoutError:
                continue


def _said(words: str) -> tuple[bytes, bytes]:
    """An update before and after what differs: its number, the message's, the citizen's twice, and
    the time."""
    rest: dict[str, Any] = {"text": words}
    if words.startswith("/"):
        length = len(words.split()[0])
        rest["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    before = (
        b'{"update_id":%d,"message":{"message_id":%d,'
        b'"from":{"id":%d,"is_bot":false,"first_name":"Citizen","language_code":"en"},'
        b'"chat":{"id":%d,"first_name":"Citizen","type":"private"},"date":%d,'
    )
    return before, json.dumps(rest).encode()[1:] + b"}"
