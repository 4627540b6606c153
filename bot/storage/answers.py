"""What participants said in some waves, read in one pass and in the order of participants.

An *instrument* is what a response answers to: a wave by its code, or `profile`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Deliberation
from bot.domain.deliberation import PROFILE
from bot.storage.columns import Key
from bot.storage.database import Database
from bot.storage.library import read_deliberation
from bot.storage.people import NoSuchDeliberation
from bot.storage.said import identity_of, said_in
from bot.storage.tables import deliberation, invitation, participant, questionnaire, response, wave
from bot.storage.waves import NoSuchWave

AnswerRow = Row[Any]  #: Columns: see `blocks`.

#: Rows fetched at once, each with all that somebody said in an instrument.
BLOCK = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read."""

    deliberation_id: int
    instruments: Mapping[str, int | None]  #: With the id of the wave; the profile has none.
    history: bool = False  #: All that is stored of an answer, and those that were replaced.
    personal: bool = False  #: What identifies, too.


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[AsyncConnection]:
    """The database as it stands now, whatever is written while it is being read."""
    async with database.reading() as connection:
        if not database.is_sqlite:  # there every read transaction is a snapshot
            await connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


async def deliberation_of(
    connection: AsyncConnection, code: str | None, instruments: Collection[str]
) -> Deliberation:
    """The deliberation `code`, or without a code the only one that has all `instruments`.

    Raises `NoSuchWave` or `NoSuchDeliberation`, with a list of what there is.
    """
    found = await connection.execute(
        select(deliberation.c.id, deliberation.c.code, deliberation.c.profile_code)
        .add_columns(wave.c.code.label("wave"))
        .outerjoin(wave, wave.c.deliberation_id == deliberation.c.id)
        .order_by(deliberation.c.code, wave.c.position)
    )
    known: dict[tuple[str, int], list[str]] = {}
    for row in found:
        listed = known.setdefault((row.code, row.id), [PROFILE] if row.profile_code else [])
        listed += [row.wave] if row.wave else []
    there = ", ".join(f"{own}/{each}" for (own, _), listed in known.items() for each in listed)
    there = f"there are: {there or 'none'}."
    meant = {key: listed for key, listed in known.items() if code in (None, key[0])}
    if not meant and code is not None:
        raise NoSuchDeliberation(f"no deliberation is called {code!r}; {there}")
    anywhere = {each for listed in meant.values() for each in listed}
    if strange := [each for each in instruments if each not in anywhere]:
        raise NoSuchWave(f"no wave is called {' or '.join(map(repr, strange))}; {there}")
    fitting = [id_ for (_, id_), listed in meant.items() if set(instruments) <= set(listed)]
    if len(fitting) != 1 or not instruments:
        raise NoSuchDeliberation(f"name one deliberation, and waves that it has; {there}")
    return await read_deliberation(connection, fitting[0])


async def questionnaires_used(
    connection: AsyncConnection, deliberation_id: int, instruments: Collection[str]
) -> list[tuple[str, int]]:
    """Instruments with the ids of the questionnaires that were answered in them."""
    found = await connection.execute(
        select(response.c.instrument, response.c.questionnaire_id)
        .join(questionnaire, questionnaire.c.id == response.c.questionnaire_id)
        .where(
            questionnaire.c.deliberation_id == deliberation_id,
            response.c.instrument.in_(instruments),
        )
        .distinct()
    )
    return [(instrument, id_) for instrument, id_ in found]


async def count_people(connection: AsyncConnection, reading: Reading) -> int:
    """How many `blocks` tells of."""
    part = _part(reading, connection.dialect.name == "sqlite")
    whose = part.with_only_columns(participant.c.id, maintain_column_froms=True).distinct()
    statement = select(func.count()).select_from(whose.subquery())
    return int((await connection.execute(statement)).scalar_one())


async def blocks(
    connection: AsyncConnection, reading: Reading
) -> AsyncGenerator[Sequence[AnswerRow], None]:
    """Everybody who was invited to one of the instruments or responded in it, by participant.

    For each of them and each of these instruments there is a row, in any order, with the invitation
    and the response; what there is not is None. No block ends within a participant. `said` is JSON
    as described in `bot.storage.said`. Values of personal items are in `identity` alone, which is
    read if they are wanted, and else None.
    """
    statement = _part(reading, connection.dialect.name == "sqlite").order_by(participant.c.id)
    rest: list[AnswerRow] = []
    async with connection.stream(statement, execution_options={"yield_per": BLOCK}) as result:
        async for rows in result.partitions():
            rows = [*rest, *rows]
            last = rows[-1].participant_id
            cut = len(rows)
            while cut and rows[cut - 1].participant_id == last:
                cut -= 1
            if cut:
                yield rows[:cut]
            rest = rows[cut:]
    if rest:
        yield rest


def _part(reading: Reading, sqlite: bool) -> Select[Any]:
    """Read in the order of an index, so that no database has to sort what was said."""
    each = union_all(
        *(
            select(literal(code, Text).label("code"), literal(id_, Key).label("wave_id"))
            for code, id_ in reading.instruments.items()
        )
    ).subquery("instrument")
    source = (
        participant.join(each, true())
        .outerjoin(
            response,
            (response.c.participant_id == participant.c.id)
            & (response.c.instrument == each.c.code),
        )
        .outerjoin(
            invitation,
            (invitation.c.participant_id == participant.c.id)
            & (invitation.c.wave_id == each.c.wave_id),
        )
    )
    # With the sign SQLite, which has no statistics, does not take the index of deliberations.
    whose: ColumnElement[Any] = participant.c.deliberation_id
    if sqlite:
        whose = literal_column("+participant.deliberation_id")
    identity = identity_of(participant.c.id, sqlite) if reading.personal else null()
    return (
        select(
            participant.c.id.label("participant_id"),
            participant.c.language.label("participant_language"),
            participant.c.timezone,
            participant.c.country,
            participant.c.cohort,
            participant.c.stratum,
            participant.c.arm,
            each.c.code.label("instrument"),
            invitation.c.invited_at,
            response.c.id.label("response_id"),
            response.c.status,
            response.c.questionnaire_id,
            response.c.language.label("response_language"),
            response.c.channel.label("response_channel"),
            response.c.started_at,
            response.c.completed_at,
            said_in(response.c.id, reading.history, sqlite).label("said"),
            identity.label("identity"),
        )
        .select_from(source)
        .where(whose == reading.deliberation_id)
        .where(
            or_(response.c.participant_id.is_not(None), invitation.c.participant_id.is_not(None))
        )
    )
