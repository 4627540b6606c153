"""Loading waves: planned anew until they open, closed only if that is wanted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from bot.domain.deliberation import Pack, WavePlan
from bot.domain.states import WaveStatus
from bot.storage.database import Transaction
from bot.storage.events import log_event
from bot.storage.loaded import Loaded, differing, in_words
from bot.storage.loading_questionnaires import ACTOR
from bot.storage.tables import wave
from bot.storage.waves import close_wave, open_wave


class WaveIsOpen(Exception):
    """An open wave is no longer in the pack."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(
            "\n".join(
                [
                    *(f"wave {code} is open, and no longer in the pack." for code in codes),
                    "Nothing was loaded. Put it back, or have it closed: what was begun and not "
                    "finished becomes partial. minipublic load PACK --withdraw-open",
                ]
            )
        )


async def load_waves(
    transaction: Transaction,
    id_: int,
    pack: Pack,
    withdraw_open: bool,
    loaded: Loaded,
    now: datetime,
) -> None:
    """What the pack does not have any more is withdrawn: it never opens by itself.

    Raises `WaveIsOpen` where one of these is open, unless it is to be closed.
    """
    found = await transaction.execute(select(wave).where(wave.c.deliberation_id == id_))
    known = {row.code: row for row in found}
    gone = [row for code, row in known.items() if code not in {each.code for each in pack.waves}]
    still_open = [row.code for row in gone if row.status == WaveStatus.OPEN]
    if still_open and not withdraw_open:
        raise WaveIsOpen(still_open)
    for position, plan in enumerate(pack.waves):
        row = known.get(plan.code)
        if row is None:
            await _create(transaction, id_, pack, plan, position, loaded, now)
        else:
            await _update(transaction, pack, plan, row, position, loaded, now)
    for row in gone:
        if row.withdrawn_at is None:
            await _withdraw(transaction, pack, row, loaded, now)


async def _create(
    transaction: Transaction,
    id_: int,
    pack: Pack,
    plan: WavePlan,
    position: int,
    loaded: Loaded,
    now: datetime,
) -> None:
    status, values = _status(plan), _values(plan, position)
    await transaction.execute(
        insert(wave).values(deliberation_id=id_, code=plan.code, status=status, **values)
    )
    await _log(transaction, pack, plan.code, None, status, now)
    loaded.changes.append(f"wave {plan.code}: {status}")


async def _update(
    transaction: Transaction,
    pack: Pack,
    plan: WavePlan,
    row: Row[Any],
    position: int,
    loaded: Loaded,
    now: datetime,
) -> None:
    values = _values(plan, position)
    if row.status in (WaveStatus.DRAFT, WaveStatus.SCHEDULED):
        values["status"] = _status(plan)
        if plan.opens.at != row.opens_at:
            values["held_since"] = None  # staff have decided on another time
    changed = differing(row, values)
    if not changed:
        return
    await transaction.execute(update(wave).where(wave.c.id == row.id).values(**values))
    if "status" in changed:
        await _log(transaction, pack, plan.code, row.status, values["status"], now)
    words = in_words(changed)
    if _was_withdrawn_open(row) and (plan.closes is None or plan.closes > now):
        await open_wave(transaction, row, ACTOR, now)
        words += "; open again"
    loaded.changes.append(f"wave {plan.code}: {words}")


async def _withdraw(
    transaction: Transaction, pack: Pack, row: Row[Any], loaded: Loaded, now: datetime
) -> None:
    """A wave that was open is closed, one that was to open is a draft; a closed one stays."""
    values: dict[str, Any] = {"withdrawn_at": now}
    become = row.status
    if row.status == WaveStatus.OPEN:
        await close_wave(transaction, row, ACTOR, now)
        become = WaveStatus.CLOSED
    elif row.status == WaveStatus.SCHEDULED:
        become = WaveStatus.DRAFT
        values |= {"status": become, "held_since": None}
        await _log(transaction, pack, row.code, row.status, become, now)
    await transaction.execute(update(wave).where(wave.c.id == row.id).values(**values))
    loaded.changes.append(f"wave {row.code}: no longer in the pack, withdrawn; it is {become}")


def _was_withdrawn_open(row: Row[Any]) -> bool:
    return bool(row.withdrawn_at is not None and row.closed_at == row.withdrawn_at)


def _status(plan: WavePlan) -> WaveStatus:
    opens_by_itself = plan.opens.on_enrolment or plan.opens.at is not None
    return WaveStatus.SCHEDULED if opens_by_itself else WaveStatus.DRAFT


def _values(plan: WavePlan, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "questionnaire_code": plan.questionnaire,
        "on_enrolment": plan.opens.on_enrolment,
        "opens_at": plan.opens.at,
        "closes_at": plan.closes,
        "grace": int(plan.grace.total_seconds()),
        "reminders": [int(each.total_seconds()) for each in plan.reminders],
        "withdrawn_at": None,
    }


async def _log(
    transaction: Transaction,
    pack: Pack,
    code: str,
    source: str | None,
    target: WaveStatus,
    now: datetime,
) -> None:
    await log_event(transaction, "wave", f"{pack.code}/{code}", source, target, ACTOR, now)
