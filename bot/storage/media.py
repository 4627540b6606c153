"""Pictures, sounds and files of packs, by digest."""

from sqlalchemy import select

from bot.conversation.ports import Media
from bot.storage.database import Database
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
