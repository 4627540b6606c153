"""Pictures, sounds and films as the channels fetch them."""

import pytest

from bot.conversation.ports import StoreUnavailable
from bot.storage import media
from bot.storage.database import Database
from bot.storage.media import StoredMedia, store_media


async def test_a_database_that_is_away_is_told_from_a_file_that_is_not_there(
    a_database: str,
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        await StoredMedia(away).fetch("abc")
    await away.close()
    database = Database(a_database)
    with pytest.raises(LookupError, match="abc"):
        await StoredMedia(database).fetch("abc")
    await database.close()


async def test_only_so_much_is_kept_in_memory(
    a_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MOST_KEPT", 1_000)
    database = Database(a_database)
    async with database.writing() as transaction:
        files = {f"{n}.mp4": bytes([n]) * 900 for n in range(5)}
        digests = await store_media(transaction, files)
    stored = StoredMedia(database)
    for name, digest in digests.items():
        assert (await stored.fetch(digest)).content == files[name]
    assert sum(len(kept.content) for kept in stored._kept.values()) <= 1_000 + 900
    await database.close()
