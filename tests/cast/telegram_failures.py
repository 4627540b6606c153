"""Failures on demand: what a test scripts Telegram to do wrong, or to refuse."""

import asyncio
import math
import random
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

from tests.cast.telegram_errors import CODES, Refused
from tests.cast.telegram_requests import Request

Kind = Literal["throttles", "fails", "refuses", "hangs", "cuts_after_send"]

SENDS = frozenset(
    {
        "sendMessage",
        "sendPhoto",
        "sendVideo",
        "sendAnimation",
        "sendAudio",
        "sendDocument",
        "sendVoice",
        "editMessageText",
        "editMessageReplyMarkup",
    }
)

# A request may be on its way while the 429 is: only one that begins later breaks the rule.
ON_ITS_WAY_SECONDS = 0.1


@dataclass
class _Failure:
    kind: Kind
    times: int | None
    chat: int | None = None
    method: str | None = None
    share: float | None = None
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    seconds: float = 0.0
    status: int = 500
    description: str = ""
    parameters: dict[str, int] | None = None

    def strikes(self, request: Request) -> bool:
        named = request.method == self.method if self.method else request.method in SENDS
        if not named or self.times == 0 or self.chat not in (None, request.chat_id):
            return False
        if self.share is not None and self.rng.random() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class _Halt:
    token: str
    chat: int | None
    begins: float
    ends: float

    def holds(self, request: Request) -> bool:
        here = self.token == request.token and self.chat in (None, request.chat_id)
        return here and request.method in SENDS and request.when < self.ends


class ScriptedFailures:
    """The failures that are still to come.

    Each strikes the next sends and edits that fit it, or the next calls of `method` where one is
    named. `times` None goes on until heals(); with a `share` only that share of them is struck.
    """

    def __init__(self) -> None:
        self._failures: list[_Failure] = []
        self._halts: list[_Halt] = []
        self.requests_during_throttle: list[Request] = []

    def throttles(
        self,
        for_seconds: float = 3,
        times: int | None = 1,
        chat: int | None = None,
        share: float | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """429 with retry_after: from then on every send of the bot (or to the chat) gets 429
        until the time has passed, and one that the bot begins meanwhile is recorded in
        requests_during_throttle."""
        rng = rng or random.Random(0)
        self._script("throttles", times, chat=chat, share=share, rng=rng, seconds=for_seconds)

    def fails(self, status: int = 500, times: int | None = 1, method: str | None = None) -> None:
        """An error of Telegram's own, with nothing done."""
        self._script("fails", times, status=status, method=method)

    def refuses(
        self,
        chat: int | None,
        description: str = "Bad Request: chat not found",
        times: int | None = None,
        parameters: dict[str, int] | None = None,
    ) -> None:
        """A refusal of every send to the chat (None: to any), in Telegram's words and form."""
        self._script("refuses", times, chat=chat, description=description, parameters=parameters)

    def hangs(self, seconds: float, times: int | None = 1, method: str | None = None) -> None:
        """No answer for a while; done then as usual, unless the bot has given up by then."""
        self._script("hangs", times, seconds=seconds, method=method)

    def cuts_after_send(self, times: int | None = 1) -> None:
        """The message arrives, but the connection closes without an answer."""
        self._script("cuts_after_send", times)

    def drops_share(self, kind: Kind, share: float, rng: random.Random, **how: Any) -> None:
        """Any of the failures above, with its own arguments, for a random share of all that it
        would strike, until heals()."""
        getattr(self, kind)(times=None, **how)
        self._failures[-1].share, self._failures[-1].rng = share, rng

    def heals(self) -> None:
        """Forgets every scripted failure; a throttle that runs is over."""
        self._failures.clear()
        self._halts.clear()

    def _script(self, kind: Kind, times: int | None, **how: Any) -> None:
        failure = _Failure(kind, times, **how)
        if kind == "refuses" and failure.description.partition(":")[0] not in CODES:
            raise ValueError(f"Telegram's refusals begin with one of {sorted(CODES)}")
        self._failures.append(failure)

    async def disturb(self, request: Request) -> bool:
        """Plays what is scripted for a request; True: cut the connection once it is done."""
        for halt in self._halts:
            if halt.holds(request):
                if request.when > halt.begins + ON_ITS_WAY_SECONDS:
                    self.requests_during_throttle.append(request)
                raise _too_many(halt.ends - request.when)
        failure = next((one for one in self._failures if one.strikes(request)), None)
        match failure:
            case _Failure(kind="throttles", chat=chat, seconds=seconds):
                now = time.monotonic()
                self._halts.append(_Halt(request.token, chat, now, now + seconds))
                raise _too_many(seconds)
            case _Failure(kind="fails", status=status):
                raise Refused(HTTPStatus(status).phrase, code=status)
            case _Failure(kind="refuses", description=description, parameters=parameters):
                raise Refused(description, parameters=parameters)
            case _Failure(kind="hangs", seconds=seconds):
                await asyncio.sleep(seconds)
        return failure is not None and failure.kind == "cuts_after_send"


def _too_many(seconds: float) -> Refused:
    retry_after = max(1, math.ceil(seconds))
    return Refused(
        f"Too Many Requests: retry after {retry_after}", parameters={"retry_after": retry_after}
    )
