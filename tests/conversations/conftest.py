"""A town that asks what a test wants to hear about."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town, asking


@pytest.fixture
async def town(
    request: pytest.FixtureRequest, a_database: str, telegram: TelegramServer
) -> AsyncIterator[Town]:
    """As everywhere; but t1 has the `ITEMS` of the test's module with their `MEDIA`, if any."""
    items = getattr(request.module, "ITEMS", ())
    pack = asking(*items, media=getattr(request.module, "MEDIA", {})) if items else None
    async with Town(a_database, telegram, pack=pack) as town:
        yield town
        await asyncio.sleep(0.05)  # what should not have been said would be said by now
        town.nobody_has_unread_messages()
