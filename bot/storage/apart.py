"""One of several things that share a transaction, attended to on its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import DBAPIError

from bot.logs import without_values
from bot.storage.database import Transaction

log = structlog.get_logger()


@asynccontextmanager
async def apart(
    transaction: Transaction, undone: Callable[[], None] = lambda: None, **what: object
) -> AsyncIterator[None]:
    """A savepoint. If the block raises, what it wrote is undone and the log names `what` it was
    about, without values; the rest of the transaction goes on. Raises if the database is away.

    `undone` forgets what was learnt from rows that are no more.
    """
    try:
        async with transaction.connection.begin_nested():
            yield
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        undone()
        log.error("left out, and tried again", **what, **without_values(error))
