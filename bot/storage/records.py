"""Rows as the frozen records that turns read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.conversation.messages import Heard, IncomingKind
from bot.conversation.state import Conversation, Organiser, Participant, Place, Put, Somebody
from bot.domain.states import BroadcastStatus, ParticipantStatus
from bot.domain.words import without_marks


def to_heard(row: Row[Any]) -> Heard:
    return Heard(
        id=row.id,
        channel=row.channel,
        kind=IncomingKind(row.body["kind"]),
        text=without_marks(row.body["text"]),
        pressed_message=row.body["pressed_message"],
        press=row.body["press"],
        received_at=row.received_at,
        message=row.body.get("message"),
    )


def to_place(name: str, data: Mapping[str, Any], put: Sequence[Any] | None = None) -> Place:
    return Place(name, data, Put(*put) if put else None)


def place_document(place: Place) -> list[Any]:
    """`to_place` reads it. What has no question is as in older releases."""
    put = place.put
    kept = [[put.number, put.asked, put.language]] if put else []
    return [place.name, dict(place.data), *kept]


def to_conversation(row: Row[Any], of: Somebody | None) -> Conversation:
    """With `of`, as that participant's, whosever it was."""
    current = of.participant if of else None
    return Conversation(
        id=row.id,
        channel=row.channel,
        bot=row.bot,
        deliberation_id=current.deliberation_id if current else row.deliberation_id,
        participant_id=current.id if current else row.participant_id,
        language=row.language,
        hint=row.hint,
        places=tuple(to_place(*stored) for stored in row.places),
        asked=row.asked,
        asked_at=row.asked_at,
        offered=tuple((value, label) for value, label in row.offered),
        strikes=row.strikes,
        blocked=row.blocked_at is not None,
        typed=tuple((message, response, item) for message, response, item in row.typed or ()),
        wrong_codes=row.wrong_codes,
        wrong_code_at=row.wrong_code_at,
    )


def to_organiser(
    row: Row[Any], broadcasts: Mapping[int, Mapping[str, BroadcastStatus]]
) -> Organiser:
    return Organiser(
        id=row.organiser_id,
        deliberation_id=row.organises,
        name=row.organiser_name,
        broadcasts=broadcasts.get(row.organises, {}),
    )


def to_participant(row: Row[Any]) -> Participant:
    return Participant(
        id=row.id,
        deliberation_id=row.deliberation_id,
        status=ParticipantStatus(row.status),
        language=row.language,
        timezone=row.timezone,
        timezone_said=row.timezone_said,
        country=row.country,
        cohort=row.cohort,
        stratum=row.stratum,
        profile=row.profile,
        enrolled_at=row.enrolled_at,
        files_asked=tuple(map(datetime.fromisoformat, row.files_asked or ())),
        met_at=row.conversation_id,
        by_code=row.by_code,
    )
