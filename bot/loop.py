"""How a process is set up to serve: a faster event loop, and a garbage collector that is spared."""

import asyncio
import contextlib
import gc
from collections.abc import Callable

loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
with contextlib.suppress(ImportError):  # not to be had on Windows
    import uvloop

    loop_factory = uvloop.new_event_loop

#: Objects made before the youngest generation is looked through. By default 700: a batch of turns
#: makes many thousands, none of which needs the collector.
BETWEEN_COLLECTIONS = 20_000


def spare_the_collector() -> None:
    """What the program itself consists of is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(BETWEEN_COLLECTIONS, 20, 20)
