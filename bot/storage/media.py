"""Pictures, sounds and files of packs and broadcasts, by digest."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import insert, select

from bot.conversation.ports import Media
from bot.domain.questionnaire import Questionnaire
from bot.storage.away import away_is_told
from bot.storage.database import Database, Transaction
from bot.storage.tables import media

#: Bytes of files kept in memory, the one last fetched not counted.
MOST_KEPT = 32 * 1024 * 1024


class StoredMedia:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, Media] = {}

    async def fetch(self, digest: str) -> Media:
        """Raise `LookupError` if nothing with this digest is stored, or `StoreUnavailable`."""
        if digest not in self._kept:
            with away_is_told():
                async with self._database.reading() as connection:
                    found = await connection.execute(select(media).where(media.c.digest == digest))
                    row = found.one_or_none()
            if row is None:
                raise LookupError(f"no file with the digest {digest[:12]} is stored")
            while sum(len(kept.content) for kept in self._kept.values()) > MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[digest] = Media(row.digest, row.filename, row.content)
        return self._kept[digest]


async def store_media(transaction: Transaction, files: Mapping[str, bytes]) -> dict[str, str]:
    """File name → SHA-256 of the content, under which it is stored once."""
    digests = {}
    for filename, content in files.items():
        digest = digests[filename] = hashlib.sha256(content).hexdigest()
        known = await transaction.execute(select(media.c.digest).where(media.c.digest == digest))
        if known.one_or_none() is None:
            await transaction.execute(
                insert(media).values(digest=digest, filename=filename, content=content)
            )
    return digests


def by_digest(instrument: Questionnaire, digests: Mapping[str, str]) -> Questionnaire:
    """`instrument` with its media as they are stored: by digest, no longer by file name."""
    items = tuple(
        replace(
            item,
            media={
                kind: {language: digests[name] for language, name in files.items()}
                for kind, files in item.media.items()
            },
        )
        for item in instrument.items
    )
    return replace(instrument, items=items)
