"""Loading questionnaires: corrected in place, made a new version, or refused, all together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from bot.domain.deliberation import Pack
from bot.domain.questionnaire import Questionnaire
from bot.domain.questionnaire_document import from_document, to_document
from bot.domain.revision import Correction, Revision, differences
from bot.domain.states import WaveStatus
from bot.storage.database import Transaction
from bot.storage.events import log_event
from bot.storage.loaded import Loaded
from bot.storage.media import by_digest
from bot.storage.tables import answer, questionnaire, response, wave

ACTOR = "command line"


class WordingLocked(Exception):
    """The questionnaire has answers already: its wording and codes are locked."""

    def __init__(self, changed: "Sequence[_Change]") -> None:
        lines = []
        for change in changed:
            lines.append(
                f"questionnaire {change.code}: version {change.version} has {change.answers} "
                "answer(s), so its wording and codes are locked. The pack differs:"
            )
            lines += _indented(change.revision.lines)
        lines.append(
            "Nothing was loaded. Undo these changes (translations alone may be corrected), or make "
            "a new version: minipublic load PACK --new-version"
        )
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class _Change:
    """A questionnaire of the pack that differs from its newest version."""

    instrument: Questionnaire  #: As the pack has it, with the number of the newest version.
    id: int  #: Of the newest version.
    answers: int  #: To the newest version.
    revision: Revision

    @property
    def code(self) -> str:
        return self.instrument.code

    @property
    def version(self) -> int:
        return self.instrument.version

    @property
    def locked(self) -> bool:
        return self.answers > 0 and self.revision.locked


async def load_questionnaires(
    transaction: Transaction,
    id_: int,
    pack: Pack,
    digests: Mapping[str, str],
    source: str,
    new_version: bool,
    loaded: Loaded,
    now: datetime,
) -> None:
    """Until its first answer the newest version is corrected in place; after it, in translations.

    Raises `WordingLocked`, before anything is written, for all questionnaires that have answers
    and differ in more than that, unless `new_version` is wanted.
    """
    newest = await _newest(transaction, id_)
    created: list[Questionnaire] = []
    changed: list[_Change] = []
    for packed in pack.questionnaires.values():
        instrument = by_digest(packed, digests)
        row = newest.get(instrument.code)
        if row is None:
            created.append(replace(instrument, version=1))
            continue
        revision = differences(from_document(row.document), instrument, source)
        if revision:
            numbered = replace(instrument, version=row.version)
            answers = await _count_answers(transaction, row.id)
            changed.append(_Change(numbered, row.id, answers, revision))
    locked = [change for change in changed if change.locked]
    if locked and not new_version:
        raise WordingLocked(locked)
    if new_version and not locked:
        loaded.notes.append("no new version: no questionnaire differs in anything that is locked")
    for instrument in created:
        await _insert(transaction, id_, instrument, now)
        loaded.changes.append(f"questionnaire {instrument.code}: created")
    for change in changed:
        if change.locked:
            await _add_version(transaction, id_, pack, change, loaded, now)
        else:
            await _correct(transaction, pack, change, loaded, now)


async def _newest(transaction: Transaction, id_: int) -> dict[str, Row[Any]]:
    """The newest version of each questionnaire, by its code."""
    found = await transaction.execute(
        select(questionnaire)
        .where(questionnaire.c.deliberation_id == id_)
        .order_by(questionnaire.c.version)
    )
    return {row.code: row for row in found}


async def _count_answers(transaction: Transaction, questionnaire_id: int) -> int:
    """Those that count; where one was replaced, another has taken its place."""
    found = await transaction.execute(
        select(func.count())
        .select_from(response.join(answer, answer.c.response_id == response.c.id))
        .where(response.c.questionnaire_id == questionnaire_id, answer.c.replaced_at.is_(None))
    )
    return int(found.scalar_one())


async def _insert(
    transaction: Transaction, id_: int, instrument: Questionnaire, now: datetime
) -> int:
    made = await transaction.execute(
        insert(questionnaire)
        .values(
            deliberation_id=id_,
            code=instrument.code,
            version=instrument.version,
            document=to_document(instrument),
            created_at=now,
        )
        .returning(questionnaire.c.id)
    )
    return int(made.scalar_one())


async def _correct(
    transaction: Transaction, pack: Pack, change: _Change, loaded: Loaded, now: datetime
) -> None:
    """Answers keep their version and the language they were asked in."""
    await transaction.execute(
        update(questionnaire)
        .where(questionnaire.c.id == change.id)
        .values(document=to_document(change.instrument))
    )
    if change.answers:
        for correction in change.revision.corrections:
            await log_event(
                transaction,
                "questionnaire",
                _subject_id(pack, change.instrument),
                None,
                "translation_corrected",
                ACTOR,
                now,
                **_detail(correction),
            )
        how = f"version {change.version}, translation corrected ({change.answers} answer(s))"
    else:
        how = "changed (no answers yet)"
    loaded.changes.append(f"questionnaire {change.code}: {how}")
    loaded.changes += _indented(change.revision.lines)


async def _add_version(
    transaction: Transaction, id_: int, pack: Pack, change: _Change, loaded: Loaded, now: datetime
) -> None:
    """Open waves ask the new version from now on; a response keeps the version it began with."""
    instrument = replace(change.instrument, version=change.version + 1)
    made = await _insert(transaction, id_, instrument, now)
    versions = select(questionnaire.c.id).where(
        questionnaire.c.deliberation_id == id_, questionnaire.c.code == change.code
    )
    bound = await transaction.execute(
        update(wave)
        .where(wave.c.status == WaveStatus.OPEN, wave.c.questionnaire_id.in_(versions))
        .values(questionnaire_id=made)
        .returning(wave.c.code)
    )
    waves = sorted(row.code for row in bound)
    lines = change.revision.lines
    await log_event(
        transaction,
        "questionnaire",
        _subject_id(pack, instrument),
        None,
        "new_version",
        ACTOR,
        now,
        differences=lines,
        waves=waves,
    )
    loaded.changes.append(
        f"questionnaire {change.code}: version {instrument.version}; version {change.version} "
        f"keeps its {change.answers} answer(s)"
    )
    loaded.changes += _indented(lines)
    loaded.changes += _indented(
        f"wave {code} asks version {instrument.version} from now on; whoever has begun finishes "
        "the version they began"
        for code in waves
    )


def _subject_id(pack: Pack, instrument: Questionnaire) -> str:
    return f"{pack.code}/{instrument.code}/{instrument.version}"


def _detail(correction: Correction) -> dict[str, str]:
    """What the event log keeps of a correction; what does not apply is left out."""
    detail = {
        "item": correction.item,
        "choice": correction.choice,
        "field": correction.field,
        "language": correction.language,
        "from": correction.before,
        "to": correction.after,
    }
    return {key: value for key, value in detail.items() if value is not None}


def _indented(lines: Any) -> list[str]:
    return [f"  {line}" for line in lines]
