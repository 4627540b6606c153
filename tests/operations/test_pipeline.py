"""From the inbox to the outbox: a bad turn holds up nobody, and nothing is lost or doubled."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from traceback import format_exception
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.messages import Incoming, IncomingKind, Outgoing
from bot.conversation.ports import Outcome, StaleState
from bot.conversation.router import Needs
from bot.conversation.turn import Turn
from bot.delivery import sender
from bot.scheduling.planner import Planned
from bot.settings import Role
from bot.storage import turns
from bot.storage.outbox import LEASE
from bot.storage.tables import inbox, invitation, outbox
from handlers import router
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town

T2_OPENS = datetime(2030, 3, 1, 9, tzinfo=UTC)

Handler = Callable[[Turn], Awaitable[None]]
Teach = Callable[[str, Handler], None]
Watch = Callable[[type, str], Counter[int]]


class Broken(Exception):
    """What a handler with a fault in it raises."""


@pytest.fixture
def teach(monkeypatch: pytest.MonkeyPatch) -> Teach:
    """`teach("echo", echo)`: the bot knows a command more."""

    def add(command: str, handler: Handler) -> None:
        monkeypatch.setitem(router.commands, command, (handler, Needs.NOTHING))

    add("echo", echo)
    add("break", break_)
    return add


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Counts the calls of a method that came to something, by the object that was called."""

    def count(owner: type, name: str) -> Counter[int]:
        done: Counter[int] = Counter()
        original = getattr(owner, name)

        async def counting(self: Any, *args: Any) -> Any:
            result = await original(self, *args)
            if result:
                done[id(self)] += 1
            return result

        monkeypatch.setattr(owner, name, counting)
        return done

    return count


def say(turn: Turn, words: str) -> None:
    turn.say(Outgoing(text=words, language=turn.language))


async def echo(turn: Turn) -> None:
    say(turn, f"echo {turn.argument}")


async def break_(turn: Turn) -> None:
    say(turn, "this is never said")
    raise Broken("no such bench")


def failing(times: int) -> Handler:
    """A handler that raises so often, and then works."""
    left = times

    async def handler(turn: Turn) -> None:
        nonlocal left
        say(turn, "at last")
        left -= 1
        if left >= 0:
            raise Broken

    return handler


@asynccontextmanager
async def the_bot_is_away(town: Town) -> AsyncIterator[None]:
    """What citizens say in the block waits at Telegram, and comes in together."""
    await town.stops()
    yield
    await town.starts()


async def told(town: Town) -> list[tuple[Any, ...]]:
    """What became of the messages that failed."""
    rows = await town.rows(
        select(inbox.c.status, inbox.c.tries, inbox.c.error).where(inbox.c.error.is_not(None))
    )
    return [tuple(row) for row in rows]


# --- Turns that raise ----------------------------------------------------------------------------


async def test_a_turn_that_raises_holds_up_nobody_in_its_batch(
    town: Town, teach: Teach, watch: Watch
) -> None:
    before, unlucky, after = (TelegramCitizen(town) for _ in range(3))
    batches = watch(Dispatcher, "run_batch")
    async with the_bot_is_away(town):
        await before.says("/echo one")
        await unlucky.says("/break")
        await after.says("/echo two")
    await before.sees_words("echo one")
    await after.sees_words("echo two")
    assert sum(batches.values()) == 1
    await unlucky.sees("something-went-wrong")
    assert sum(batches.values()) == 3


async def test_a_turn_that_fails_three_times_is_parked_and_its_citizen_told(
    citizen: Citizen, town: Town, teach: Teach
) -> None:
    await citizen.is_enrolled(language="es")
    await citizen.says("/break")
    await citizen.says("/echo y ahora?")
    await citizen.sees("something-went-wrong", language="es")
    await citizen.sees_words("echo y ahora?")
    assert await told(town) == [("failed", 3, "Broken: no such bench")]
    assert await town.events("inbox") == [("pending", "failed")]
    await citizen.says("/help")
    await citizen.sees("help", "home")
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")


