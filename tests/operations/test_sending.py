"""The way out: what fails for a while is tried again, what fails for good holds up nobody."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversation.messages import Outgoing
from bot.conversation.router import Needs
from bot.conversation.turn import Turn
from bot.domain.delivery import MOST_TRIES
from bot.storage.ledger import MISCONFIGURED_PAUSE
from bot.storage.tables import address, bucket, outbox
from handlers import router
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import Town

T2_OPENS = datetime(2030, 3, 1, 9, tzinfo=UTC)
T2_CLOSES = datetime(2030, 3, 15, 9, tzinfo=UTC)

#: As a book is set: forty paragraphs, twice as long as one message may be.
STORY = "\n\n".join(f"{number}. " + "In the park there is a bench. " * 7 for number in range(40))


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot knows two commands more: `/echo WORDS` and `/story`."""

    def command(name: str, text: Callable[[Turn], str]) -> None:
        async def say(turn: Turn) -> None:
            turn.say(Outgoing(text=text(turn), language=turn.language))

        monkeypatch.setitem(router.commands, name, (say, Needs.NOTHING))

    command("echo", lambda turn: f"echo {turn.argument}")
    command("story", lambda turn: STORY)


async def deliveries(town: Town, *columns: Any, **where: str) -> list[tuple[Any, ...]]:
    """Of each message in the outbox, in its order: status and tries, or the columns asked for."""
    statement = select(*(columns or (outbox.c.status, outbox.c.tries))).order_by(outbox.c.id)
    return [tuple(row) for row in await town.rows(statement.filter_by(**where))]


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


def sends(town: Town, since: int = 0) -> list[Any]:
    """The requests that Telegram got for a message, refused ones too."""
    return [r for r in town.telegram.requests[since:] if r.method == "sendMessage"]


# --- Trying again --------------------------------------------------------------------------------


