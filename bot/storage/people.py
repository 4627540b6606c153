"""How people find in: invitation codes, and which deliberation a bot serves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.presented_codes import RETURN_CHECK
from bot.storage.tables import bot_binding, deliberation, identity, invitation_code


class NoSuchDeliberation(LookupError):
    """There is no such deliberation, or none was named where there are several."""


class NoSuchCode(LookupError):
    """`minipublic invite list` shows the codes."""


async def deliberation_codes(database: Database) -> list[str]:
    async with database.reading() as connection:
        found = await connection.execute(select(deliberation.c.code).order_by(deliberation.c.code))
        return list(found.scalars())


async def make_invitation_codes(
    database: Database,
    deliberation_code: str | None,
    codes: Sequence[str],
    *,
    most_uses: int,
    expires_at: datetime | None,
    cohort: str | None,
    stratum: str | None,
    now: datetime,
    organiser: str | None = None,
) -> None:
    """Store new codes; with `organiser`, a name, they open the organisers' door.

    Raises `NoSuchDeliberation`.
    """
    async with database.writing() as transaction:
        id_ = await deliberation_id(transaction.connection, deliberation_code)
        await transaction.connection.execute(
            insert(invitation_code),
            [
                {
                    "deliberation_id": id_,
                    "code": code,
                    "most_uses": most_uses,
                    "expires_at": expires_at,
                    "cohort": cohort,
                    "stratum": stratum,
                    "organiser": organiser,
                    "created_at": now,
                }
                for code in codes
            ],
        )


async def invitation_codes(connection: AsyncConnection) -> list[Row[Any]]:
    """All that were made for citizens, with the code of their deliberation. Who joined by which is
    not told: staff who send codes to people by name would learn the names of pseudonyms."""
    found = await connection.execute(
        select(
            *(
                invitation_code.c[name]
                for name in ("code", "uses", "most_uses", "expires_at", "cohort", "stratum")
            ),
            invitation_code.c.replaced_at,
            deliberation.c.code.label("deliberation"),
        )
        .join(deliberation, deliberation.c.id == invitation_code.c.deliberation_id)
        .where(invitation_code.c.organiser.is_(None))
        .order_by(invitation_code.c.id)
    )
    return [*found]


async def reissue_code(
    database: Database, old: str, new: str, now: datetime, *, forget_check: bool
) -> None:
    """`new` does all that `old` did, and leads back to the same person; `old` is dead.

    With `forget_check` the person is asked for a new answer when coming back. Raises `NoSuchCode`.
    """
    codes = invitation_code.c
    async with database.writing() as transaction:
        found = await transaction.execute(
            select(invitation_code).where(
                codes.code == old, codes.replaced_at.is_(None), codes.organiser.is_(None)
            )
        )
        row = found.one_or_none()
        if row is None:
            raise NoSuchCode(f"there is no valid code {old!r}. {NoSuchCode.__doc__}")
        kept = {
            name: row._mapping[name]
            for name in (
                *("deliberation_id", "most_uses", "uses", "expires_at", "cohort", "stratum"),
                "participant_id",
            )
        }
        await transaction.execute(
            update(invitation_code)
            .where(codes.id == row.id)
            .values(replaced_at=now, participant_id=None)
        )
        await transaction.execute(insert(invitation_code).values(code=new, created_at=now, **kept))
        if forget_check and row.participant_id:
            await transaction.execute(
                delete(identity).where(
                    identity.c.participant_id == row.participant_id,
                    identity.c.item == RETURN_CHECK,
                )
            )


async def bind_bot(database: Database, channel: str, bot: str, deliberation_code: str) -> None:
    """From now on whoever writes to `bot` for the first time meets this deliberation.

    Raises `NoSuchDeliberation`.
    """
    async with database.writing() as transaction:
        id_ = await deliberation_id(transaction.connection, deliberation_code)
        await transaction.execute(
            delete(bot_binding).where(bot_binding.c.channel == channel, bot_binding.c.bot == bot)
        )
        await transaction.execute(
            insert(bot_binding).values(channel=channel, bot=bot, deliberation_id=id_)
        )
        await transaction.execute(
            update(deliberation)
            .where(deliberation.c.id == id_)
            .values(revision=deliberation.c.revision + 1)
        )


async def deliberation_id(connection: AsyncConnection, code: str | None) -> int:
    """The deliberation `code`, or the only one there is. Raises `NoSuchDeliberation`."""
    found = await connection.execute(select(deliberation.c.id, deliberation.c.code))
    by_code = {row.code: row.id for row in found}
    if code is None and len(by_code) == 1:
        return int(next(iter(by_code.values())))
    if code is None or code not in by_code:
        there = ", ".join(sorted(by_code)) or "none; load one with `minipublic load PACK`"
        raise NoSuchDeliberation(
            f"{'name one of the deliberations' if code is None else f'no deliberation {code!r}'}: "
            f"there are {there}"
        )
    return int(by_code[code])
