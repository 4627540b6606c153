"""A database that cannot be reached, as those who know no SQL are told of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError

from bot.conversation.ports import StoreUnavailable


@contextmanager
def away_is_told() -> Iterator[None]:
    """Raise `StoreUnavailable` where the block finds the database away."""
    try:
        yield
    except (OperationalError, InterfaceError, OSError) as error:
        if _is_ours(error):
            raise
        raise StoreUnavailable(str(getattr(error, "orig", error))) from None


def _is_ours(error: Exception) -> bool:
    """SQLite's errors are of one kind: also those of a statement that is wrong."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_ERROR
