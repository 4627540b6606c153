"""`doctor` and `/metrics` say whether what citizens tell the Telegram bots arrives."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from sqlalchemy import insert

from bot import doctor
from bot.channels.telegram import watching
from bot.health import FAILED, HEARD, PENDING
from bot.storage.tables import conversation, outbox, reception
from bot.telegram_doctor import Finding, examine_bots
from tests.cast.telegram_delivery import Webhook
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import TOKEN, Town

PUBLIC = "http://127.0.0.1:9"
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
async def quiet_town(sqlite_url: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    """One whose application does not run."""
    async with Town(sqlite_url, telegram) as town:
        await town.stops()
        yield town


async def finds(town: Town, ago: timedelta | None = None, **settings: str) -> Finding:
    """What is found of the bot, after that it was reached."""
    changed = town.settings.model_copy(update=settings)
    heard = {} if ago is None else {"42": NOW - ago}
    reached, *others = [each async for each in examine_bots(changed, heard, NOW)]
    assert reached == (True, "Telegram bot 42: reached, its link is https://t.me/standin42_bot")
    [found] = others
    return found


async def test_a_bot_that_is_polled(quiet_town: Town) -> None:
    well, words = await finds(quiet_town)
    assert well and "never polled" in words
    well, words = await finds(quiet_town, timedelta(seconds=40))
    assert well and words == "bot 42 was last polled 40 s ago; 0 update(s) wait at Telegram"
    await quiet_town.telegram.person().says("hello")
    well, words = await finds(quiet_town, timedelta(hours=3))
    assert not well
    assert words.startswith("bot 42 was last polled 3 h ago; 1 update(s) wait at Telegram: see")


async def test_a_webhook_that_another_deployment_set(quiet_town: Town) -> None:
    delivery = quiet_town.telegram.bots[TOKEN].delivery
    delivery.set_webhook(Webhook("http://127.0.0.1:9/elsewhere"))
    well, words = await finds(quiet_town, timedelta(seconds=1))
    assert not well and "has a webhook, so nothing can be polled" in words
    well, words = await finds(quiet_town, public_url=PUBLIC)
    assert not well and "posts to http://127.0.0.1:9/elsewhere, not to" in words


async def test_a_bot_with_a_webhook(quiet_town: Town) -> None:
    well, words = await finds(quiet_town, public_url=PUBLIC)
    assert not well and "posts nowhere" in words
    delivery = quiet_town.telegram.bots[TOKEN].delivery
    delivery.set_webhook(Webhook(f"{PUBLIC}/telegram/42"))
    well, words = await finds(quiet_town, timedelta(days=3), public_url=PUBLIC)
    assert well and "has its webhook, last received 3 d ago; 0 update(s)" in words
    failed = NOW - timedelta(minutes=4)
    delivery.last_error = (int(failed.timestamp()), "Wrong response from the webhook: 502")
    well, words = await finds(quiet_town, public_url=PUBLIC)
    assert not well and "failed 4 min ago (Wrong response from the webhook: 502)" in words


async def test_a_backlog(quiet_town: Town) -> None:
    person = quiet_town.telegram.person()
    for number in range(101):
        await person.says(f"{number}")
    well, words = await finds(quiet_town, timedelta(seconds=1))
    assert not well and "101 update(s) wait at Telegram, more than are taken in" in words


async def test_a_token_that_is_refused_and_a_telegram_that_is_away(quiet_town: Town) -> None:
    wrong = quiet_town.settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:9"})
    [(well, words)] = [each async for each in examine_bots(wrong, {}, NOW)]
    assert not well and "cannot be reached" in words and "TEST" not in words
    del quiet_town.telegram.bots[TOKEN]
    [(well, words)] = [each async for each in examine_bots(quiet_town.settings, {}, NOW)]
    assert not well and "refuses the token of bot 42 (401)" in words


async def test_the_last_good_poll_outlives_the_process(town: Town) -> None:
    await town.telegram.person().says("hello")
    await town.telegram.settles()
    async with asyncio.timeout(5):
        while not (rows := await town.rows(reception.select())):
            await asyncio.sleep(0.02)
    assert [(row.channel, row.bot) for row in rows] == [("telegram", "42")]
    assert abs(rows[0].heard_at - town.clock.now()) < timedelta(seconds=10)


async def test_doctor_counts_what_was_given_up(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    row = {
        "channel": "telegram", "bot": "42", "kind": "item", "priority": 0, "language": "en",
        "status": "failed", "created_at": now, "send_after": now, "ended_at": now,
        "reason": "Bad Request: BUTTON_DATA_INVALID",
    }  # fmt: skip
    async with town.app.database.writing() as transaction:
        made = await transaction.execute(
            insert(conversation).values(places=[], offered=[]).returning(conversation.c.id)
        )
        row["conversation_id"] = made.scalar_one()
        old = {**row, "ended_at": now - timedelta(days=8)}
        await transaction.connection.execute(insert(outbox), [row, row, old])
    assert not await doctor.examine(town.settings)
    told = capsys.readouterr().out
    assert "BAD 2 question(s) or replies were given up in a week: Bad Request: BUTTON" in told


async def metrics(town: Town) -> dict[str, float]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{town.app.port}/metrics") as answer,
    ):
        assert answer.status == 200
        lines = (await answer.text()).splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


async def test_metrics_tell_how_updates_arrive(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FRESH", 0.0)
    heard, pending, failed = (name + '{bot="42"}' for name in (HEARD, PENDING, FAILED))
    await town.telegram.person().says("/start@somebody")
    async with asyncio.timeout(5):
        while heard not in (figures := await metrics(town)):
            await asyncio.sleep(0.02)
    assert figures[heard] < 60 and figures[pending] == 0 and failed not in figures
    delivery = town.telegram.bots[TOKEN].delivery
    delivery.webhook = Webhook(f"{PUBLIC}/telegram/42")
    failed_at = town.clock.now() - timedelta(seconds=90)
    delivery.last_error = (int(failed_at.timestamp()), "Connection refused")
    assert 80 < (await metrics(town))[failed] < 120
    delivery.webhook = None


async def test_metrics_do_not_wait_for_a_telegram_that_is_away(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FRESH", 0.0)
    monkeypatch.setattr(watching, "PATIENCE", 0.2)
    town.telegram.hangs(5, times=None, method="getWebhookInfo")
    began = time.monotonic()
    figures = await metrics(town)
    assert time.monotonic() - began < 2
    assert PENDING + '{bot="42"}' not in figures
    assert any(name.startswith("minipublic_wave") for name in figures)
    town.telegram.heals()
