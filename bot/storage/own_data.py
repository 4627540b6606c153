"""Everything that is held on one participant, as a file for that participant."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.messages import Document, Outgoing
from bot.storage.tables import (
    address,
    answer,
    consent,
    consent_text,
    conversation,
    event,
    identity,
    inbox,
    invitation,
    outbox,
    participant,
    reading,
    response,
    wave,
)


async def data_file(
    connection: AsyncConnection, who: str, language: str, now: datetime
) -> Outgoing:
    """A JSON file with every row that concerns the participant `who`."""
    mine = participant.c.id == who
    addresses = select(conversation.c.id).where(
        or_(
            conversation.c.participant_id == who,
            conversation.c.id.in_(select(participant.c.conversation_id).where(mine)),
        )
    )

    async def rows(statement: Any) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in await connection.execute(statement)]

    def of(table: Table, *columns: str) -> Any:
        wanted = [table.c[name] for name in columns] if columns else [table]
        return select(*wanted).where(table.c.participant_id == who)

    held = {
        "made_at": now,
        "participant": await rows(select(participant).where(mine)),
        "addresses": await rows(select(address).where(address.c.conversation_id.in_(addresses))),
        "identity": await rows(of(identity)),
        "consents": await rows(
            select(consent, consent_text.c.version)
            .join(consent_text, consent_text.c.id == consent.c.consent_text_id)
            .where(consent.c.participant_id == who)
        ),
        "invitations": await rows(
            select(wave.c.code, invitation.c.invited_at, invitation.c.reminders_sent)
            .join(wave, wave.c.id == invitation.c.wave_id)
            .where(invitation.c.participant_id == who)
        ),
        "responses": await rows(of(response)),
        "answers": await rows(
            select(response.c.instrument, answer)
            .join(response, response.c.id == answer.c.response_id)
            .where(response.c.participant_id == who)
            .order_by(answer.c.id)
        ),
        "briefings_read": await rows(of(reading)),
        "messages_received": await rows(
            select(inbox.c.received_at, inbox.c.channel, inbox.c.status, inbox.c.body)
            .where(inbox.c.conversation_id.in_(addresses))
            .order_by(inbox.c.id)
        ),
        "messages_sent": await rows(
            select(outbox.c.ended_at, outbox.c.kind, outbox.c.status, outbox.c.body)
            .where(outbox.c.conversation_id.in_(addresses))
            .order_by(outbox.c.id)
        ),
        "events": await rows(
            select(event.c.at, event.c.source, event.c.target).where(
                event.c.subject == "participant", event.c.subject_id == who
            )
        ),
    }
    text = json.dumps(held, ensure_ascii=False, indent=2, default=_readable)
    return Outgoing(
        text="", language=language, key="mydata-file", document=Document("my-data.json", text)
    )


def _readable(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
