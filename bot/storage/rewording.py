"""What leaves is in the language that the person reads now, and says what is so now."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from sqlalchemy import Row, select

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind, Outgoing
from bot.conversation.state import Deliberation
from bot.conversation.wordings import messages, wording
from bot.domain.broadcast import BroadcastText
from bot.domain.states import ResponseStatus
from bot.storage.broadcasts import drafted
from bot.storage.database import Transaction
from bot.storage.library import Library
from bot.storage.tables import broadcast

#: Of how many messages the words are remembered: the same ones go to thousands.
REMEMBERED = 4096


class Rewording:
    """Words for rows of the outbox that were queued a while ago, by the facts of the guard."""

    def __init__(self, library: Library, catalogues: Catalogues) -> None:
        self._library = library
        self._catalogues = catalogues
        self._made: dict[Hashable, Outgoing] = {}
        self._texts: dict[str, Mapping[str, BroadcastText]] = {}

    async def words(self, transaction: Transaction, row: Row[Any]) -> Outgoing | None:
        """The message that should leave now; None: as it was queued."""
        if row.wave_id is not None:
            return await self._of_wave(transaction, row)
        if row.broadcast_id is not None:
            return await self._of_broadcast(transaction, row)
        return None

    async def _of_wave(self, transaction: Transaction, row: Row[Any]) -> Outgoing:
        begun = row.progress == ResponseStatus.IN_PROGRESS
        kind = MessageKind(row.kind)

        def make(definition: Deliberation) -> Outgoing:
            known = row.speaks in definition.languages
            language = row.speaks if known else definition.languages[0]
            return wording(self._catalogues, row, definition, kind, language, begun)

        key = row.wave_id, row.revision, kind, row.speaks, begun
        return await self._remembered(transaction, row, key, make)

    async def _of_broadcast(self, transaction: Transaction, row: Row[Any]) -> Outgoing | None:
        """In another language if its reader has changed it and there is a text in it; with closing
        times as they are now."""
        if row.broadcast_id not in self._texts:
            found = await transaction.execute(
                select(broadcast).where(broadcast.c.id == row.broadcast_id)
            )
            self._texts[row.broadcast_id] = drafted(found.one()).texts
        texts = self._texts[row.broadcast_id]
        language = row.speaks if row.speaks in texts else row.language
        told = texts[language].closings if language in texts else frozenset()
        if language == row.language and not told:
            return None

        def make(definition: Deliberation) -> Outgoing:
            return messages({language: texts[language]}, definition, row.timezone)[language]

        definition = await self._definition(transaction, row)
        if not told <= {wave.code for wave in definition.waves if wave.closes_at}:
            return None  # There is no time to tell any more: as its organiser approved it.
        key = row.broadcast_id, row.revision, language, row.timezone if told else ""
        return await self._remembered(transaction, row, key, make)

    async def _remembered(
        self,
        transaction: Transaction,
        row: Row[Any],
        key: Hashable,
        make: Callable[[Deliberation], Outgoing],
    ) -> Outgoing:
        if key not in self._made:
            if len(self._made) >= REMEMBERED:
                self._made.clear()
            self._made[key] = make(await self._definition(transaction, row))
        return self._made[key]

    async def _definition(self, transaction: Transaction, row: Row[Any]) -> Deliberation:
        """Asks for definitions only where one has changed, for that waits for whoever loads one."""
        known = self._library.known(row.deliberation_id, row.revision)
        return known or (await self._library.current(transaction.connection))[row.deliberation_id]
