"""Whoever stands where nothing can be shown any more is led on, and nobody is stuck."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

import handlers
from bot.conversation.turn import Turn
from bot.domain.deliberation import Briefing, BriefingPart
from bot.storage.deliberations import load_pack
from bot.storage.tables import conversation
from tests.cast.citizens import Citizen
from tests.cast.town import Town


async def broken(turn: Turn) -> None:
    turn.reply("help")
    turn.ask("choose-item", [])
    raise IndexError(turn.heard.text)


async def test_a_prompt_that_raises_sends_home(
    citizen: Citizen, town: Town, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    await citizen.is_enrolled()
    monkeypatch.setitem(handlers.router._prompts, "survey", broken)
    await citizen.chooses("start-survey")
    await citizen.sees("place-lost", "home")
    monkeypatch.undo()
    await citizen.chooses("continue-survey")
    await citizen.sees("item-transport")
    monkeypatch.setitem(handlers.router._prompts, "survey", broken)
    before = {"/help": "help", "/start": "welcome-back", "nonsense": "expected-choice"}
    for words, first in before.items():
        await citizen.says(words)
        await citizen.sees(first, "place-lost", "home")
        await stands_at(town, "survey", {"instrument": "t1"})
    await citizen.says("Bus")
    await citizen.sees("place-lost", "home")
    assert await town.answers() == {"transport": "bus"}, "only the next prompt was lost"
    err = capfd.readouterr().out
    assert "a place cannot be shown" in err and "Bus" not in err
    assert await town.rows("SELECT 1 FROM inbox WHERE status = 'failed'") == []


async def stands_at(town: Town, name: str, data: Mapping[str, Any]) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(conversation.update().values(places=[["home", {}], [name, data]]))


async def test_a_place_that_is_there_no_more_sends_home(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    for words in ("hello", "/help", "/continue"):
        await stands_at(town, "of-another-release", {})
        await citizen.says(words)
        first = {"/help": ["help"], "/continue": ["welcome-back"]}.get(words, [])
        await citizen.sees(*first, "place-lost", "home")
    assert await town.rows(select(conversation.c.places)) == [([],)]


async def loads(town: Town, *briefings: Briefing) -> None:
    pack = replace(town.pack, briefings=briefings)
    await load_pack(town.app.database, pack, town.clock.now())


@pytest.mark.parametrize("presses", ["button-next", "button-back", "words"])
async def test_readers_of_a_briefing_that_got_shorter_are_led_on(
    citizen: Citizen, town: Town, presses: str
) -> None:
    parks, *others = town.pack.briefings
    words = {language: [BriefingPart(f"{n}") for n in "abcde"] for language in parks.parts}
    await loads(town, replace(parks, parts=words), *others)
    await citizen.is_enrolled()
    await citizen.says("/briefings parks")
    for _ in range(3):
        await citizen.sees_anything()
        await citizen.chooses("button-next")
    await citizen.sees_anything()
    await loads(town, replace(parks, parts={k: v[:2] for k, v in words.items()}), *others)
    await (citizen.says("next") if presses == "words" else citizen.chooses(presses))
    await citizen.sees("briefing-changed")
    await citizen.sees_words("Our parks: 2 of 2 parts read")


@pytest.mark.parametrize("kept", [{"es"}, {"ar"}, set()])
async def test_readers_of_a_briefing_that_lost_a_language_are_led_on(
    citizen: Citizen, town: Town, kept: set[str]
) -> None:
    await citizen.is_enrolled()
    await citizen.says("/briefings parks")
    await citizen.sees("briefing-parks-1")
    parks, *others = town.pack.briefings
    left = {k: v for k, v in parks.parts.items() if k in kept}
    await loads(town, replace(parks, parts=left), *others)
    await citizen.chooses("button-next")
    await citizen.sees("briefing-changed", "briefings-none")
    await citizen.chooses("button-home")
    await citizen.sees("home")


async def test_an_answer_that_cannot_be_taken_leads_home_and_the_next_works(
    citizen: Citizen, town: Town
) -> None:
    """Neither a second answer nor a third is parked for where the first was said."""
    await citizen.starts_t1()
    unfinished = {"item": "transport", "codes": 7, "page": "x", "found": 5}
    await stands_at(town, "survey", {"instrument": "t1", "unfinished": unfinished})
    await citizen.says("Bus")
    await citizen.sees("place-lost", "home")
    await citizen.chooses("continue-survey")
    await citizen.sees("item-transport")
    await citizen.says("Bus")
    await citizen.sees("item-parks")
    assert [
        row.error[:9] for row in await town.rows("SELECT error FROM inbox WHERE tries > 0")
    ] == ["TypeError"]
    assert await town.answers() == {"transport": "bus"}
