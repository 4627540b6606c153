"""The service as a process of its own, which can be killed."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.cast.town import TOKEN, Town

ROOT = Path(__file__).parents[2]


class Service:
    """Runs on the town's database and clock, beside (or in stead of) the town's own application.

    `crash_at` names a step (tests/cast/crashing.py) at which the process kills itself.
    """

    def __init__(self, town: Town, *, crash_at: str | None = None) -> None:
        ahead = town.clock.ahead.total_seconds()
        self._environment = os.environ | {
            "MINIPUBLIC_DATABASE_URL": town.settings.database_url,
            "MINIPUBLIC_TELEGRAM_TOKENS": TOKEN,
            "MINIPUBLIC_TELEGRAM_API_URL": town.telegram.url,
            "MINIPUBLIC_TELEGRAM_PACE": "1000",
            "MINIPUBLIC_TELEGRAM_CHAT_BURST": "1000",
            "MINIPUBLIC_PORT": "0",
            "AHEAD": str(ahead),
            "CRASH_AT": crash_at or "",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def starts(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.cast.crashing",
            cwd=ROOT, env=self._environment, stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def dies(self) -> None:
        """Wait until it has killed itself."""
        assert self._process is not None
        async with asyncio.timeout(30):
            code = await self._process.wait()
        assert code == -signal.SIGKILL, f"it ended with {code} and was not killed"

    async def is_killed(self) -> None:
        """SIGKILL, wherever it is."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stops(self) -> None:
        """SIGTERM; it must finish what is in hand within 10 seconds."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            async with asyncio.timeout(12):
                await self._process.wait()