async def test_a_stranger_is_told_in_the_language_of_the_platform(town: Town, teach: Teach) -> None:
    citizen = TelegramCitizen(town, language="es")
    await citizen.says("/break")
    await citizen.sees("something-went-wrong", language="es")


async def test_a_turn_that_fails_for_a_moment_loses_nothing_and_says_nothing_twice(
    citizen: Citizen, town: Town, teach: Teach
) -> None:
    teach("moody", failing(2))
    await citizen.says("/echo before")
    await citizen.says("/moody")
    await citizen.says("/echo after")
    await citizen.sees_words("echo before")
    await citizen.sees_words("at last")
    await citizen.sees_words("echo after")
    assert await told(town) == []
    assert await town.statuses(inbox) == ["done"] * 3


# --- Writing that fails --------------------------------------------------------------------------

Flush = Callable[[Sequence[Outcome]], Exception | None]


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> Callable[[Flush], list[int]]:
    """`flushes(fault)`: what `fault` returns is raised once a batch is written. Returns how many
    conversations each batch had."""

    def add(fault: Flush) -> list[int]:
        sizes: list[int] = []
        write = turns.write_outcomes

        async def writing(transaction: Any, outcomes: Sequence[Outcome], *more: Any) -> None:
            sizes.append(len(outcomes))
            await write(transaction, outcomes, *more)
            if error := fault(outcomes):
                raise error

        monkeypatch.setattr(turns, "write_outcomes", writing)
        return sizes

    return add


@pytest.mark.parametrize(
    "error",
    [StaleState("somebody else was first"), IntegrityError("INSERT", {}, Exception("twice"))],
    ids=lambda error: type(error).__name__,
)
async def test_a_batch_that_cannot_be_written_is_run_again_one_by_one(
    town: Town, teach: Teach, flushes: Callable[[Flush], list[int]], error: Exception
) -> None:
    citizens = [TelegramCitizen(town) for _ in range(3)]
    errors = [error]
    sizes = flushes(lambda _: errors.pop() if errors else None)
    async with the_bot_is_away(town):
        for citizen in citizens:
            await citizen.says("/echo one")
    for citizen in citizens:
        await citizen.sees_words("echo one")
    assert sizes == [3, 1, 1, 1]
    assert await town.rows(select(inbox.c.status, inbox.c.tries)) == [("done", 0)] * 3


async def test_one_turn_that_cannot_be_written_holds_up_nobody_and_is_parked(
    town: Town, teach: Teach, flushes: Callable[[Flush], list[int]]
) -> None:
    citizens = [TelegramCitizen(town, language=language) for language in ("en", "es", "en")]
    lucky, unlucky, other = citizens
    await unlucky.is_enrolled(language="es")

    def fault(outcomes: Sequence[Outcome]) -> Exception | None:
        said = [heard.text for outcome in outcomes for heard, _ in outcome.turns]
        return StaleState("a bench is gone") if "/echo poison" in said else None

    flushes(fault)
    async with the_bot_is_away(town):
        await lucky.says("/echo one")
        await unlucky.says("/echo poison")
        await other.says("/echo two")
    await lucky.sees_words("echo one")
    await other.sees_words("echo two")
    await unlucky.sees("something-went-wrong", language="es")
    assert await told(town) == [("failed", 3, "StaleState: a bench is gone")]
    await unlucky.says("/echo three")
    await unlucky.sees_words("echo three")


async def test_a_stranger_whose_turn_cannot_be_written_is_told_in_the_language_of_the_platform(
    town: Town, teach: Teach, flushes: Callable[[Flush], list[int]]
) -> None:
    citizen = TelegramCitizen(town, language="es")
    flushes(lambda outcomes: StaleState() if any(o.turns for o in outcomes) else None)
    await citizen.says("/start")
    await citizen.sees("something-went-wrong", language="es")


