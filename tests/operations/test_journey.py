"""Two hundred citizens in five languages go the whole way at once, and the plug is pulled twice."""

import asyncio
import csv
import os
import random
from pathlib import Path

from sqlalchemy import select

from bot.commands import EXAMPLE
from bot.export import Format, Shape, export
from bot.packs.load import read_pack
from bot.storage.outbox import LEASE
from bot.storage.tables import address, conversation, outbox
from tests.cast.crowd import Somebody
from tests.cast.service import Service
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town

CITIZENS = 200
LANGUAGES = ("en", "fr", "es", "ar", "sw")

#: Of all sends at least so many are throttled. Each halts the bot for a second.
THROTTLED = 0.02


async def test_two_hundred_citizens_take_part_at_once(
    a_database: str, telegram: TelegramServer, tmp_path: Path
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    rng = random.Random(seed)
    pack = read_pack(EXAMPLE)
    async with Town(a_database, telegram, pack=pack) as town:
        await town.stops()
        service = Service(town)
        await service.starts()
        throttling = asyncio.create_task(_throttle(telegram))
        crowd = [
            Somebody(telegram, pack, LANGUAGES[n % 5], random.Random(rng.random()))
            for n in range(CITIZENS)
        ]
        taking_part = [asyncio.create_task(each.takes_part()) for each in crowd]
        for share in (0.3, 0.6):
            await _until(share, crowd, taking_part)
            await service.is_killed()
            town.clock.ahead += LEASE
            service = Service(town)
            await service.starts()
        await asyncio.gather(*taking_part)
        throttling.cancel()
        await town.settles()
        await service.stops()
        await _each_answer_is_exported(town, crowd, tmp_path)
        failed = await town.rows(select(outbox.c.status).where(outbox.c.status != "sent"))
        assert failed == []
    throttled, sends = _throttled(telegram)
    print(f"{throttled} of {sends} sends were throttled")
    assert throttled >= THROTTLED * sends


def _throttled(telegram: TelegramServer) -> tuple[int, int]:
    statuses = [r.status for r in telegram.requests if r.method == "sendMessage"]
    return statuses.count(429), len(statuses)


async def _throttle(telegram: TelegramServer) -> None:
    """Whenever too few have been throttled, the next send is, and whatever is under way with it."""
    while True:
        await asyncio.sleep(0.25)
        throttled, sends = _throttled(telegram)
        if throttled < 1.5 * THROTTLED * sends:
            telegram.throttles(for_seconds=1)


async def _until(share: float, crowd: list[Somebody], tasks: list[asyncio.Task[None]]) -> None:
    """Wait until so large a share of all answers has been given."""
    while sum(len(each.given) for each in crowd) < share * CITIZENS * 20:
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()


async def _each_answer_is_exported(town: Town, crowd: list[Somebody], folder: Path) -> None:
    path = await export(
        town.app.database,
        ["t1"],
        deliberation=None,
        shape=Shape.LONG,
        format=Format.CSV,
        out=folder / "t1.csv",
        label_language=None,
    )
    exported: dict[str, dict[str, tuple[str, str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            who = exported.setdefault(row["participant"], {})
            assert row["item"] not in who, f"{row} is exported twice"
            who[row["item"]] = (row["kind"], row["value"])
            assert row["channel"] == "telegram"
    pseudonyms = {
        external_id: who
        for external_id, who in await town.rows(
            select(address.c.external_id, conversation.c.participant_id).join(
                conversation, conversation.c.id == address.c.conversation_id
            )
        )
    }
    assert len(exported) == len(crowd)
    for each in crowd:
        expected = {item: _as_exported(value) for item, value in each.expected().items()}
        assert exported[pseudonyms[str(each.person.id)]] == expected


def _as_exported(value: object) -> tuple[str, str]:
    if value in ("skipped", "dont_know", "refused"):
        return str(value), ""
    if isinstance(value, list):
        return "value", " ".join(value)
    if isinstance(value, float):
        return "value", f"{value:g}"
    text = str(value)
    return "value", f"'{text}" if text.startswith("=") else text
