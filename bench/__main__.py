"""`make bench`: every benchmark, one after the other; or those named.

    python -m bench turns latency

A whole run takes some two hours, most of it for what has a million people.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table

from bench.batches import measure_batches
from bench.broadcast import (
    measure_broadcast,
    measure_latency_at_the_highest_pace,
    measure_latency_at_the_usual_pace,
)
from bench.exports import measure_exports, measure_memory
from bench.expressions import measure_expressions
from bench.growth import measure_growth
from bench.loading import measure_loading
from bench.turns import measure_turns
from bench.wave import measure_wave
from bench.workers import measure_workers

BENCHMARKS: dict[str, Callable[[], Awaitable[Table]]] = {
    "expressions": measure_expressions,
    "batches": measure_batches,
    "loading": measure_loading,
    "turns": measure_turns,
    "latency": measure_latency_at_the_usual_pace,
    "latency-paid": measure_latency_at_the_highest_pace,
    "broadcast": measure_broadcast,
    "workers": measure_workers,
    "wave": measure_wave,
    "growth": measure_growth,
    "exports": measure_exports,
    "exports-million": measure_memory,
}


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(wanted) - set(BENCHMARKS):
        raise SystemExit(f"no benchmark is called {', '.join(unknown)}: {', '.join(BENCHMARKS)}")
    for name in wanted:
        Console(width=100).print(asyncio.run(BENCHMARKS[name]()))


if __name__ == "__main__":
    main()
