"""Loading a pack: what it defines becomes rows, and only what changed is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from bot.domain.deliberation import Pack, WavePlan
from bot.domain.questionnaire import Questionnaire
from bot.domain.questionnaire_document import to_document
from bot.domain.states import WaveStatus
from bot.storage.database import Database, Transaction
from bot.storage.library import parts_document, release_document
from bot.storage.media import store_media
from bot.storage.tables import (
    answer,
    briefing,
    consent_text,
    deliberation,
    event,
    questionnaire,
    response,
    wave,
)


class WordingLocked(Exception):
    """The questionnaire has answers already: its wording and codes are locked."""


@dataclass(slots=True)
class Loaded:
    """What loading a pack did, for people to read."""

    code: str
    changes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  #: What the pack no longer has, kept as it was.


async def load_pack(database: Database, pack: Pack, now: datetime) -> Loaded:
    """Create or update a deliberation. Loading the same pack again changes nothing.

    Raises `WordingLocked`, and changes nothing, where a questionnaire that has answers differs.
    """
    loaded = Loaded(pack.code)
    async with database.writing() as transaction:
        id_ = await _load_deliberation(transaction, pack, loaded, now)
        await _load_consent(transaction, id_, pack, loaded, now)
        for instrument in pack.questionnaires.values():
            await _load_questionnaire(transaction, id_, instrument, loaded, now)
        digests = await store_media(transaction, pack.media)
        await _load_briefings(transaction, id_, pack, digests, loaded)
        await _load_waves(transaction, id_, pack, loaded, now)
        if loaded.changes:
            await transaction.execute(
                update(deliberation)
                .where(deliberation.c.id == id_)
                .values(revision=deliberation.c.revision + 1)
            )
            await transaction.execute(
                insert(event).values(
                    at=now,
                    subject="deliberation",
                    subject_id=pack.code,
                    actor="command line",
                    target="loaded",
                    detail={"changes": loaded.changes},
                )
            )
            transaction.announce("planner")
    return loaded


async def _load_deliberation(
    transaction: Transaction, pack: Pack, loaded: Loaded, now: datetime
) -> int:
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
        return int(made.scalar_one())
    if changed := _differing(row, values):
        await transaction.execute(
            update(deliberation).where(deliberation.c.id == row.id).values(**values)
        )
        loaded.changes.append(f"deliberation {pack.code}: {', '.join(changed)} changed")
    return int(row.id)


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


async def _load_questionnaire(
    transaction: Transaction, id_: int, instrument: Questionnaire, loaded: Loaded, now: datetime
) -> None:
    """The newest version is corrected in place until its first answer; then it is locked."""
    found = await transaction.execute(
        select(questionnaire)
        .where(questionnaire.c.deliberation_id == id_, questionnaire.c.code == instrument.code)
        .order_by(questionnaire.c.version.desc())
        .limit(1)
    )
    newest = found.one_or_none()
    version = newest.version if newest is not None else 1
    document = to_document(instrument)
    document["version"] = version
    if newest is None:
        await transaction.execute(
            insert(questionnaire).values(
                deliberation_id=id_,
                code=instrument.code,
                version=1,
                document=document,
                created_at=now,
            )
        )
        loaded.changes.append(f"questionnaire {instrument.code}: created")
    elif _canonical(newest.document) != _canonical(document):
        if await _has_answers(transaction, newest.id):
            raise WordingLocked(
                f"questionnaire {instrument.code}: version {version} has answers, so its wording "
                "and codes are locked. Give the changed questionnaire another code, or undo the "
                "change; nothing was loaded."
            )
        await transaction.execute(
            update(questionnaire).where(questionnaire.c.id == newest.id).values(document=document)
        )
        loaded.changes.append(f"questionnaire {instrument.code}: changed (no answers yet)")


async def _has_answers(transaction: Transaction, questionnaire_id: int) -> bool:
    count = await transaction.execute(
        select(func.count())
        .select_from(response.join(answer, answer.c.response_id == response.c.id))
        .where(response.c.questionnaire_id == questionnaire_id)
    )
    return bool(count.scalar_one())


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
    await transaction.execute(
        insert(event).values(
            at=now,
            subject="wave",
            subject_id=f"{pack.code}/{plan.code}",
            actor="command line",
            source=source,
            target=target,
        )
    )


def _differing(row: Row[Any], values: Mapping[str, Any]) -> list[str]:
    return [name for name, value in values.items() if row._mapping[name] != value]


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, ensure_ascii=False)
