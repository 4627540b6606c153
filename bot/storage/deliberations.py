"""Loading a pack: what it defines becomes rows, and only what changed is written."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.domain.deliberation import Pack
from bot.storage.database import Database, Transaction
from bot.storage.definition_lock import change_definitions
from bot.storage.events import log_event
from bot.storage.library import parts_document, release_document
from bot.storage.loaded import Loaded, differing, in_words
from bot.storage.loading_questionnaires import ACTOR, WordingLocked, load_questionnaires
from bot.storage.loading_waves import WaveIsOpen, load_waves
from bot.storage.media import store_media
from bot.storage.tables import briefing, consent_text, deliberation
from bot.storage.time_zones import follow_default

__all__ = ["Loaded", "WaveIsOpen", "WordingLocked", "load_pack"]


async def load_pack(
    database: Database,
    pack: Pack,
    now: datetime,
    *,
    new_version: bool = False,
    withdraw_open: bool = False,
    dry_run: bool = False,
) -> Loaded:
    """Create or update a deliberation. Loading the same pack again changes nothing. What it does
    not have any more is withdrawn, and restored when it comes back.

    Raises `WordingLocked`, and changes nothing, where questionnaires that have answers differ in
    more than translations, unless `new_version` is wanted; and `WaveIsOpen` where an open wave is
    no longer in the pack, unless it is to be closed: `withdraw_open`. With `dry_run` it does all
    the same and then undoes it.
    """
    loaded = Loaded(pack.code)
    async with database.writing() as transaction, transaction.connection.begin_nested() as whole:
        digests = await store_media(transaction, pack.media)
        await change_definitions(transaction)
        id_, source = await _load_deliberation(transaction, pack, loaded, now)
        await _load_consent(transaction, id_, pack, loaded, now)
        await load_questionnaires(transaction, id_, pack, digests, source, new_version, loaded, now)
        await _load_briefings(transaction, id_, pack, digests, loaded, now)
        await load_waves(transaction, id_, pack, withdraw_open, loaded, now)
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
        "return_check": pack.return_check,
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
    if changed := differing(row, values):
        await transaction.execute(
            update(deliberation).where(deliberation.c.id == row.id).values(**values)
        )
        loaded.changes.append(f"deliberation {pack.code}: {', '.join(changed)} changed")
        if "timezone" in changed:
            await follow_default(transaction, row.id, pack.timezone)
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
    transaction: Transaction,
    id_: int,
    pack: Pack,
    digests: Mapping[str, str],
    loaded: Loaded,
    now: datetime,
) -> None:
    found = await transaction.execute(select(briefing).where(briefing.c.deliberation_id == id_))
    known = {row.code: row for row in found}
    for position, new in enumerate(pack.briefings):
        values = {
            "position": position,
            "release": release_document(new.release),
            "titles": dict(new.titles),
            "parts": parts_document(new, digests),
            "withdrawn_at": None,
        }
        row = known.pop(new.code, None)
        if row is None:
            await transaction.execute(
                insert(briefing).values(deliberation_id=id_, code=new.code, **values)
            )
            loaded.changes.append(f"briefing {new.code}: created")
        elif changed := differing(row, values):
            await transaction.execute(
                update(briefing).where(briefing.c.id == row.id).values(**values)
            )
            loaded.changes.append(f"briefing {new.code}: {in_words(changed)}")
    for code, row in known.items():
        if row.withdrawn_at is None:
            await transaction.execute(
                update(briefing).where(briefing.c.id == row.id).values(withdrawn_at=now)
            )
            loaded.changes.append(f"briefing {code}: no longer in the pack, withdrawn")
