"""Pictures, sounds and files of packs and broadcasts, by digest."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import insert, select

from bot.conversation.ports import Media
from bot.storage.database import Database, Transaction
from bot.storage.tables import media

#: Files kept in memory; a deliberation has a handful.
KEPT = 16


class StoredMedia:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, Media] = {}

    async def fetch(self, digest: str) -> Media:
        """Raise `LookupError` if nothing with this digest is stored."""
        if digest not in self._kept:
            async with self._database.reading() as connection:
                found = await connection.execute(select(media).where(media.c.digest == digest))
                row = found.one_or_none()
            if row is None:
                raise LookupError(f"no file with the digest {digest[:12]} is stored")
            while len(self._kept) >= KEPT:
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
