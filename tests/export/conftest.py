"""Who plays in the tests of staff's files."""

from collections.abc import AsyncIterator

import pytest

from bot.storage.database import Database
from tests.export.poll import Poll


@pytest.fixture
async def poll(a_database: str) -> AsyncIterator[Poll]:
    """The deliberation `town`, which nobody has joined yet; once on each kind of database."""
    database = Database(a_database)
    made = Poll(database)
    await made.begins()
    yield made
    await database.close()
