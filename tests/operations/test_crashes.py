"""Pulling the plug between any two steps loses nothing and doubles no answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.storage.outbox import LEASE
from bot.storage.tables import answer
from tests.cast.citizens import TelegramCitizen
from tests.cast.crashing import STEPS
from tests.cast.service import Service
from tests.cast.town import Town

#: Steps after which the question may have arrived although nobody noted it: it is asked again.
MAY_REPEAT = ("after a message is sent", "before a delivery is recorded")


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_loses_nothing(
    telegram_citizen: TelegramCitizen, town: Town, step: str
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    await town.stops()
    service = Service(town, crash_at=step)
    await service.starts()
    await citizen.says("1")
    await service.dies()
    town.clock.ahead += LEASE + timedelta(seconds=1)
    await town.starts()
    await citizen.sees("item-parks")
    await town.settles()
    if step in MAY_REPEAT:
        await citizen.sees("item-parks")
    await citizen.sees_nothing()
    await citizen.says("7")
    await citizen.sees("item-wishes")
    given = await town.rows(select(answer.c.item, answer.c.value).order_by(answer.c.id))
    assert [tuple(row) for row in given][2:] == [("transport", "bus"), ("parks", 7)]
