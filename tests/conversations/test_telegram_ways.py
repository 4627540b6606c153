"""What people do in Telegram's app beside writing: captions, albums, blocking and coming back."""

import pytest
from sqlalchemy import select

from bot.channels.telegram.incoming import Reader
from bot.conversation.messages import Incoming
from bot.storage.tables import address, inbox
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import Town

NO_PICTURES = r"only read words"


async def test_a_caption_is_the_answer(telegram_citizen: TelegramCitizen, town: Town) -> None:
    await telegram_citizen.starts_t1()
    await telegram_citizen.person.sends_photo(caption="Bus")
    await telegram_citizen.sees("item-parks")
    await town.settles()
    assert await town.answers() == {"transport": "bus"}


async def test_a_picture_alone_asks_for_words(telegram_citizen: TelegramCitizen) -> None:
    await telegram_citizen.starts_t1()
    await telegram_citizen.person.sends_photo()
    await telegram_citizen.sees("only-text", "item-transport")


@pytest.mark.parametrize("captions", [("Bus", None, None), (None, None, "Bus"), ("Bus", "Car")])
async def test_an_album_is_answered_once_with_its_words(
    telegram_citizen: TelegramCitizen, town: Town, captions: tuple[str | None, ...]
) -> None:
    await telegram_citizen.starts_t1()
    await town.settles()
    await town.stops()  # so that all of it comes at once
    await telegram_citizen.person.sends_album(*captions)
    await town.starts()
    await telegram_citizen.sees("item-parks")
    await town.settles()
    assert await town.answers() == {"transport": "bus"}


async def test_an_album_without_words_is_answered_once(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts_t1()
    await telegram_citizen.person.sends_album(None, None, None)
    await telegram_citizen.sees("only-text", "item-transport")
    await town.settles()


async def album_in(town: Town, citizen: TelegramCitizen, *captions: str | None) -> list[Incoming]:
    """The updates of an album as they are read, which the application itself never sees."""
    await town.settles()
    await town.stops()
    updates = await citizen.person.sends_album(*captions)
    town.telegram.bots["42:TEST"].delivery.drop_all()
    await town.starts()
    return Reader("42").read_all(updates)


async def test_an_album_in_several_batches_is_answered_once(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts_t1()
    first, words, last = await album_in(town, telegram_citizen, None, "Bus", None)
    await town.app.inbox.store([words])
    await telegram_citizen.sees("item-parks")
    await town.app.inbox.store([first])
    await town.app.inbox.store([last, words])
    await town.settles()
    await telegram_citizen.sees_nothing()


async def test_a_picture_that_waits_gives_way_to_the_words_of_its_album(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts_t1()
    first, words, last = await album_in(town, telegram_citizen, None, "Bus", None)
    await town.stops()
    for part in (first, words, last):
        await town.app.inbox.store([part])
    assert (await town.statuses(inbox)).count("pending") == 1
    await town.starts()
    await telegram_citizen.sees("item-parks")


async def test_words_that_come_after_their_album_was_answered_are_not_lost(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts_t1()
    first, words, last = await album_in(town, telegram_citizen, None, "Bus", None)
    await town.app.inbox.store([first])
    await telegram_citizen.sees("only-text", "item-transport")
    await town.app.inbox.store([last, words])
    await telegram_citizen.sees("item-parks")


async def test_blocked_unblocked_and_started_within_one_batch(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await town.settles()
    await town.stops()
    await telegram_citizen.blocks_the_bot()
    await telegram_citizen.unblocks_the_bot()
    await telegram_citizen.says("/start")
    await town.starts()
    await telegram_citizen.sees("welcome-back", "home")
    await town.settles()
    assert (await town.rows(select(address.c.blocked_at)))[0].blocked_at is None


async def test_letting_the_bot_write_again_is_enough(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await telegram_citizen.blocks_the_bot()
    await town.telegram.settles()
    await town.settles()
    assert (await town.rows(select(address.c.blocked_at)))[0].blocked_at is not None
    await telegram_citizen.unblocks_the_bot()
    await town.telegram.settles()
    await town.settles()
    assert (await town.rows(select(address.c.blocked_at)))[0].blocked_at is None
    await telegram_citizen.sees_nothing()


async def test_a_send_that_fails_after_the_return_does_not_silence(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    """The refusal of a message that left before is recorded after the citizen has come back."""
    await telegram_citizen.is_enrolled()
    await town.settles()
    await town.stops()
    await telegram_citizen.says("/start")
    messages = Reader("42").read_all(town.telegram.pending())
    await town.app.inbox.store(messages)
    async with town.app.database.writing() as transaction:
        await transaction.execute(address.update().values(blocked_at=town.clock.now()))
    await town.starts()
    await telegram_citizen.sees("welcome-back", "home")
    await town.settles()
    assert (await town.rows(select(address.c.blocked_at)))[0].blocked_at is None


async def test_blocking_last_is_what_counts(telegram_citizen: TelegramCitizen, town: Town) -> None:
    await telegram_citizen.is_enrolled()
    await town.settles()
    await town.stops()
    await telegram_citizen.says("/help")
    await telegram_citizen.blocks_the_bot()
    await telegram_citizen.unblocks_the_bot()
    await telegram_citizen.blocks_the_bot()
    await town.starts()
    await town.telegram.settles()
    await town.settles()
    assert (await town.rows(select(address.c.blocked_at)))[0].blocked_at is not None


@pytest.mark.parametrize(
    "words", ["/START {}", "/start@standin42_bot {}", "/Start   {}", "/start\n{}"]
)
async def test_a_code_is_understood_however_start_is_written(
    citizen: TelegramCitizen, town: Town, words: str
) -> None:
    code = await town.invites_organiser("Olga")
    await citizen.says(words.format(code))
    assert "Olga" in (await citizen.sees_anything()).text