async def test_what_a_citizen_said_is_not_logged_when_it_cannot_be_written(
    town: Town, teach: Teach, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = TelegramCitizen(town)

    async def writing(transaction: Any, outcomes: Sequence[Outcome], *_: Any) -> None:
        for outcome in outcomes:
            for heard, _effects in outcome.turns:
                row = {"id": heard.id, "external_id": "1", "body": {"text": heard.text}}
                await transaction.execute(insert(inbox).values(row))  # which is not a whole row

    monkeypatch.setattr(turns, "write_outcomes", writing)
    with structlog.testing.capture_logs() as logs:
        await citizen.says("/echo my neighbour drinks")
        await citizen.sees("something-went-wrong")
    errors = [log["exc_info"] for log in logs if "exc_info" in log]
    written = repr(logs) + "".join(line for e in errors for line in format_exception(e))
    assert "a turn failed" in written
    assert "neighbour" not in written
    ((status, tries, error),) = await told(town)
    assert (status, tries) == ("failed", 3) and "neighbour" not in error


# --- Order and repetition ------------------------------------------------------------------------


async def test_a_conversation_is_answered_in_its_order(
    citizen: Citizen, town: Town, teach: Teach
) -> None:
    for number in range(12):
        await citizen.says(f"/echo {number}.")
    for number in range(12):
        await citizen.sees_words(f"echo {number}.")


async def test_a_message_delivered_twice_is_answered_once(
    citizen: Citizen, town: Town, teach: Teach
) -> None:
    await citizen.sends_twice("/echo once")
    await citizen.sees_words("echo once")
    await citizen.sees_nothing()
    assert await town.statuses(inbox) == ["done"]


def incoming(citizen: TelegramCitizen, words: str, external_id: str) -> Incoming:
    return Incoming(
        channel="telegram",
        bot="42",
        external_id=external_id,
        sender=str(citizen.person.id),
        kind=IncomingKind.TEXT,
        text=words,
    )


async def test_a_message_delivered_again_after_its_turn_is_dropped(
    telegram_citizen: TelegramCitizen, town: Town, teach: Teach
) -> None:
    await telegram_citizen.says("/echo one")
    await telegram_citizen.sees_words("echo one")
    ((known,),) = await town.rows(select(inbox.c.external_id))
    again = incoming(telegram_citizen, "/echo one", known)
    more = incoming(telegram_citizen, "/echo two", "42:2")
    await town.app.inbox.store([again, more, again, more])
    await telegram_citizen.sees_words("echo two")
    await telegram_citizen.sees_nothing()
    assert len(await town.rows(select(inbox))) == 2


@pytest.fixture
async def other_apps(town: Town) -> AsyncIterator[list[App]]:
    """What more processes would hold of the same database."""
    apps = [App(town.settings, town.clock) for _ in range(3)]
    yield apps
    for app in apps:
        await app.database.close()


async def test_processes_that_take_in_the_same_first_message_make_one_conversation(
    telegram_citizen: TelegramCitizen, town: Town, other_apps: list[App], teach: Teach
) -> None:
    await town.stops()
    await telegram_citizen.says("/echo from the platform")  # which lets the bot write
    first = incoming(telegram_citizen, "/echo one", "42:1")
    await asyncio.gather(*(app.inbox.store([first]) for app in other_apps))
    await town.starts()
    await telegram_citizen.sees_words("echo one")
    await telegram_citizen.sees_words("echo from the platform")
    assert await town.rows("SELECT count(*) FROM conversation") == [(1,)]
    assert await town.rows("SELECT count(*) FROM inbox") == [(2,)]


# --- Several processes ---------------------------------------------------------------------------


@pytest.fixture
async def big_town(postgresql_url: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    async with Town(postgresql_url, telegram) as town:
        yield town
        await asyncio.sleep(0.05)
        town.nobody_has_unread_messages()


@asynccontextmanager
async def a_second_process(town: Town) -> AsyncIterator[App]:
    """Beside the town's own: it runs turns and sends, and leaves polling to the first."""
    app = App(town.settings, town.clock)
    running = asyncio.create_task(app.run([Role.CONVERSATION, Role.SENDER]))
    yield app
    app.stop()
    await running


async def test_two_processes_share_the_work_and_nobody_notices(
    big_town: Town, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Dispatcher.run_batch, "__defaults__", (3,))  # conversations in a batch
    monkeypatch.setattr(sender, "ROOM", 4)
    batches, sends = watch(Dispatcher, "run_batch"), watch(TelegramChannel, "send")
    citizens = [TelegramCitizen(big_town) for _ in range(30)]
    async with a_second_process(big_town):
        await asyncio.gather(*(citizen.is_enrolled() for citizen in citizens))
        await big_town.settles()
    assert len(batches) == 2 and min(batches.values()) > 5, batches
    assert len(sends) == 2 and min(sends.values()) > 5, sends
    (messages,) = {
        tuple(message.text for message in big_town.telegram.messages(citizen.person.id))
        for citizen in citizens
    }  # all the same, in the same order
    assert len(messages) == 12
    assert await big_town.statuses() == ["enrolled"] * 30
    assert set(await big_town.rows(select(outbox.c.status, outbox.c.tries))) == {("sent", 1)}


async def test_planners_at_the_same_moment_invite_once(town: Town, other_apps: list[App]) -> None:
    citizens = [TelegramCitizen(town) for _ in range(3)]
    for citizen in citizens:
        await citizen.is_enrolled()
    planners = [app.planner for app in (town.app, *other_apps)]
    town.clock.set(T2_OPENS)
    for _ in range(2):
        done = await asyncio.gather(*(planner.run() for planner in planners))
        assert sum(bool(planned.opened) for planned in done) <= 1
    assert await planners[-1].run() == Planned()
    for citizen in citizens:
        await citizen.sees("survey-reminder", "survey-invitation")
    unasked = await town.rows(
        select(outbox.c.kind).where(outbox.c.kind.in_(["invitation", "reminder"]))
    )
    assert Counter(kind for (kind,) in unasked) == {"invitation": 3, "reminder": 3}
    assert len(await town.rows(select(invitation))) == 6  # to t1, and to t2
    assert (await town.events("wave")).count(("scheduled", "open")) == 2


async def test_a_database_that_is_away_for_a_moment_delays_and_loses_nothing(
    big_town: Town, postgresql: str, teach: Teach
) -> None:
    citizen = TelegramCitizen(big_town)
    await citizen.is_enrolled()
    name = big_town.app.database.url.database
    with psycopg.connect(postgresql, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        for number in range(3):
            await citizen.says(f"/echo {number}.")
        await citizen.sees_nothing(1.5)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    for number in range(3):
        await citizen.sees_words(f"echo {number}.")
    await big_town.settles()
    assert set(await big_town.rows(select(inbox.c.status, inbox.c.tries))) == {("done", 0)}


# --- Stopping ------------------------------------------------------------------------------------


async def is_sending(town: Town) -> None:
    async with asyncio.timeout(10):
        while not await town.rows("SELECT 1 FROM outbox WHERE status = 'sending'"):
            await asyncio.sleep(0.02)


async def test_stopping_finishes_what_is_under_way_and_keeps_the_rest(
    telegram_citizen: TelegramCitizen, town: Town, teach: Teach
) -> None:
    citizen = telegram_citizen
    town.telegram.hangs(2)
    for number in range(3):
        await citizen.says(f"/echo {number}.")
    await is_sending(town)
    started = time.monotonic()
    await town.stops()
    assert 0.5 < time.monotonic() - started < 10
    ((status, ended_at), *rest) = await town.rows(
        select(outbox.c.status, outbox.c.ended_at).order_by(outbox.c.id)
    )
    assert status == "sent" and ended_at is not None
    assert {row.status for row in rest} <= {"queued"}
    await town.starts()
    for number in range(3):
        await citizen.sees_words(f"echo {number}.")
    await town.settles()
    await citizen.sees_nothing()


async def test_stopping_does_not_wait_for_ever_and_the_next_process_takes_over(
    telegram_citizen: TelegramCitizen, town: Town, teach: Teach
) -> None:
    citizen = telegram_citizen
    town.telegram.hangs(40)
    await citizen.says("/echo one")
    await is_sending(town)
    started = time.monotonic()
    await town.stops()
    assert time.monotonic() - started < 11
    town.telegram.heals()
    town.clock.ahead += LEASE + timedelta(seconds=1)
    await town.starts()
    await citizen.sees_words("echo one")


async def test_an_idle_process_stops_at_once(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    started = time.monotonic()
    await town.stops()
    assert time.monotonic() - started < 4
    await town.starts()
