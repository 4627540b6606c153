"""What the database holds of some waves, at one moment, told once to all who make files of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Deliberation
from bot.domain.questionnaire import Texts
from bot.domain.quoting import with_quotes
from bot.export.instruments import Instrument, instruments_of
from bot.export.people import Person, people
from bot.export.refusals import ExportRefused
from bot.export.variables import Words
from bot.storage.answers import (
    AnswerRow,
    Reading,
    blocks,
    count_people,
    deliberation_of,
    questionnaires_used,
    snapshot,
)
from bot.storage.database import Database
from bot.storage.events import log_event

log = structlog.get_logger()

#: How many invalid answers are named one by one.
NAMED = 20


class UnknownLanguage(ExportRefused):
    """The labels are wanted in a language that the deliberation does not have."""


class Consumer(Protocol):
    """Makes something of what people said, such as a file or a table of counts."""

    def take(self, people: Sequence[Person]) -> None:
        """A block of people, in the order of their pseudonyms. Blocks: it is called in a thread,
        block after block, never by two threads at once."""
        ...


@dataclass(frozen=True)
class Material:
    """Some waves of a deliberation, as they were at one moment."""

    deliberation: Deliberation
    instruments: Sequence[Instrument]  #: In the order in which the waves were named.
    people_count: int  #: Who was invited to one of them or responded in it.
    reading: Reading
    _database: Database
    _connection: AsyncConnection

    def words(self, language: str | None) -> Words:
        """Wordings in `language` (BCP 47), else in the source language; `[age]` for what quotes
        the item `age`. Raises `UnknownLanguage`.
        """
        languages = self.deliberation.languages
        if language not in (None, *languages):
            raise UnknownLanguage(
                f"{self.deliberation.code} has no {language!r}; its languages are: "
                f"{', '.join(languages)}."
            )

        def words(texts: Texts) -> str:
            text = self.deliberation.words(texts, language or languages[0])
            return with_quotes(text, "[{}]".format)

        return words

    async def feed(
        self, *consumers: Consumer, progress: Callable[[int], None] | None = None
    ) -> None:
        """Tell each of `consumers` of everybody, in one pass.

        The next block is read while they work on one. `progress` is called on the event loop with
        the number of participants that are done. Answers that can be none are named in the log.
        """
        done = 0
        invalid: list[tuple[str, str]] = []
        working: asyncio.Task[int] | None = None

        async def finish() -> None:
            nonlocal done
            if working is not None:
                done += await working
                if progress is not None:
                    progress(done)

        try:
            async with aclosing(blocks(self._connection, self.reading)) as stream:
                async for rows in stream:
                    await finish()
                    working = asyncio.create_task(
                        asyncio.to_thread(self._tell, rows, consumers, invalid)
                    )
                await finish()
            _warn(invalid)
        finally:  # nobody closes a file in which a thread still writes
            if working is not None:
                await asyncio.wait([working])

    async def hand_over(self, **detail: str) -> None:
        """Record that personal data leave the database, if they were asked for.

        `detail` says as what: shape and format. To be called before the file takes its place: if
        this raises, there must be no file.
        """
        if not self.reading.personal:
            return
        waves = [instrument.code for instrument in self.instruments]
        async with self._database.writing() as transaction:
            await log_event(
                transaction, "export", self.deliberation.code, None, "personal_data", "staff",
                datetime.now(UTC), waves=waves, **detail,
            )  # fmt: skip

    def _tell(
        self,
        rows: Sequence[AnswerRow],
        consumers: Sequence[Consumer],
        invalid: list[tuple[str, str]],
    ) -> int:
        told = people(rows, self.deliberation.questionnaires, history=self.reading.history)
        parts = (part for person in told for part in person.parts.values() if part.invalid)
        invalid += ((part.row.response_id, item) for part in parts for item in part.invalid)
        for consumer in consumers:
            consumer.take(told)
        return len(told)


def _warn(invalid: Sequence[tuple[str, str]]) -> None:
    for response, item in sorted(invalid)[:NAMED]:
        log.warning(
            "what is stored is no valid answer to its item: it counts as none",
            response=response,
            item=item,
        )
    if len(invalid) > NAMED:
        log.warning("and further answers that are not valid", count=len(invalid) - NAMED)


@asynccontextmanager
async def material(
    database: Database,
    waves: Sequence[str],
    *,
    deliberation: str | None = None,
    history: bool = False,
    personal: bool = False,
) -> AsyncIterator[Material]:
    """What was said in `waves`, by code (`profile` is one), of one moment.

    `history` adds to each answer its language, channel and times, and those that it replaced: the
    long shape and paradata need it. `personal` adds what identifies; without it `identity` is not
    read. Whoever asks for it calls `hand_over`.

    Raises `NoSuchWave` or `NoSuchDeliberation`.
    """
    codes = list(dict.fromkeys(waves))
    async with snapshot(database) as connection:
        whose = await deliberation_of(connection, deliberation, codes)
        wave_ids = {code: wave.id if (wave := whose.wave(code)) else None for code in codes}
        reading = Reading(whose.id, wave_ids, history, personal)
        used = await questionnaires_used(connection, whose.id, codes)
        instruments = instruments_of(whose, codes, used, personal=personal)
        count = await count_people(connection, reading)
        yield Material(whose, instruments, count, reading, database, connection)
