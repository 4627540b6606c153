"""A broadcast while everything breaks: nobody gets it twice, and nothing that was said is lost."""

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.commands import EXAMPLE
from bot.delivery.sender import ROOM
from bot.domain.broadcast import BroadcastText
from bot.domain.states import BroadcastStatus, DeliveryStatus, InboxStatus
from bot.packs.load import read_pack
from bot.storage.tables import address, answer, conversation, inbox, outbox, response
from tests.cast.chaos import ERRORS, THROTTLED, Chaos
from tests.cast.crowd import Somebody
from tests.cast.panel import Panel
from tests.cast.postgresql import OwnPostgreSQL
from tests.cast.restartable import RestartableService
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town
from tests.conftest import FAST

RECIPIENTS = 2_000
CROWD = 15
KILLS = 20
LANGUAGES = ("en", "fr", "es", "ar", "sw")

#: Who reads Spanish or Swahili gets the first language of the pack.
NEWS = {
    "en": BroadcastText("The hall opens on Monday."),
    "fr": BroadcastText("La salle ouvre lundi."),
    "ar": BroadcastText("تفتح القاعة يوم الاثنين."),
}

#: What aiohttp, which serves the stand-in, warns of when a kill cuts an upload short.
OF_A_CUT_UPLOAD = ("ignore:unread_data:DeprecationWarning", "ignore:Unclosed file:ResourceWarning")


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[OwnPostgreSQL | None]:
    """The server of the database, if it has one."""
    if request.param == "sqlite":
        yield None
    else:
        with OwnPostgreSQL(FAST) as server:
            yield server


@pytest.fixture
def url(server: OwnPostgreSQL | None, request: pytest.FixtureRequest) -> str:
    of_sqlite: str = request.getfixturevalue("sqlite_url") if server is None else ""
    return server.url if server else of_sqlite


