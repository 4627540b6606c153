"""Broadcasts: counted before they are sent, frozen when approved, once to each."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.broadcasting import staff
from bot.broadcasting.staff import Resend
from bot.domain.audience import BadAudience, LeftOut
from bot.domain.broadcast import BadBroadcast, BroadcastText, Start
from bot.domain.states import BroadcastStatus, DeliveryStatus, ForbiddenTransition
from bot.storage.broadcasts import Draft
from bot.storage.tables import broadcast, event, outbox
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.town import Town

NEWS = {"en": BroadcastText("News from **{deliberation}**"), "es": BroadcastText("Noticias")}


async def until(town: Town, id_: str, status: BroadcastStatus) -> None:
    async with asyncio.timeout(15):
        while (await town.report(id_)).status is not status:
            await asyncio.sleep(0.05)


async def test_everybody_gets_it_once_in_their_language(town: Town) -> None:
    async with TelegramCitizen(town) as ana, WebCitizen(town) as ben:
        await ana.is_enrolled(language="es")
        await ben.is_enrolled()
        id_ = await town.broadcasts(NEWS)
        await ana.sees_words("Noticias")
        await ben.sees_words("News from")
        await until(town, id_, BroadcastStatus.DONE)
        report = await town.report(id_)
        assert report.by_status == {DeliveryStatus.SENT: 2}
        assert await town.events("broadcast") == [
            (None, "draft"), ("draft", "approved"), ("approved", "sending"), ("sending", "done"),
        ]  # fmt: skip
