"""What the bot cannot take, it answers kindly, and repeats the pending question."""

import asyncio
import re

import pytest

from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, plain


async def test_a_stranger_is_told_how_to_join(citizen: Citizen, town: Town) -> None:
    await citizen.says("hello")
    await citizen.sees("not-joined")
    await citizen.chooses("button-start")
    await citizen.sees("welcome", "choose-language")


async def test_words_out_of_place_repeat_the_pending_question(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("What is the weather?")
    await citizen.sees("not-understood", "home")
    await citizen.says("/nonsense")
    await citizen.sees("unknown-command", "home")


async def test_help_explains_and_repeats_the_question(citizen: Citizen, town: Town) -> None:
    await citizen.starts_t1(language="ar")
    await citizen.says("/help")
    await citizen.sees("help", "item-transport")


async def test_the_language_can_be_changed_in_the_middle(citizen: Citizen, town: Town) -> None:
    await citizen.starts_t1()
    await citizen.says("/language")
    await citizen.sees("choose-language")
    await citizen.chooses("Español")
    citizen.language = "es"
    await citizen.sees("language-chosen", "item-transport")


async def test_who_is_still_joining_is_asked_to_finish_first(citizen: Citizen, town: Town) -> None:
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")
    await citizen.says("/survey")
    await citizen.sees("finish-joining-first", "choose-language")


@pytest.mark.parametrize("kind", ["sticker", "photo", "voice"])
async def test_what_is_not_words_gets_a_helpful_answer(
    telegram_citizen: TelegramCitizen, town: Town, kind: str
) -> None:
    await telegram_citizen.is_enrolled()
    await getattr(telegram_citizen.person, f"sends_{kind}")()
    await telegram_citizen.sees("only-text", "home")


def leavings(town: Town) -> int:
    return sum(r.method == "leaveChat" and r.status == 200 for r in town.telegram.requests)


async def until_left(town: Town, times: int) -> None:
    async with asyncio.timeout(5):
        while leavings(town) < times:
            await asyncio.sleep(0.01)
    await town.telegram.settles()
    await town.settles()


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_groups_are_declined_once_and_left(
    telegram_citizen: TelegramCitizen, town: Town, kind: str
) -> None:
    group = town.telegram.group(telegram_citizen.person, kind=kind)
    await group.adds()
    assert "one person at a time" in (await group.next_message()).text
    await until_left(town, 1)
    for _ in range(3):  # somebody plays with it
        await group.adds()
    await town.telegram.settles()
    await town.settles()
    assert leavings(town) == 1
    await town.advances(minutes=2)
    await group.adds()
    await until_left(town, 2)
    assert not group.unread, "its line is said once"
    assert await town.statuses() == []


async def test_several_commands_in_a_group_are_answered_once(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    group = town.telegram.group(telegram_citizen.person)
    await town.stops()
    await group.adds()
    for words in ("/start", "Isn't it nice here?", "/help"):
        await group.says(telegram_citizen.person, words)
    await town.starts()
    await until_left(town, 1)
    assert len(group.unread) == 1 and leavings(town) == 1


async def test_a_group_in_which_the_bot_may_say_nothing_is_left_too(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    group = town.telegram.group(telegram_citizen.person)
    refusal = "Bad Request: not enough rights to send text messages to the chat"
    town.telegram.refuses(group.id, refusal)
    await group.adds()
    await until_left(town, 1)
    assert not group.unread


async def test_blocking_the_bot_ends_sending_and_start_revives(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await citizen.blocks_the_bot()
    await town.telegram.settles()
    await town.settles()
    await town.opens("t2")
    await citizen.unblocks_the_bot()
    await citizen.says("/start")
    await town.settles()
    await town.plans()
    seen = [(await citizen._read()).text for _ in range(3)]  # the planner may be the quicker one
    expected = [town.pattern(k, "en") for k in ("welcome-back", "home", "survey-invitation")]
    assert all(any(re.search(e, plain(text)) for text in seen) for e in expected), seen


async def test_a_refusal_by_the_platform_marks_the_address_blocked(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    """Telegram may say so only when we send."""
    citizen = telegram_citizen
    await citizen.is_enrolled()
    town.telegram.refuses(citizen.person.id, "Forbidden: bot was blocked by the user", times=None)
    await town.opens("t2")
    for _ in range(100):
        if await town.rows("SELECT 1 FROM address WHERE blocked_at IS NOT NULL"):
            break
        await citizen.sees_nothing(0.05)
    assert await town.rows("SELECT status FROM outbox WHERE kind = 'invitation'") == [("blocked",)]
    town.telegram.heals()
    await citizen.says("/start")
    await citizen.sees("welcome-back", "home")
