"""The database goes away in the middle: nobody is told of an error, and all goes on."""

import psycopg
from sqlalchemy import select

from bot.storage.tables import inbox
from tests.cast.citizens import TelegramCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town


async def test_lost_connections_cost_nothing(
    postgresql: str, postgresql_url: str, telegram: TelegramServer
) -> None:
    async with Town(postgresql_url, telegram) as town:
        citizen = TelegramCitizen(town)
        await citizen.is_enrolled()
        story = {
            "/survey": "item-transport", "1": "item-parks", "5": "item-wishes",
            "1, 2": "item-visits",
        }  # fmt: skip
        for words, seen in {**story, "3": ""}.items():
            with psycopg.connect(postgresql, autocommit=True) as staff:
                staff.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname NOT IN ('postgres', 'minipublic')"
                )
            await citizen.says(words)
            await (citizen.sees(seen) if seen else citizen.sees_thanks())
        await town.settles()
        assert {row[0] for row in await town.rows(select(inbox.c.status))} == {"done"}
        assert await town.rows(select(inbox.c.error).where(inbox.c.tries > 0)) == []
