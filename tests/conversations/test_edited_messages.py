"""A message that was an answer is edited in Telegram's app: the change is offered, never made."""

from typing import Any

from bot.domain.questionnaire import ItemType
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import Town, asking, item


async def says(citizen: TelegramCitizen, words: str) -> dict[str, Any]:
    """Returns the update, by which the message can be edited."""
    return await citizen.person.says(words)


async def at_parks(citizen: TelegramCitizen) -> dict[str, Any]:
    await citizen.starts_t1()
    bus = await says(citizen, "Bus")
    await citizen.sees("item-parks")
    return bus


async def test_new_words_become_the_answer_when_the_citizen_says_so(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    bus = await at_parks(telegram_citizen)
    await telegram_citizen.person.edits(bus, "On foot")
    seen = await telegram_citizen.sees("answer-edited")
    assert "Bus" in seen.text and "On foot" in seen.text
    assert await town.answers() == {"transport": "bus"}, "nothing is stored unasked"
    await telegram_citizen.chooses("button-use-new-words")
    await telegram_citizen.sees("item-parks")
    await town.settles()
    assert await town.answers() == {"transport": "foot"}


async def test_the_answer_is_kept_when_the_citizen_says_so(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    bus = await at_parks(telegram_citizen)
    await telegram_citizen.person.edits(bus, "On foot")
    await telegram_citizen.sees("answer-edited")
    await telegram_citizen.chooses("button-keep-answer")
    await telegram_citizen.sees("item-parks")
    await town.settles()
    assert await town.answers() == {"transport": "bus"}


async def test_new_words_that_are_no_answer_put_the_question_again(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await at_parks(telegram_citizen)
    seven = await says(telegram_citizen, "7")
    await telegram_citizen.sees("item-wishes")
    await telegram_citizen.person.edits(seven, "77")
    await telegram_citizen.sees("answer-edited")
    await telegram_citizen.chooses("button-use-new-words")
    await telegram_citizen.sees("expected-point", "item-parks")
    assert (await town.answers())["parks"] == 7
    await telegram_citizen.says("8")
    await telegram_citizen.sees("item-wishes")
    await town.settles()
    assert (await town.answers())["parks"] == 8


async def test_an_answer_edited_before_it_was_heard_and_after_a_restart(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts_t1()
    await town.settles()
    await town.stops()
    bus = await says(telegram_citizen, "Bus")
    await telegram_citizen.person.edits(bus, "On foot")
    await town.starts()
    await telegram_citizen.sees("item-parks", "answer-edited")
    await town.restarts()
    await telegram_citizen.person.edits(bus, "On foot")
    await telegram_citizen.sees("answer-edited")
    await town.settles()
    assert await town.answers() == {"transport": "bus"}


async def test_an_answer_is_changed_after_the_last_question(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await telegram_citizen.chooses("start-survey")
    await telegram_citizen.sees("item-transport")
    sent = []
    for words, following in (("Bus", "parks"), ("7", "wishes"), ("1, 2", "visits")):
        sent.append(await says(telegram_citizen, words))
        await telegram_citizen.sees(f"item-{following}")
    sent.append(await says(telegram_citizen, "4"))
    await telegram_citizen.sees_thanks()
    await telegram_citizen.chooses("button-finish")
    await telegram_citizen.sees("home")
    await telegram_citizen.person.edits(sent[1], "9")
    await telegram_citizen.sees("answer-edited")
    await telegram_citizen.chooses("button-use-new-words")
    await telegram_citizen.sees_thanks()
    await town.settles()
    assert (await town.answers())["parks"] == 9


async def test_what_was_no_answer_or_says_the_same_is_left_alone(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    hello = await says(telegram_citizen, "hello")
    await telegram_citizen.sees("not-joined")
    await telegram_citizen.person.edits(hello, "hello!")
    await telegram_citizen.sees_nothing()
    await telegram_citizen.starts_t1()
    lost = await says(telegram_citizen, "Boat")
    await telegram_citizen.sees_anything()
    await telegram_citizen.sees("item-transport")
    bus = await says(telegram_citizen, "Bus")
    await telegram_citizen.sees("item-parks")
    await telegram_citizen.person.edits(lost, "On foot")
    await telegram_citizen.person.edits(bus, "bus")  # as it is stored: in any case
    await telegram_citizen.sees_nothing()
    assert await town.answers() == {"transport": "bus"}


async def test_an_answer_that_was_changed_since_does_not_come_of_the_old_message(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    bus = await at_parks(telegram_citizen)
    await telegram_citizen.chooses("button-back")
    await telegram_citizen.sees("item-transport")
    await telegram_citizen.chooses("On foot")
    await telegram_citizen.sees("item-parks")
    await telegram_citizen.person.edits(bus, "On foot")
    await telegram_citizen.sees_nothing()


async def test_an_answer_to_a_wave_that_has_closed_stays(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    bus = await at_parks(telegram_citizen)
    await town.settles()
    await town.closes("t1")
    await telegram_citizen.person.edits(bus, "On foot")
    await telegram_citizen.sees("wave-closed")
    assert await town.answers() == {"transport": "bus"}


async def test_the_open_words_of_an_answer_are_quoted_in_part(
    sqlite_url: str, telegram: Any
) -> None:
    pack = asking(item(ItemType.TEXT, "why"), item(ItemType.TEXT, "more"))
    async with Town(sqlite_url, telegram, pack=pack) as town:
        citizen = TelegramCitizen(town)
        await citizen.starts()
        long = await says(citizen, "because " * 300)
        await citizen.sees("item-more")
        await citizen.person.edits(long, "therefore " * 300)
        seen = await citizen.sees("answer-edited")
        assert len(seen.text) < 1000
        await citizen.chooses("button-use-new-words")
        await citizen.sees("item-more")
        await town.settles()
        assert (await town.answers())["why"] == ("therefore " * 300).strip()
