"""The service as a process that dies by SIGKILL and is back at once.

Loading its code takes a second of CPU, so one process loads it and forks a service for each start.
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Self

from bot.logs import configure_logs
from tests.cast import crashing
from tests.cast.service import ROOT
from tests.cast.town import TOKEN, Town

#: Seconds in which a process must load, or end.
PATIENCE = 60


class RestartableService:
    """Runs on the town's database, and by the town's clock as it stands at each start.

    What the service logs as a warning or worse is in the file `log`.
    """

    def __init__(self, town: Town, log: Path) -> None:
        self.log = log
        self._town = town
        self._environment = os.environ | {
            "MINIPUBLIC_DATABASE_URL": town.settings.database_url,
            "MINIPUBLIC_TELEGRAM_TOKENS": TOKEN,
            "MINIPUBLIC_TELEGRAM_API_URL": town.telegram.url,
            "MINIPUBLIC_TELEGRAM_PACE": f"{town.settings.telegram_pace:g}",
            "MINIPUBLIC_TELEGRAM_CHAT_BURST": f"{town.settings.telegram_chat_burst}",
            "MINIPUBLIC_QUIET_HOURS": town.settings.quiet_hours,
            "MINIPUBLIC_PORT": "0",
        }
        self._loaded: asyncio.subprocess.Process | None = None
        self._running: int | None = None

    async def __aenter__(self) -> Self:
        with self.log.open("wb") as log:
            self._loaded = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__,
                cwd=ROOT, env=self._environment, stderr=log,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._loaded is not None and self._loaded.stdin is not None
        if self._running is not None:
            await self.is_killed()
        self._loaded.stdin.close()
        await self._loaded.wait()

    async def starts(self) -> None:
        assert self._running is None and self._loaded is not None and self._loaded.stdin is not None
        self._loaded.stdin.write(f"{self._town.clock.ahead.total_seconds()}\n".encode())
        self._running = await self._hears()

    async def is_killed(self) -> None:
        """SIGKILL, wherever it is."""
        assert await self._ends(signal.SIGKILL) == -signal.SIGKILL, self.log.read_text()

    async def stops(self) -> None:
        """SIGTERM; it finishes what is in hand."""
        assert await self._ends(signal.SIGTERM) == 0, self.log.read_text()

    async def _ends(self, by: signal.Signals) -> int:
        assert self._running is not None
        os.kill(self._running, by)
        self._running = None
        return await self._hears()

    async def _hears(self) -> int:
        assert self._loaded is not None and self._loaded.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._loaded.stdout.readline()
        assert line, f"the process is gone:\n{self.log.read_text()}"
        return int(line)


async def serve() -> None:
    # Nothing more is said to a service that runs: its stdin ends when the test is gone.
    asyncio.get_running_loop().add_reader(sys.stdin, os._exit, 1)
    await crashing.main()


def main() -> None:
    """For each line of stdin, which is how far ahead the clock is, fork a service; print its
    process id, and in the end how it ended."""
    for ahead in sys.stdin:
        if (service := os.fork()) == 0:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            os.environ["AHEAD"] = ahead
            configure_logs("console", logging.WARNING)
            asyncio.run(serve())
            return
        print(service, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(service, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
