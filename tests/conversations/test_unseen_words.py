"""Words answer what was seen: what was written before a question could be read is no answer."""

import uuid
from datetime import timedelta

from sqlalchemy import select, update

from bot.conversation.messages import Incoming, IncomingKind
from bot.domain.questionnaire import ItemType
from bot.domain.states import DeliveryStatus
from bot.storage.tables import conversation, outbox
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, item

ITEMS = (
    item(ItemType.INTEGER, "first", required=True),
    item(ItemType.INTEGER, "second", required=True),
    item(ItemType.TEXT, "third"),
)


async def all_at_once(town: Town, *words: str) -> None:
    """What reaches the inbox in one moment, and one batch."""
    ((channel, bot, sender),) = await town.rows("SELECT channel, bot, external_id FROM address")
    await town.app.inbox.store(
        [
            Incoming(channel, bot, uuid.uuid4().hex, sender, IncomingKind.TEXT, each)
            for each in words
        ]
    )


async def test_an_impatient_second_answer_is_none(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await all_at_once(town, "9", "9")
    await citizen.sees("item-second", "unseen-question")
    assert await town.answers() == {"first": 9}
    await citizen.says("8")
    await citizen.sees("item-third")
    assert await town.answers() == {"first": 9, "second": 8}


async def test_while_telegram_makes_the_bot_wait(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.starts()
    town.telegram.throttles(for_seconds=1)
    await citizen.says("9")
    await citizen.sees_nothing()
    assert await town.rows(
        select(outbox.c.question, outbox.c.left_at).where(outbox.c.status == "queued")
    ) == [(await number(town), None)]
    await citizen.says("9")
    await citizen.sees("item-second", "unseen-question")
    await town.settles()
    assert await town.answers() == {"first": 9}
    await citizen.says("8")
    await citizen.sees("item-third")


async def number(town: Town) -> int:
    ((asked,),) = await town.rows("SELECT asked FROM conversation")
    return int(asked)


async def test_commands_work_and_the_menu_is_a_question_too(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await all_at_once(town, "/survey", "/help", "what you will")
    await citizen.sees("item-first", "help", "item-first", "unseen-question")
    await all_at_once(town, "9", "/pause", "1")
    await citizen.sees("item-second", "paused", "unseen-question")
    assert await town.answers() == {"first": 9}
    assert await town.statuses() == ["paused"]


async def left(town: Town, **values: object) -> None:
    """What the outbox says of the pending question."""
    await town.settles()
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(outbox).where(outbox.c.question == await number(town)).values(**values)
        )


async def test_a_citizen_may_answer_before_the_send_is_recorded(
    citizen: Citizen, town: Town
) -> None:
    """What counts is when it was handed over, whatever is known of it since."""
    await citizen.starts()
    await left(town, status=DeliveryStatus.SENDING, ended_at=None,
               lease_until=town.clock.now() + timedelta(minutes=1))  # fmt: skip
    await citizen.says("9")
    for _ in range(100):
        if await town.answers():
            break
        await citizen.sees_nothing(0.05)
    assert await town.answers() == {"first": 9}
    await left_is_over(town)
    await citizen.sees("item-second")


async def left_is_over(town: Town) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(outbox)
            .where(outbox.c.status == DeliveryStatus.SENDING)
            .values(status=DeliveryStatus.SENT, ended_at=town.clock.now(), lease_until=None)
        )
    town.app.database.signals.ring("outbox")


async def test_what_left_after_the_words_were_written_is_not_answered(
    citizen: Citizen, town: Town
) -> None:
    """The turn comes late, when the question has left already."""
    await citizen.starts()
    now = town.clock.now()
    await left(town, left_at=now + timedelta(seconds=0.5), ended_at=now + timedelta(seconds=0.6))
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(conversation).values(retry_at=now + timedelta(seconds=0.7))
        )
    await citizen.says("9")
    await citizen.sees("unseen-question")
    assert await town.answers() == {}
    await citizen.says("9")
    await citizen.sees("item-second")


async def test_a_clock_that_was_set_back_silences_nobody(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await town.settles()
    town.clock.ahead -= timedelta(hours=1)
    await citizen.says("9")
    await citizen.sees("item-second")


async def test_a_question_of_before_the_upgrade_was_seen(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await left(town, question=None, left_at=None)
    await citizen.says("9")
    await citizen.sees("item-second")


async def test_a_question_that_never_left_is_put_again(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await left(town, status=DeliveryStatus.FAILED, left_at=None)
    await citizen.says("9")
    await citizen.sees("unseen-question", "item-first")
    await citizen.says("9")
    await citizen.sees("item-second")
    await citizen.says("8")
    await citizen.sees("item-third")
    await citizen.says("In my words")
    await citizen.sees_thanks()
