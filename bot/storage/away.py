"""A database that cannot be reached, as those who know no SQL are told of it."""

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
        raise StoreUnavailable(str(getattr(error, "orig", error))) from None
