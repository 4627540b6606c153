"""What happens to broadcasts by itself: they start, are held, end; organisers see it in their chat.

One process at a time does this, in one transaction; doing it twice changes nothing. Each broadcast
is attended to on its own: one that raises is named in the log, the others go on.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row

from bot.broadcasting import audience
from bot.broadcasting.progress import progress_line
from bot.broadcasting.staff import Resend, approve_row, resend_row, start_row
from bot.conversation.catalogue import SOURCE, Catalogues
from bot.conversation.effects import BroadcastAct
from bot.conversation.messages import Outgoing
from bot.conversation.ports import Clock
from bot.conversation.state import Deliberation
from bot.conversation.wordings import messages
from bot.domain.audience import Audience, BadAudience
from bot.domain.broadcast import BadBroadcast
from bot.domain.languages import best_language
from bot.domain.local_time import QuietHours
from bot.domain.states import BroadcastStatus, ForbiddenTransition
from bot.storage import broadcasts, organisers
from bot.storage.apart import apart
from bot.storage.broadcast_report import report
from bot.storage.database import Database, Transaction
from bot.storage.library import Library
from bot.storage.locks import leads

log = structlog.get_logger()

#: Between two changes of a progress line: Telegram limits edits too.
BETWEEN_LINES = timedelta(seconds=3)

B = BroadcastStatus


class Desk:
    """Looks at every broadcast that is not at its end."""

    def __init__(
        self,
        database: Database,
        library: Library,
        catalogues: Catalogues,
        clock: Clock,
        quiet: QuietHours,
    ) -> None:
        self._database = database
        self._library = library
        self._catalogues = catalogues
        self._clock = clock
        self._quiet = quiet

    async def run(self) -> None:
        """Do all that is due, unless there is nothing or another process is just at it."""
        async with self._database.reading() as connection:
            if not await broadcasts.at_hand(connection, self._clock.now()):
                return
        async with self._database.writing() as transaction:
            if not await leads(transaction, "broadcasts"):
                return
            now = self._clock.now()
            for id_, deliberation in await broadcasts.at_hand(transaction.connection, now):
                forget = partial(self._library.forget, deliberation)
                async with apart(transaction, forget, broadcast=id_):
                    row = await broadcasts.find_broadcast(transaction.connection, id_)
                    await self._attend(transaction, row, now)
                    await self._show_progress(transaction, id_, now)

    async def _attend(self, transaction: Transaction, row: Row[Any], now: datetime) -> None:
        if row.asked is not None:
            await self._do(BroadcastAct(row.asked), transaction, row, now)
            await broadcasts.note(transaction, row.id, asked=None)
            return
        match row.status:
            case B.DRAFT if row.previewed_at is None:
                await self._preview(transaction, row, now)
            case B.APPROVED if row.held_since is None and row.starts_at <= now:
                await self._start(transaction, row, now)
            case B.SENDING if not await broadcasts.is_under_way(transaction.connection, row.id):
                await broadcasts.move(transaction, row.id, B.DONE, "desk", now, ended_at=now)
            case B.CANCELLED:
                await broadcasts.cancel_queued(transaction, row.id, now)

    async def _do(
        self, act: BroadcastAct, transaction: Transaction, row: Row[Any], now: datetime
    ) -> None:
        """What an organiser has asked for in a chat."""
        actor = f"chat {row.conversation_id}"
        try:
            match act:
                case BroadcastAct.CONFIRM:
                    definition = await self._definition(transaction, row)
                    await approve_row(transaction, row, definition, self._quiet, now, actor)
                case BroadcastAct.START | BroadcastAct.RESUME:
                    await start_row(transaction, row, self._quiet, now, actor)
                case BroadcastAct.MISSING | BroadcastAct.UNKNOWN:
                    await resend_row(transaction, row, Resend(act), self._quiet, now, actor)
        except (BadBroadcast, BadAudience) as refusal:
            await self._refuse(transaction, row, refusal, now)
        except ForbiddenTransition as refusal:  # somebody else was quicker
            log.info("what an organiser asked for is not possible", reason=str(refusal))

    async def _start(self, transaction: Transaction, row: Row[Any], now: datetime) -> None:
        if not broadcasts.is_too_late(row, now):
            await start_row(transaction, row, self._quiet, now, "desk")
            return
        await broadcasts.hold(transaction, row, now)
        log.warning(
            "a broadcast should have started long ago and is held; "
            "start it with `minipublic broadcast start`, or cancel it",
            broadcast=row.id,
            starts_at=row.starts_at.isoformat(),
        )

    async def _preview(self, transaction: Transaction, row: Row[Any], now: datetime) -> None:
        """Show a new draft to its organiser as citizens will see it, with how many they are."""
        definition = await self._definition(transaction, row)
        draft = broadcasts.drafted(row)
        try:
            found = await audience.look(transaction.connection, draft, definition, now)
            if not found.count:
                raise BadBroadcast("nobody of those described can be reached")
        except (BadBroadcast, BadAudience) as refusal:
            await self._refuse(transaction, row, refusal, now)
            return
        where = await organisers.chat(transaction.connection, row.conversation_id)
        if where is not None:
            shown = messages(draft.texts, definition, definition.timezone).values()
            summary = self._summary(row, found, self._language(where))
            await organisers.say(transaction, where, [*shown, summary], now)
        await broadcasts.note(transaction, row.id, previewed_at=now)

    def _summary(self, row: Row[Any], found: Audience, language: str) -> Outgoing:
        left_out = ", ".join(f"{count} {reason}" for reason, count in found.left_out.items())
        languages = ", ".join(f"{count} {name}" for name, count in found.by_language.most_common())
        sample = ", ".join(
            " ".join(filter(None, (p.id, p.language, str(p.facts["country"]))))
            for p in found.sample
        )
        text = self._catalogues.text(
            language,
            "broadcast-preview",
            {
                "count": found.count,
                "languages": languages,
                "left_out": left_out or "0",
                "sample": sample,
                "code": row.code,
            },
        )
        return Outgoing(text=text, language=language, key="broadcast-preview")

    async def _refuse(
        self, transaction: Transaction, row: Row[Any], refusal: Exception, now: datetime
    ) -> None:
        log.warning("a broadcast cannot be sent", broadcast=row.id, reason=str(refusal))
        if row.status == B.DRAFT:
            await broadcasts.cancel(transaction, row.id, "desk", now)
        where = await organisers.chat(transaction.connection, row.conversation_id)
        if where is not None:
            language = self._language(where)
            key = "broadcast-nobody"
            refused = Outgoing(
                text=self._catalogues.text(language, key), language=language, key=key
            )
            await organisers.say(transaction, where, [refused], now)

    async def _show_progress(self, transaction: Transaction, id_: str, now: datetime) -> None:
        """The progress line: one message, edited in place as long as something changes."""
        row = await broadcasts.find_broadcast(transaction.connection, id_)
        where = row.watched and await organisers.chat(transaction.connection, row.conversation_id)
        if not where:
            return
        figures = await report(transaction.connection, id_, now)
        language = self._language(where)
        line = progress_line(figures, row, self._catalogues, language)
        shown = row.progress
        replaces = None
        if shown and line.text != shown["text"]:
            first = await organisers.delivery(transaction.connection, shown["first"])
            last = await organisers.delivery(transaction.connection, shown["last"])
            too_soon = now - datetime.fromisoformat(shown["at"]) < BETWEEN_LINES
            if too_soon or last is None or last.status in broadcasts.LIVE:
                return
            replaces = first.external_id
        if not shown or line.text != shown["text"]:
            said = await organisers.say(transaction, where, [replace(line, replaces=replaces)], now)
            shown = {
                "text": line.text,
                "at": now.isoformat(),
                "first": shown["first"] if shown else said[0],
                "last": said[0],
            }
        is_over = row.status in (B.DONE, B.CANCELLED)
        await broadcasts.note(transaction, id_, progress=shown, watched=not is_over)

    async def _definition(self, transaction: Transaction, row: Row[Any]) -> Deliberation:
        return await self._library.one(transaction.connection, row.deliberation_id)

    def _language(self, where: Row[Any]) -> str:
        chosen = where.language or where.hint
        return best_language(chosen, self._catalogues.languages) or SOURCE
