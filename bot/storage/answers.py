"""What participants said in some waves, read in one pass and in the order of participants.

An *instrument* is what a response answers to: a wave by its code, or `profile`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    and_,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Deliberation
from bot.domain.deliberation import PROFILE
from bot.storage.database import Database
from bot.storage.library import read_deliberation
from bot.storage.people import NoSuchDeliberation
from bot.storage.tables import answer, deliberation, invitation, participant, response, wave
from bot.storage.waves import NoSuchWave

AnswerRow = Row[Any]  #: Columns: see `blocks`.

#: Rows fetched at once: whoever else is served by this process waits while they are decoded, which
#: takes some twenty milliseconds.
BLOCK = 1_000


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
        .join(participant, participant.c.id == response.c.participant_id)
        .where(
            participant.c.deliberation_id == deliberation_id,
            response.c.instrument.in_(instruments),
        )
        .distinct()
    )
    return [(instrument, id_) for instrument, id_ in found]


async def blocks(
    connection: AsyncConnection,
    deliberation_id: int,
    instruments: Collection[str],
    *,
    history: bool,
) -> AsyncGenerator[Sequence[AnswerRow], None]:
    """Everybody who was invited to one of `instruments` or responded in it, by participant.

    For each of them and each instrument there is a row with the invitation and the response, then
    one for each answer, in the order given; what does not belong in a row is None. Replaced answers
    come with `history` alone. No block ends within a participant. Values of personal items are not
    there: they are kept in `identity`, which is not read.
    """
    statement = _statement(deliberation_id, instruments, history)
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


#: The columns of a row with the invitation and the response, and of one with an answer.
_PART = (
    participant.c.language.label("participant_language"),
    participant.c.country,
    participant.c.cohort,
    participant.c.stratum,
    participant.c.arm,
    invitation.c.invited_at,
    response.c.status,
    response.c.questionnaire_id,
    response.c.language.label("response_language"),
    response.c.channel.label("response_channel"),
    response.c.started_at,
    response.c.completed_at,
)
_ANSWER = (
    answer.c.item,
    answer.c.kind,
    answer.c.value,
    answer.c.language,
    answer.c.channel,
    answer.c.asked_at,
    answer.c.answered_at,
    answer.c.replaced_at,
)


def _statement(
    deliberation_id: int, instruments: Collection[str], history: bool
) -> CompoundSelect[Any]:
    responded = (
        select(response.c.participant_id, response.c.instrument)
        .join(participant, participant.c.id == response.c.participant_id)
        .where(participant.c.deliberation_id == deliberation_id)
        .where(response.c.instrument.in_(instruments))
    )
    invited = (
        select(invitation.c.participant_id, wave.c.code)
        .join(wave, wave.c.id == invitation.c.wave_id)
        .where(wave.c.deliberation_id == deliberation_id, wave.c.code.in_(instruments))
    )
    part = responded.union(invited).subquery("part")
    parts = (
        select(part.c.participant_id, part.c.instrument, literal(0).label("place"))
        .add_columns(*_PART, *map(_none, _ANSWER))
        .join(participant, participant.c.id == part.c.participant_id)
        .outerjoin(
            wave, and_(wave.c.deliberation_id == deliberation_id, wave.c.code == part.c.instrument)
        )
        .outerjoin(
            invitation,
            and_(
                invitation.c.participant_id == participant.c.id, invitation.c.wave_id == wave.c.id
            ),
        )
        .outerjoin(
            response,
            and_(
                response.c.participant_id == participant.c.id,
                response.c.instrument == part.c.instrument,
            ),
        )
    )
    answers = responded.add_columns(answer.c.id, *map(_none, _PART), *_ANSWER).join(
        answer, answer.c.response_id == response.c.id
    )
    if not history:
        answers = answers.where(answer.c.replaced_at.is_(None))
    return parts.union_all(answers).order_by("participant_id", "instrument", "place")


def _none(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """None in the place of `column`: decoding the same response for each answer takes longest."""
    return type_coerce(null(), column.type).label(column.name)
