"""Everything that is held on one participant, as a file for that participant.

It is made while it is sent or fetched, piece by piece, and kept nowhere: the outbox and
the mailboxes hold its name alone, so no file can hold those before it.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, cast, func, or_, select

from bot.conversation.messages import Document, Outgoing
from bot.conversation.ports import Clock
from bot.domain.own_data import LARGEST
from bot.domain.states import DeliveryStatus
from bot.storage.away import away_is_told
from bot.storage.columns import has_status
from bot.storage.database import Database, Transaction
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
    invitation_code,
    organiser,
    outbox,
    participant,
    reading,
    response,
    wave,
)

FILENAME = "my-data.json"
KEY = "mydata-file"

#: Rows that are read at once, each of a few kilobytes at most.
ROWS = 100


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the file. Where it is long, `by` is the key by which it is read in pieces, the
    newest first."""

    name: str
    rows: Select[Any]
    by: ColumnElement[Any] | None = None


class StoredDocuments:
    """Makes files for those whom they are about."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def pieces(self, document: Document) -> AsyncIterator[bytes]:
        """The content of `document`: at most `LARGEST` bytes, and what it leaves out for that.

        No transaction is open between two pieces. Raise `LookupError` if the person is not known
        (any more), or `StoreUnavailable`.
        """
        who = document.of or ""
        if not await self._rows(select(participant.c.id).where(participant.c.id == who)):
            raise LookupError("the person whom this file is about is not known")
        yield f'{{\n"made_at": {_json(self._clock.now())}'.encode()
        room = LARGEST
        left_out = {}
        for section in sections(who):
            yield f',\n"{section.name}": ['.encode()
            share = room // 2  # so that the last lists find room too
            shown = 0
            async for row in self._section(section):
                text = f"{',' if shown else ''}\n{_json(row)}".encode()
                if len(text) > share:
                    oldest = await self._count(section) - shown
                    left_out[section.name] = f"the oldest {oldest}: the file would be too large"
                    break
                yield text
                shown += 1
                share -= len(text)
                room -= len(text)
            yield b"]"
        yield f',\n"left_out": {_json(left_out)}\n}}\n'.encode()

    async def _section(self, section: Section) -> AsyncIterator[dict[str, Any]]:
        if section.by is None:
            for row in await self._rows(section.rows):
                yield row
            return
        page = section.rows.add_columns(section.by.label("_by")).order_by(section.by.desc())
        wanted = page.limit(ROWS)
        while rows := await self._rows(wanted):
            last = rows[-1]["_by"]
            for row in rows:
                del row["_by"]
                yield row
            wanted = page.where(section.by < last).limit(ROWS)

    async def _count(self, section: Section) -> int:
        (row,) = await self._rows(
            select(func.count().label("n")).select_from(section.rows.subquery())
        )
        return int(row["n"])

    async def _rows(self, statement: Select[Any]) -> list[dict[str, Any]]:
        with away_is_told():
            async with self._database.reading() as connection:
                return [dict(row._mapping) for row in await connection.execute(statement)]


async def own_data_message(transaction: Transaction, who: str, language: str) -> Outgoing | None:
    """The message that brings the file; None while an earlier one waits, which brings the same."""
    waits = select(outbox.c.id).where(
        outbox.c.participant_id == who,
        has_status(outbox, DeliveryStatus.QUEUED, DeliveryStatus.SENDING),
        outbox.c.body["key"].as_string() == KEY,
    )
    if (await transaction.execute(waits)).first() is not None:
        return None
    return Outgoing(text="", language=language, key=KEY, document=Document(FILENAME, who))


def sections(who: str) -> list[Section]:
    """What is held, the least bulky first."""
    conversations = select(conversation.c.id).where(
        or_(
            conversation.c.participant_id == who,
            conversation.c.id.in_(
                select(participant.c.conversation_id).where(participant.c.id == who)
            ),
        )
    )

    def of_person(table: Table) -> ColumnElement[bool]:
        """Theirs, or from before anybody knew who was speaking."""
        before = table.c.participant_id.is_(None) & table.c.conversation_id.in_(conversations)
        return or_(table.c.participant_id == who, before)

    answers = (
        select(response.c.instrument, answer)
        .join(response, response.c.id == answer.c.response_id)
        .where(response.c.participant_id == who)
    )
    return [
        Section("participant", select(participant).where(participant.c.id == who)),
        Section("identity", select(identity).where(identity.c.participant_id == who)),
        Section(
            "invitation_codes",
            select(invitation_code).where(invitation_code.c.participant_id == who),
        ),
        Section("addresses", select(address).where(address.c.conversation_id.in_(conversations))),
        Section("conversations", select(conversation).where(conversation.c.id.in_(conversations))),
        Section(
            "organiser", select(organiser).where(organiser.c.conversation_id.in_(conversations))
        ),
        Section(
            "consents",
            select(consent, consent_text.c.version)
            .join(consent_text, consent_text.c.id == consent.c.consent_text_id)
            .where(consent.c.participant_id == who),
            consent.c.id,
        ),
        Section(
            "invitations",
            select(
                wave.c.code,
                invitation.c.invited_at,
                invitation.c.told_at,
                invitation.c.reminders_sent,
            )
            .join(wave, wave.c.id == invitation.c.wave_id)
            .where(invitation.c.participant_id == who),
        ),
        Section("responses", select(response).where(response.c.participant_id == who)),
        Section("answers", answers.where(answer.c.replaced_at.is_(None)), answer.c.id),
        Section("answers_replaced", answers.where(answer.c.replaced_at.is_not(None)), answer.c.id),
        Section("briefings_read", select(reading).where(reading.c.participant_id == who)),
        Section(
            "events",
            select(event.c.at, event.c.source, event.c.target).where(
                event.c.subject == "participant", event.c.subject_id == who
            ),
            event.c.id,
        ),
        Section(
            "messages_received",
            select(inbox.c.received_at, inbox.c.channel, inbox.c.status, _body(inbox)).where(
                of_person(inbox)
            ),
            inbox.c.id,
        ),
        Section(
            "messages_sent",
            select(outbox.c.ended_at, outbox.c.kind, outbox.c.status, _body(outbox)).where(
                of_person(outbox),
            ),
            outbox.c.id,
        ),
    ]


def _body(table: Table) -> ColumnElement[Any]:
    """As text, for a body that cannot be read must not cost the person their file."""
    return cast(table.c.body, Text).label("body")


def _json(value: object) -> str:
    if isinstance(value, dict) and isinstance(value.get("body"), str):
        with contextlib.suppress(ValueError):
            value = value | {"body": json.loads(value["body"])}
    return json.dumps(value, ensure_ascii=False, indent=2, default=_readable)


def _readable(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
