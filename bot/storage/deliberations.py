"""Loading a pack: what it defines becomes rows, and only what changed is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from bot.domain.deliberation import Pack, WavePlan
from bot.domain.states import WaveStatus
from bot.storage.database import Database, Transaction
from bot.storage.definition_lock import change_definitions
from bot.storage.events import log_event
from bot.storage.library import parts_document, release_document
from bot.storage.loaded import Loaded
from bot.storage.loading_questionnaires import ACTOR, WordingLocked, load_questionnaires
from bot.storage.media import store_media
from bot.storage.tables import briefing, consent_text, deliberation, wave

__all__ = ["Loaded", "WordingLocked", "load_pack"]


async def load_pack(
    database: Database,
    pack: Pack,
    now: datetime,
    *,
    new_version: bool = False,
    dry_run: bool = False,
) -> Loaded:
    """Create or update a deliberation. Loading the same pack again changes nothing.

    Raises `WordingLocked`, and changes nothing, where questionnaires that have answers differ in
    more than translations, unless `new_version` is wanted. With `dry_run` it does all the same and
    then undoes it.
    """
    loaded = Loaded(pack.code)
    async with database.writing() as transaction, transaction.connection.begin_nested() as whole:
        digests = await store_media(transaction, pack.media)
        await change_definitions(transaction)
        id_, source = await _load_deliberation(transaction, pack, loaded, now)
        await _load_consent(transaction, id_, pack, loaded, now)
        await load_questionnaires(transaction, id_, pack, digests, source, new_version, loaded, now)
        await _load_briefings(transaction, id_, pack, digests, loaded)
        await _load_waves(transaction, id_, pack, loaded, now)
        if dry_run:
            await whole.rollback()
        elif loaded.changes:
            await _tell(transaction, id_, loaded, now)
    return loaded


async def _tell(transaction: Transaction, id_: int, loaded: Loaded, now: datetime) -> None:
    """Caches compare the revision, staff read the event log, and the planner looks at once."""
    await transaction.execute(
        update(deliberation)
        .where(deliberation.c.id == id_)
        .values(revision=deliberation.c.revision + 1)
    )
    await log_event(
        transaction,
        "deliberation",
        loaded.code,
        None,
        "loaded",
        ACTOR,
        now,
        changes=loaded.changes,
    )
    transaction.announce("planner")


async def _load_deliberation(
    transaction: Transaction, pack: Pack, loaded: Loaded, now: datetime
) -> tuple[int, str]:
    """Its id, and the source language of what is stored: in it wordings are locked."""
    values = {
        "title": dict(pack.title),
        "languages": list(pack.languages),
        "timezone": pack.timezone,
        "invited_only": pack.invited_only,
        "on_erase": pack.on_erase,
        "profile_code": pack.profile,
    }
    found = await transaction.execute(select(deliberation).where(deliberation.c.code == pack.code))
    row = found.one_or_none()
    if row is None:
        made = await transaction.execute(
            insert(deliberation)
            .values(code=pack.code, created_at=now, **values)
            .returning(deliberation.c.id)
        )
        loaded.changes.append(f"deliberation {pack.code}: created")
        return int(made.scalar_one()), pack.languages[0]
    if changed := _differing(row, values):
        await transaction.execute(
            update(deliberation).where(deliberation.c.id == row.id).values(**values)
        )
        loaded.changes.append(f"deliberation {pack.code}: {', '.join(changed)} changed")
    return int(row.id), row.languages[0]


async def _load_consent(
    transaction: Transaction, id_: int, pack: Pack, loaded: Loaded, now: datetime
) -> None:
    found = await transaction.execute(
        select(consent_text)
        .where(consent_text.c.deliberation_id == id_)
        .order_by(consent_text.c.version.desc())
        .limit(1)
    )
    newest = found.one_or_none()
    texts = dict(pack.consent.texts)
    if newest is not None and newest.texts == texts:
        return
    version = newest.version + 1 if newest is not None else 1
    await transaction.execute(
        insert(consent_text).values(
            deliberation_id=id_, version=version, texts=texts, created_at=now
        )
    )
    loaded.changes.append(f"consent: version {version}")


async def _load_briefings(
    transaction: Transaction, id_: int, pack: Pack, digests: Mapping[str, str], loaded: Loaded
) -> None:
    found = await transaction.execute(select(briefing).where(briefing.c.deliberation_id == id_))
    known = {row.code: row for row in found}
    for position, new in enumerate(pack.briefings):
        values = {
            "position": position,
            "release": release_document(new.release),
            "titles": dict(new.titles),
            "parts": parts_document(new, digests),
        }
        row = known.pop(new.code, None)
        if row is None:
            await transaction.execute(
                insert(briefing).values(deliberation_id=id_, code=new.code, **values)
            )
            loaded.changes.append(f"briefing {new.code}: created")
        elif changed := _differing(row, values):
            await transaction.execute(
                update(briefing).where(briefing.c.id == row.id).values(**values)
            )
            loaded.changes.append(f"briefing {new.code}: {', '.join(changed)} changed")
    for code in known:
        loaded.kept.append(f"briefing {code}: no longer in the pack, kept as it was")


async def _load_waves(
    transaction: Transaction, id_: int, pack: Pack, loaded: Loaded, now: datetime
) -> None:
    found = await transaction.execute(select(wave).where(wave.c.deliberation_id == id_))
    known = {row.code: row for row in found}
    for position, plan in enumerate(pack.waves):
        values = _wave_values(plan, position)
        row = known.pop(plan.code, None)
        status = (
            WaveStatus.SCHEDULED
            if plan.opens.on_enrolment or plan.opens.at is not None
            else WaveStatus.DRAFT
        )
        if row is None:
            await transaction.execute(
                insert(wave).values(deliberation_id=id_, code=plan.code, status=status, **values)
            )
            await _wave_event(transaction, pack, plan, None, status, now)
            loaded.changes.append(f"wave {plan.code}: {status}")
            continue
        if row.status in (WaveStatus.DRAFT, WaveStatus.SCHEDULED):
            values["status"] = status
            if plan.opens.at != row.opens_at:
                values["held_since"] = None  # staff have decided on another time
        if changed := _differing(row, values):
            await transaction.execute(update(wave).where(wave.c.id == row.id).values(**values))
            loaded.changes.append(f"wave {plan.code}: {', '.join(changed)} changed")
            if "status" in changed:
                await _wave_event(transaction, pack, plan, row.status, status, now)
    for code in known:
        loaded.kept.append(f"wave {code}: no longer in the pack, kept as it was")


def _wave_values(plan: WavePlan, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "questionnaire_code": plan.questionnaire,
        "on_enrolment": plan.opens.on_enrolment,
        "opens_at": plan.opens.at,
        "closes_at": plan.closes,
        "reminders": [int(after.total_seconds()) for after in plan.reminders],
    }


async def _wave_event(
    transaction: Transaction,
    pack: Pack,
    plan: WavePlan,
    source: str | None,
    target: WaveStatus,
    now: datetime,
) -> None:
    subject_id = f"{pack.code}/{plan.code}"
    await log_event(transaction, "wave", subject_id, source, target, ACTOR, now)


def _differing(row: Row[Any], values: Mapping[str, Any]) -> list[str]:
    return [name for name, value in values.items() if row._mapping[name] != value]
