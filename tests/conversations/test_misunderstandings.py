"""What the bot cannot take, it answers kindly, and repeats the pending question."""

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


async def test_groups_are_declined_politely(telegram_citizen: TelegramCitizen, town: Town) -> None:
    group = town.telegram.group(telegram_citizen.person)
    await group.adds()
    words = (await group.next_message()).text
    assert "one person at a time" in words
    await group.says(telegram_citizen.person, "Isn't it nice here?")
    await telegram_citizen.sees_nothing()
    assert not group.unread
    assert await town.statuses() == []


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
