"""Where the CPU time of a process goes, by looking at its stack every few milliseconds of it.

Unlike cProfile this slows nothing down, so small functions do not seem larger than they are. It
sees the main thread alone: with SQLite, whose statements run in threads, its shares are not to be
relied on.
"""

import json
import re
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import greenlet

_PREFIX = re.compile(r".*(/site-packages/|/python3[.]\d+/|/(?=bot/|handlers/))")

#: Seconds of CPU time between two looks.
INTERVAL = 0.002

#: The first whose function (and file) is on the stack is what a sample counts for.
PHASES: Sequence[tuple[str, str, str]] = (
    ("turn: claim", "_claim", "storage/turns"),
    ("turn: pending", "_pending", "storage/turns"),
    ("turn: states", "_states", "storage/turns"),
    ("turn: library", "current", "storage/library"),
    ("turn: handlers", "_converse", "dispatcher"),
    ("turn: write people", "write_people", ""),
    ("turn: write responses", "write_responses", ""),
    ("turn: write answers", "write_answers", ""),
    ("turn: write lists", "_write_lists", "storage/effects"),
    ("turn: write conversations", "_write_conversations", "storage/effects"),
    ("turn: write messages", "_write_messages", "storage/effects"),
    ("turn: write, rest", "write_outcomes", ""),
    ("turn: begin, commit, rest", "run_batch", ""),
    ("inbox: find conversations", "_conversations", "storage/inbox"),
    ("inbox: insert", "_insert", "storage/inbox"),
    ("inbox: begin, commit, rest", "_store_all", "storage/inbox"),
    ("sender: bucket", "_lock_bucket", ""),
    ("sender: settle", "_settle", ""),
    ("sender: settle", "settle", "storage/ledger"),
    ("sender: expire", "_expire", ""),
    ("sender: claim", "_claim", "storage/outbox"),
    ("sender: begin, commit, rest", "settle_and_claim", ""),
    ("send: HTTP request", "do_request", ""),
    ("send: HTTP request", "call", "telegram/requests"),
    ("send: python-telegram-bot", "send_message", ""),
    ("send: rendering, rest", "_send", "delivery/sender"),
    ("send: HTTP answer", "data_received", "aiohttp/client_proto"),
    ("sender: waiting", "run", "delivery/sender"),
    ("sender: waiting", "_wait", "delivery/sender"),
    ("webhook: reading an update", "read", "telegram/incoming"),
    ("webhook: starlette and our own", "", "starlette/"),
    ("webhook: h11", "", "h11/"),
    ("webhook: uvicorn", "data_received", "uvicorn/"),
    ("webhook: uvicorn", "run_asgi", "uvicorn/"),
    ("webhook: uvicorn", "", "uvicorn/protocols"),
    ("planner", "_plan", ""),
    ("signals", "_listen", "storage/signals"),
    ("signals", "wait", "storage/signals"),
)


class Sampling:
    """Between `start` and `stop`; then `save` keeps phases, functions and whole stacks."""

    def __init__(self) -> None:
        self._stacks: Counter[tuple[tuple[str, str], ...]] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _: int, frame: FrameType | None) -> None:
        self._stacks[tuple(_stack(frame))] += 1

    def save(self, path: Path) -> None:
        phases: Counter[str] = Counter()
        own: Counter[str] = Counter()
        within: Counter[str] = Counter()
        for stack, times in self._stacks.items():
            phases[_phase(stack)] += times
            if stack:
                own[":".join(stack[0])] += times
            for place in set(stack):
                within[":".join(place)] += times
        path.write_text(
            json.dumps(
                {
                    "samples": self._stacks.total(),
                    "phases": phases.most_common(),
                    "own": own.most_common(80),
                    "within": within.most_common(250),
                    "stacks": [
                        [times, [":".join(place) for place in stack]]
                        for stack, times in self._stacks.most_common(400)
                    ],
                }
            )
        )


def _stack(frame: FrameType | None) -> list[tuple[str, str]]:
    """Innermost first, across SQLAlchemy's greenlets."""
    found = []
    current: greenlet.greenlet | None = greenlet.getcurrent()
    while True:
        while frame is not None:
            code = frame.f_code
            found.append((_PREFIX.sub("", code.co_filename), code.co_qualname))
            frame = frame.f_back
        current = current.parent if current else None
        if current is None:
            return found
        frame = current.gr_frame


def _phase(stack: Sequence[tuple[str, str]]) -> str:
    for name, function, file in PHASES:
        for where, qualname in stack:
            if file in where and function in ("", qualname.rpartition(".")[2]):
                return name
    return "event loop"