@contextmanager
def replayable() -> Iterator[random.Random]:
    """A random generator; any failure tells how to get the same one.

    The same seed gives the same people, blows and errors. Whom they hit depends on the machine too.
    """
    seed = os.environ.get("MINIPUBLIC_CHAOS_SEED") or str(random.randrange(10**6))
    again = f"To replay: MINIPUBLIC_CHAOS_SEED={seed} pytest tests/operations/test_chaos.py"
    print(again)
    try:
        yield random.Random(int(seed))
    except BaseException as failure:
        failure.add_note(again)
        raise


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings(*OF_A_CUT_UPLOAD)
async def test_whatever_breaks_nobody_gets_a_broadcast_twice_and_nothing_said_is_lost(
    url: str, server: OwnPostgreSQL | None, telegram: TelegramServer, tmp_path: Path
) -> None:
    pack = read_pack(EXAMPLE)
    with replayable() as rng:
        async with Town(url, telegram, pack=pack, quiet_hours="0-0") as town:
            await town.stops()
            async with RestartableService(town, tmp_path / "log") as service:
                panel = Panel(town)
                for language in LANGUAGES:
                    await panel.joins(RECIPIENTS // len(LANGUAGES), language=language)
                crowd = [
                    Somebody(telegram, pack, LANGUAGES[n % 5], random.Random(rng.random()))
                    for n in range(CROWD)
                ]
                news = await town.broadcasts(NEWS)
                began = time.monotonic()
                await service.starts()
                chaos = Chaos(town, service, server, rng)
                chaos.begins()
                async with asyncio.TaskGroup() as at_once:
                    at_once.create_task(chaos.throttles())
                    at_once.create_task(chaos.an_organiser_sends_on(news))
                    taking_part = [at_once.create_task(each.takes_part()) for each in crowd]
                    await chaos.strikes(news, kills=KILLS)
                    await asyncio.gather(*taking_part)
                    chaos.ends()
                await town.settles()
                await service.stops()
            print(f"{time.monotonic() - began:.0f} s. {chaos.tally}. Answers: {chaos.answers()}")
            assert chaos.faults() == []
            it_was_chaos_indeed(chaos, crowd)
            assert chaos.sends_in_a_halt() == []
            assert (await town.report(news)).status is BroadcastStatus.DONE
            await everybody_got_it_once_or_is_unknown(town, news, chaos)
            await every_reply_is_there(town, crowd, chaos)
            await every_answer_is_there(town, crowd)
            heard = Counter(status for (status,) in await town.rows(select(inbox.c.status)))
            assert heard == {InboxStatus.DONE: sum(each.updates for each in crowd)}


def it_was_chaos_indeed(chaos: Chaos, crowd: Sequence[Somebody]) -> None:
    """Whoever is never hit withstands everything."""
    tally, answers = chaos.tally, chaos.answers()
    assert len(tally.killed_at) == KILLS
    assert sum(met > 0 for met in tally.caught) >= 3
    assert max(tally.caught) <= ROOM * (1 + len(tally.restarts))
    assert answers[429] >= 0.9 * THROTTLED * answers.total()
    assert answers[500] + answers[502] + answers[None] >= ERRORS / 2 * answers.total()
    assert sum(each.doubled for each in crowd) > 0


async def everybody_got_it_once_or_is_unknown(town: Town, news: str, chaos: Chaos) -> None:
    """In their language; the panel has heard nothing else."""
    deliveries = await ledger(town, outbox.c.broadcast_id == news)
    assert len(deliveries) == RECIPIENTS
    seen = {row.id: town.telegram.messages(int(row.to)) for row in deliveries}
    count = Counter((row.status, len(seen[row.id])) for row in deliveries)
    print(f"Deliveries, and how many messages each made: {count}")
    for row in deliveries:
        match row.status:
            case DeliveryStatus.SENT:
                assert [str(message.message_id) for message in seen[row.id]] == [row.external_id]
            case DeliveryStatus.UNKNOWN:
                assert len(seen[row.id]) <= 1
            case _:
                raise AssertionError(f"a delivery is {row.status}: {row.reason}")
        for message in seen[row.id]:
            assert message.text == NEWS.get(row.language, NEWS["en"]).text
    assert any(row.tries > 1 for row in deliveries)
    unknown = sum(row.status == DeliveryStatus.UNKNOWN for row in deliveries)
    assert unknown <= sum(chaos.tally.caught) + chaos.answers()[None]


async def every_reply_is_there(town: Town, crowd: Sequence[Somebody], chaos: Chaos) -> None:
    """And whatever else was said is the repetition of one."""
    seen = {
        each.person.id: {str(m.message_id): m for m in town.telegram.messages(each.person.id)}
        for each in crowd
    }
    noted = defaultdict(set)
    for row in await ledger(town, outbox.c.broadcast_id.is_(None)):
        assert row.status == DeliveryStatus.SENT, row
        if row.body["key"] == "acknowledge":  # a line above the question, and no message
            continue
        assert row.external_id in seen[int(row.to)], row
        noted[int(row.to)].add(row.external_id)
    repeated = 0
    for chat, messages in seen.items():
        texts = {messages[id_].text for id_ in noted[chat]}
        # A picture is the first part of the text that follows it, under whose id both are noted.
        more = [m for id_, m in messages.items() if id_ not in noted[chat] and not m.media]
        assert {message.text for message in more} <= texts
        repeated += len(more)
    print(f"{repeated} replies were repeated")
    assert repeated <= sum(chaos.tally.caught) + chaos.answers()[None]


async def every_answer_is_there(town: Town, crowd: Sequence[Somebody]) -> None:
    stored: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for who, item, kind, value in await town.rows(
        select(address.c.external_id, answer.c.item, answer.c.kind, answer.c.value)
        .select_from(answer)
        .join(response, response.c.id == answer.c.response_id)
        .join(conversation, conversation.c.participant_id == response.c.participant_id)
        .join(address, address.c.conversation_id == conversation.c.id)
        .where(answer.c.replaced_at.is_(None))
    ):
        assert item not in stored[who], f"{item} was answered twice"
        stored[who][item] = value if kind == "value" else kind
    assert stored == {str(each.person.id): each.given for each in crowd}


async def ledger(town: Town, which: Any) -> Sequence[Any]:
    return await town.rows(
        select(outbox, address.c.external_id.label("to"))
        .join(address, address.c.conversation_id == outbox.c.conversation_id)
        .where(which)
    )