async def test_a_reply_survives_errors_of_the_platform_by_waiting_longer_each_time(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.fails(500)
    town.telegram.fails(502)
    await telegram_citizen.says("/echo one")
    await telegram_citizen.sees_words("echo one")
    tried = [request.when for request in sends(town)]
    pauses = [after - before for before, after in pairwise(tried)]
    for pause, shortest in zip(pauses, (0.5, 1), strict=True):
        assert pause >= shortest
    await town.settles()
    assert await deliveries(town) == [("sent", 3)]


async def test_a_message_survives_that_the_platform_is_out_of_reach(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await town.telegram.stop()
    await town.opens("t2")

    async def refused() -> Any:
        return await town.rows(
            select(outbox.c.id).where(outbox.c.reason.like("Telegram was not reached%"))
        )

    await until(refused)
    await town.telegram.start()
    await telegram_citizen.sees("survey-invitation")
    await telegram_citizen.says("/echo and back")
    await telegram_citizen.sees_words("echo and back")
    await town.settles()
    ((status, tries),) = await deliveries(town, kind="invitation")
    assert status == "sent" and tries > 1


async def test_the_order_of_a_conversation_holds_when_the_first_message_needs_another_try(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.fails()
    for number in range(3):
        await telegram_citizen.says(f"/echo {number}.")
    for number in range(3):
        await telegram_citizen.sees_words(f"echo {number}.")
    await town.settles()
    assert await deliveries(town) == [("sent", 2), ("sent", 1), ("sent", 1)]


async def test_one_conversation_that_waits_delays_no_other(town: Town) -> None:
    unlucky, lucky = TelegramCitizen(town), TelegramCitizen(town)
    town.telegram.refuses(unlucky.person.id, "Conflict: try later", times=2)
    await unlucky.says("/echo one")
    await until(lambda: deliveries(town, tries=1, status="queued"))
    await lucky.says("/echo two")
    await lucky.sees_words("echo two")
    assert not unlucky.unread
    await unlucky.sees_words("echo one")
    await town.settles()
    assert await deliveries(town) == [("sent", 3), ("sent", 1)]


async def test_what_never_gets_through_is_given_up_and_the_next_message_goes_on(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.fails(times=MOST_TRIES)
    await telegram_citizen.says("/echo one")

    async def is_given_up() -> Any:
        town.clock.ahead += timedelta(minutes=10)  # longer than any pause between tries
        town.app.database.signals.ring("outbox")
        await asyncio.sleep(0.05)
        return await deliveries(town, status="failed")

    await until(is_given_up)
    assert await deliveries(town) == [("failed", MOST_TRIES)]
    assert len(sends(town)) == MOST_TRIES
    await telegram_citizen.says("/echo two")
    await telegram_citizen.sees_words("echo two")


# --- Halts ---------------------------------------------------------------------------------------


async def test_a_throttle_halts_the_whole_line_and_is_no_failed_try(town: Town) -> None:
    first, second, third = (TelegramCitizen(town) for _ in range(3))
    town.telegram.throttles(for_seconds=2)
    await first.says("/echo one")
    await until(lambda: town.rows(select(bucket).where(bucket.c.blocked_until.is_not(None))))
    halted = time.monotonic()
    await second.says("/echo two")
    await third.says("/echo three")
    await first.sees_words("echo one")
    assert time.monotonic() - halted > 1
    await second.sees_words("echo two")
    await third.sees_words("echo three")
    await town.settles()
    assert town.telegram.requests_during_throttle == []
    assert len(sends(town)) == 4
    assert await deliveries(town) == [("sent", 1)] * 3


async def test_a_throttle_outlives_the_process(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.throttles(for_seconds=3)
    await telegram_citizen.says("/echo one")
    await until(lambda: town.rows(select(bucket).where(bucket.c.blocked_until.is_not(None))))
    await town.restarts()
    await telegram_citizen.says("/echo two")
    await telegram_citizen.sees_words("echo one")
    await telegram_citizen.sees_words("echo two")
    assert town.telegram.requests_during_throttle == []


async def test_a_refused_token_halts_the_line_until_staff_had_time_to_mend_it(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.fails(status=401)
    await telegram_citizen.says("/echo one")
    await until(lambda: town.rows(select(bucket).where(bucket.c.blocked_until.is_not(None))))
    await telegram_citizen.sees_nothing()
    assert len(sends(town)) == 1
    assert await deliveries(town) == [("queued", 0)]
    town.clock.ahead += MISCONFIGURED_PAUSE
    town.app.database.signals.ring("outbox")
    await telegram_citizen.sees_words("echo one")


# --- Refusals ------------------------------------------------------------------------------------


async def test_a_refused_message_fails_at_once_and_others_go_on(town: Town) -> None:
    unlucky, lucky = TelegramCitizen(town), TelegramCitizen(town)
    town.telegram.refuses(unlucky.person.id, "Bad Request: can't parse entities", times=2)
    await unlucky.says("/echo one")
    await unlucky.sees("not-shown")
    await unlucky.says("/echo two")
    await lucky.says("/echo three")
    await unlucky.sees_words("echo two")
    await lucky.sees_words("echo three")
    await town.settles()
    columns = (outbox.c.tries, outbox.c.reason)
    assert await deliveries(town, *columns, status="failed") == [
        (1, "Bad Request: can't parse entities")
    ]
    assert await deliveries(town, status="sent") == [("sent", 1)] * 3


async def test_an_apology_that_is_refused_is_not_apologised_for(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.refuses(telegram_citizen.person.id, "Bad Request: no rights to send")
    await telegram_citizen.says("/echo one")
    await until(lambda: deliveries(town, status="failed"))
    await town.settles()
    assert len(await deliveries(town, status="failed")) == 2
    town.telegram.heals()
    await telegram_citizen.says("/echo two")
    await telegram_citizen.sees_words("echo two")


async def test_who_has_blocked_the_bot_is_written_to_no_more(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await town.settles()
    town.telegram.refuses(citizen.person.id, "Forbidden: user is deactivated")
    for number in range(3):
        await citizen.says(f"/echo {number}.")
    await until(lambda: town.rows(select(address).where(address.c.blocked_at.is_not(None))))
    await until(lambda: deliveries(town, status="blocked"))
    await town.settles()
    before = len(town.telegram.requests)
    await town.opens("t2")
    await town.advances(days=2)
    await citizen.sees_nothing()
    assert sends(town, since=before) == []
    assert await deliveries(town, kind="invitation") == []
    blocked = await deliveries(town, outbox.c.reason, status="blocked")
    assert blocked[0] == ("Forbidden: user is deactivated",)


# --- Nobody knows --------------------------------------------------------------------------------


async def test_a_reply_whose_outcome_nobody_knows_is_sent_again_before_what_follows(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    town.telegram.cuts_after_send()
    await telegram_citizen.says("/echo one")
    await telegram_citizen.says("/echo two")
    for words in ("echo one", "echo one", "echo two"):
        await telegram_citizen.sees_words(words)
    await town.settles()
    assert await deliveries(town) == [("sent", 2), ("sent", 1)]


async def test_a_reminder_whose_outcome_nobody_knows_stays_unknown(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await town.settles()
    town.telegram.cuts_after_send()
    await town.advances(days=2, hours=1)
    await telegram_citizen.sees("survey-reminder")
    await until(lambda: deliveries(town, status="unknown"))
    town.clock.ahead += timedelta(minutes=10)
    town.app.database.signals.ring("outbox")
    await telegram_citizen.sees_nothing()
    columns = (outbox.c.kind, outbox.c.tries, outbox.c.reason)
    ((kind, tries, reason),) = await deliveries(town, *columns, status="unknown")
    assert (kind, tries) == ("reminder", 1) and "did not arrive" in reason
    await telegram_citizen.says("/echo one")
    await telegram_citizen.sees_words("echo one")


# --- Time ----------------------------------------------------------------------------------------


async def test_an_invitation_to_a_wave_that_is_over_is_never_sent(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await citizen.answers_t1()
    await town.telegram.stop()
    await town.is_at(T2_OPENS)
    await until(lambda: deliveries(town, kind="invitation", tries=1))
    await town.is_at(T2_CLOSES + timedelta(seconds=1))
    await town.advances(minutes=2)
    await until(lambda: deliveries(town, status="cancelled"))
    await town.telegram.start()
    await citizen.says("/echo one")
    await citizen.sees_words("echo one")
    await town.settles()
    town.clock.ahead += timedelta(hours=1)
    town.app.database.signals.ring("outbox")
    await citizen.sees_nothing()
    ((status, _tries),) = await deliveries(town, kind="invitation")
    assert status == "cancelled"


async def test_what_is_for_later_does_not_hold_up_what_is_for_now(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await town.is_at(datetime(2030, 1, 15, 19, tzinfo=UTC))  # 22:00 in Nairobi
    await town.opens("t2")
    await until(lambda: deliveries(town, kind="invitation"))
    await citizen.says("/echo one")
    await citizen.sees_words("echo one")
    assert await deliveries(town, kind="invitation") == [("queued", 0)]
    await town.is_at(datetime(2030, 1, 16, 5, tzinfo=UTC))
    await citizen.sees("survey-invitation")


# --- Long texts ----------------------------------------------------------------------------------


async def test_a_long_text_arrives_whole_split_between_paragraphs(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    town.telegram.fails()
    await citizen.says("/story")
    await citizen.says("/echo the end")
    parts = [(await citizen.sees_words(words)).text for words in ("0. In", "bench", "bench")]
    await citizen.sees_words("echo the end")
    assert all(len(part) <= 4096 for part in parts)
    assert all(re.match(r"\d+\. In", part) and part.endswith("bench.") for part in parts)
    arrived = re.split(r"\s*\n\n", "\n\n".join(parts))
    assert arrived == [paragraph.strip() for paragraph in STORY.split("\n\n")]
