"""The definitions of all deliberations, kept in memory and read anew when one has changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Deliberation, StoredBriefing, StoredConsent, StoredWave
from bot.domain.deliberation import Briefing, BriefingPart, Release
from bot.domain.questionnaire import Questionnaire
from bot.domain.questionnaire_document import from_document
from bot.domain.return_check import ReturnCheck
from bot.domain.states import WaveStatus
from bot.domain.window import Window
from bot.logs import without_values
from bot.storage.definition_lock import hold_definitions
from bot.storage.tables import (
    bot_binding,
    briefing,
    consent_text,
    deliberation,
    questionnaire,
    wave,
)

log = structlog.get_logger()


class Library:
    """Serves the same immutable objects to many turns; asks the database only for revisions."""

    def __init__(self) -> None:
        self._revisions: dict[int, int] = {}
        self._by_id: dict[int, Deliberation] = {}
        self._bindings: dict[tuple[str, str], int] = {}

    async def current(self, connection: AsyncConnection) -> Mapping[int, Deliberation]:
        """Every deliberation by id, as committed when this is called; they stay so until the
        transaction ends."""
        await hold_definitions(connection)
        found = await connection.execute(select(deliberation.c.id, deliberation.c.revision))
        revisions = {id_: revision for id_, revision in found}
        if revisions != self._revisions:
            by_id = {}
            for id_, revision in revisions.items():
                known = self.known(id_, revision)
                try:
                    by_id[id_] = known or await read_deliberation(connection, id_)
                except DBAPIError:
                    raise
                except Exception as error:  # the others go on without it
                    log.error("a pack cannot be read", deliberation=id_, **without_values(error))
            bound = await connection.execute(select(bot_binding))
            self._bindings = {(b.channel, b.bot): b.deliberation_id for b in bound}
            self._by_id, self._revisions = by_id, revisions
        return self._by_id

    async def one(self, connection: AsyncConnection, id_: int) -> Deliberation:
        """The deliberation `id_`, as `current` gives it, whatever is wrong with the others."""
        await hold_definitions(connection)
        found = await connection.execute(
            select(deliberation.c.revision).where(deliberation.c.id == id_)
        )
        revision, known = found.scalar_one(), self._by_id.get(id_)
        if known is None or known.revision != revision:
            known = self._by_id[id_] = await read_deliberation(connection, id_)
        return known

    def forget(self, id_: int) -> None:
        """What was read of a deliberation is undone."""
        self._by_id.pop(id_, None)

    def known(self, id_: int, revision: int) -> Deliberation | None:
        """The deliberation, if it was read at this revision."""
        known = self._by_id.get(id_)
        return known if known and known.revision == revision else None

    def serving(self, channel: str, bot: str) -> Deliberation | None:
        """Which deliberation a bot serves: the one it is bound to, for the web chat the one named
        in the address, or the only one there is."""
        if (bound := self._bindings.get((channel, bot))) is not None:
            return self._by_id[bound]
        if channel == "webchat" and bot:
            return next((d for d in self._by_id.values() if d.code == bot), None)
        if len(self._revisions) != 1:
            return None
        (only,) = self._revisions
        return self._by_id[only]


async def read_deliberation(connection: AsyncConnection, id_: int) -> Deliberation:
    """One deliberation's whole definition."""

    async def rows(table: Any, *order: Any) -> list[Row[Any]]:
        statement = select(table).where(table.c.deliberation_id == id_).order_by(*order)
        return list((await connection.execute(statement)).all())

    row = (await connection.execute(select(deliberation).where(deliberation.c.id == id_))).one()
    consent = (await rows(consent_text, consent_text.c.version))[-1]
    questionnaires: dict[int, Questionnaire] = {}
    newest: dict[str, int] = {}
    for q in await rows(questionnaire, questionnaire.c.version):
        questionnaires[q.id] = from_document({**q.document, "version": q.version})
        newest[q.code] = q.id
    return Deliberation(
        id=row.id,
        code=row.code,
        revision=row.revision,
        title=row.title,
        languages=tuple(row.languages),
        timezone=row.timezone,
        invited_only=row.invited_only,
        on_erase=row.on_erase,
        return_check=ReturnCheck(row.return_check),
        consent=StoredConsent(consent.id, consent.version, consent.texts),
        profile_id=newest.get(row.profile_code) if row.profile_code else None,
        questionnaires=questionnaires,
        newest=newest,
        briefings=tuple(
            _briefing(b)
            for b in await rows(briefing, briefing.c.position)
            if b.withdrawn_at is None
        ),
        waves=tuple(
            StoredWave(
                id=w.id,
                code=w.code,
                status=WaveStatus(w.status),
                on_enrolment=w.on_enrolment,
                questionnaire_code=w.questionnaire_code,
                questionnaire_id=w.questionnaire_id,
                window=Window(
                    WaveStatus(w.status), w.closes_at, timedelta(seconds=w.grace), w.closed_at
                ),
            )
            for w in await rows(wave, wave.c.position)
        ),
    )


def release_document(release: Release) -> dict[str, Any]:
    return {
        "on_enrolment": release.on_enrolment,
        "at": release.at.isoformat() if release.at else None,
        "after_wave": release.after_wave,
    }


def parts_document(stored: Briefing, digests: Mapping[str, str]) -> dict[str, Any]:
    """The parts of a briefing in each language; media by digest."""
    return {
        language: [
            {
                "text": part.text,
                "media": digests[part.media] if part.media else None,
                "media_alt": part.media_alt,
            }
            for part in parts
        ]
        for language, parts in stored.parts.items()
    }


def _briefing(row: Row[Any]) -> StoredBriefing:
    release = row.release
    return StoredBriefing(
        row.id,
        Briefing(
            code=row.code,
            release=Release(
                on_enrolment=release["on_enrolment"],
                at=datetime.fromisoformat(release["at"]) if release["at"] else None,
                after_wave=release["after_wave"],
            ),
            titles=row.titles,
            parts={
                language: tuple(BriefingPart(**part) for part in parts)
                for language, parts in row.parts.items()
            },
        ),
    )
