"""A clock that is set back: nobody waits for the moment at which it was."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from bot import doctor
from bot.storage.tables import address, bucket, inbox, outbox
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town

HOUR = timedelta(hours=1)


async def is_halted(town: Town) -> None:
    async with asyncio.timeout(10):
        while not await town.rows(select(bucket).where(bucket.c.blocked_until.is_not(None))):
            await asyncio.sleep(0.02)


async def test_replies_that_wait_leave_at_once_when_the_clock_is_set_back(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await town.stops()
    town.clock.ahead -= HOUR
    await town.starts()
    await citizen.says("/help")
    await citizen.sees_anything()
    await citizen.sees("home")


async def test_a_halt_ends_when_the_clock_is_set_back_and_what_was_queued_leaves(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await town.settles()
    async with town.app.database.writing() as transaction:  # as after a while
        await transaction.execute(update(address).values(busy_until=None))
    town.telegram.throttles(for_seconds=2)
    await citizen.says("/help")
    await is_halted(town)
    await citizen.says("/pause")
    town.clock.ahead -= HOUR
    await citizen.sees_anything()
    await citizen.sees("home", "paused")
    assert town.telegram.requests_during_throttle == []


async def test_what_is_in_doubt_after_a_crash_is_not_in_doubt_for_an_hour(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await town.settles()
    await town.telegram.stop()
    await town.opens("t2")
    async with asyncio.timeout(10):
        while not await town.rows(select(outbox).where(outbox.c.tries > 0, outbox.c.reason != "")):
            await asyncio.sleep(0.02)
    async with town.app.database.writing() as transaction:  # whoever held it died
        await transaction.execute(
            update(outbox)
            .where(outbox.c.kind == "invitation")
            .values(status="sending", lease_until=town.clock.now() + timedelta(seconds=60))
        )
    town.clock.ahead -= HOUR
    await town.telegram.start()
    await asyncio.sleep(1.5)  # a look once a second
    town.clock.ahead += timedelta(seconds=75)
    town.app.database.signals.ring("outbox")
    await citizen.sees("survey-invitation")


async def test_a_chat_that_was_full_is_not_full_for_an_hour(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    async with town.app.database.writing() as transaction:
        long = town.clock.now() + timedelta(hours=2)
        await transaction.execute(update(address).values(busy_until=long))
    town.clock.ahead -= HOUR
    await citizen.says("/help")
    await citizen.sees_anything()
    await citizen.sees("home")


async def test_a_turn_to_be_tried_again_is_not_tried_an_hour_later(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    async with town.app.database.writing() as transaction:
        later = (town.clock.now() + HOUR).replace(tzinfo=None)
        await transaction.execute(
            text("UPDATE conversation SET retry_at = :later"), {"later": later}
        )
    await citizen.says("/help")
    await citizen.sees_anything()
    await citizen.sees("home")


async def test_the_doctor_compares_the_clocks(
    telegram_citizen: TelegramCitizen, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    town.clock.set(now)
    await telegram_citizen.is_enrolled()
    await doctor.examine(town.settings)
    assert "this clock" not in capsys.readouterr().out
    async with town.app.database.writing() as transaction:
        await transaction.execute(update(inbox).values(received_at=now + HOUR))
    await doctor.examine(town.settings)
    said = capsys.readouterr().out
    assert re.search(r"BAD the newest message that came in is 3[56]\d\d s ahead", said)
