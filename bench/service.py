"""Minipublic as it is served, for the benchmarks: all roles, and no pace at Telegram.

With BENCH_SAMPLES=FILE it watches itself from SIGUSR1 to SIGUSR2 and leaves there what it saw.
"""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

from bench.sampling import Sampling
from bot.app import App
from bot.logs import configure_logs
from bot.loop import loop_factory, spare_the_collector
from bot.settings import Role, read_settings


async def serve() -> None:
    settings = read_settings()
    configure_logs(settings.log_format)
    app = App(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, app.stop)
    if path := os.environ.get("BENCH_SAMPLES"):
        watch(Path(path))
    pace = float(os.environ.get("BENCH_PACE", 0)) or None
    lines = [
        (replace(line, pace=pace) if line.channel == "telegram" else line, channel)
        for line, channel in app.lines
    ]
    await app.run(list(Role), lines=lines)


def watch(path: Path) -> None:
    sampling = Sampling()

    def end() -> None:
        sampling.stop()
        sampling.save(path)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, sampling.start)
    loop.add_signal_handler(signal.SIGUSR2, end)


if __name__ == "__main__":
    spare_the_collector()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serve())
