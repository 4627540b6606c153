"""The pace: of a bot, as its platform counts; and of one chat, which holds up itself alone."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import func, select

from bot.conversation.messages import Outgoing
from bot.conversation.router import Needs
from bot.conversation.turn import Turn
from bot.delivery.throttles import MOMENT, SEVERAL, Throttles
from bot.domain.broadcast import BroadcastText
from bot.storage.chats import MOST_WAITING, SUPERSEDED
from bot.storage.tables import bucket, outbox
from handlers import router
from tests.cast.citizens import TelegramCitizen
from tests.cast.panel import Panel
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town

PACE = 28

#: Three messages long.
STORY = "\n\n".join(f"{number}. " + "In the park there is a bench. " * 7 for number in range(40))


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    def command(name: str, text: Callable[[Turn], str]) -> None:
        async def say(turn: Turn) -> None:
            turn.say(Outgoing(text=text(turn), language=turn.language))

        monkeypatch.setitem(router.commands, name, (say, Needs.NOTHING))

    command("echo", lambda turn: f"echo {turn.argument}")
    command("story", lambda turn: STORY)


@pytest.fixture
async def slow_town(a_database: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    """At the pace and with the bursts of a real bot."""
    async with Town(
        a_database, telegram, telegram_pace=PACE, telegram_chat_burst=10, quiet_hours="0-0"
    ) as town:
        yield town


def most_in_a_second(town: Town) -> int:
    times = sorted(r.when for r in town.telegram.requests if r.method.startswith("send"))
    return max(number - bisect_left(times, at - 1.0) + 1 for number, at in enumerate(times))


async def waiting(town: Town) -> int:
    statement = select(func.count()).where(outbox.c.status.in_(["queued", "sending"]))
    ((count,),) = await town.rows(statement.select_from(outbox))
    return int(count)


async def test_the_pace_counts_messages_and_not_parcels(slow_town: Town) -> None:
    town = slow_town
    citizens = [TelegramCitizen(town) for _ in range(30)]
    await town.stops()
    for citizen in citizens:
        await citizen.says("/story")
    await town.starts()
    async with asyncio.timeout(30):
        while len(town.telegram.requests) < 3 * 30 or await waiting(town):
            await asyncio.sleep(0.1)
    assert sum(len(town.telegram.messages(c.person.id)) for c in citizens) == 90
    assert most_in_a_second(town) <= PACE + 4
    for citizen in citizens:
        assert len(citizen.unread) == 3


async def test_one_impatient_person_holds_up_nobody_and_is_not_told_everything(
    slow_town: Town,
) -> None:
    town = slow_town
    impatient, other = TelegramCitizen(town), TelegramCitizen(town)
    for number in range(60):
        await impatient.says(f"/echo {number}.")
    await other.says("/echo me")
    await other.sees_words("echo me")
    async with asyncio.timeout(60):
        while await waiting(town):
            await asyncio.sleep(0.1)
    texts = [message.text for message in town.telegram.messages(impatient.person.id)]
    said = [text for text in texts if text.startswith("echo")]
    assert said[-1] == "echo 59." and len(said) <= 60 - MOST_WAITING
    spared = await town.rows(select(outbox.c.id).where(outbox.c.reason == SUPERSEDED))
    assert len(said) + len(spared) == 60
    assert town.telegram.requests_during_throttle == []


async def test_a_chat_that_had_too_much_waits_alone(slow_town: Town) -> None:
    town = slow_town
    throttled, other = TelegramCitizen(town), TelegramCitizen(town)
    for citizen in (throttled, other):
        await citizen.says("/echo hello")
        await citizen.sees_words("echo hello")
    town.telegram.throttles(for_seconds=3, chat=throttled.person.id)
    await throttled.says("/echo one")
    await throttled.says("/echo two")
    await asyncio.sleep(0.3)
    await other.says("/echo me")
    await other.sees_words("echo me")
    assert not throttled.unread
    await throttled.sees_words("echo one")
    await throttled.sees_words("echo two")
    assert town.telegram.requests_during_throttle == []
    assert not await town.rows(select(bucket).where(bucket.c.blocked_until.is_not(None)))


async def test_several_chats_refused_at_once_are_the_bot(slow_town: Town) -> None:
    town = slow_town
    citizens = [TelegramCitizen(town) for _ in range(2 * SEVERAL)]
    for citizen in citizens:
        await citizen.says("/echo hello")
        await citizen.sees_words("echo hello")
    await asyncio.sleep(1)
    town.telegram.throttles(for_seconds=4)
    for citizen in citizens:
        await citizen.says("/echo one")
    await asyncio.sleep(1)
    assert await town.rows(select(bucket).where(bucket.c.blocked_until.is_not(None)))
    before = len(town.telegram.requests)
    await citizens[0].says("/echo two")
    await asyncio.sleep(0.5)
    assert not [r for r in town.telegram.requests[before:] if r.method == "sendMessage"]
    for citizen in citizens:
        await citizen.sees_words("echo one")
    await citizens[0].sees_words("echo two")


async def test_a_chat_gets_a_broadcast_a_second_after_what_it_got_before(slow_town: Town) -> None:
    town = slow_town
    (who,) = await Panel(town).joins(1)
    await town.broadcasts({"en": BroadcastText("One.")})
    await town.broadcasts({"en": BroadcastText("Two.")})
    async with asyncio.timeout(15):
        while await waiting(town):
            await town.app.desk.run()
            await asyncio.sleep(0.1)
    first, second = (r.when for r in town.telegram.requests if r.method == "sendMessage")
    assert second - first >= 0.9 and who


def test_whom_a_refusal_means() -> None:
    throttles = Throttles()
    assert throttles.is_of_the_bot(1, was_idle=True, now=0)
    throttles = Throttles()
    for chat in range(SEVERAL - 1):
        assert not throttles.is_of_the_bot(chat, was_idle=False, now=0)
    assert not throttles.is_of_the_bot(0, was_idle=False, now=MOMENT / 2)
    assert throttles.is_of_the_bot(SEVERAL, was_idle=False, now=MOMENT / 2)
    assert not throttles.is_of_the_bot(99, was_idle=False, now=2 * MOMENT)
