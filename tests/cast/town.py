"""The town: the whole application in this process, with a settable clock and loopback far sides."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select, text

from bot.app import App
from bot.broadcasting import staff as broadcasting
from bot.conversation.catalogue import FIRST_STRONG_ISOLATE, LOCALES, POP_ISOLATE, Catalogues
from bot.domain.broadcast import BroadcastText
from bot.domain.deliberation import Pack
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType
from bot.packs.load import read_pack
from bot.scheduling import staff
from bot.settings import Role, Settings
from bot.storage.broadcast_report import Report
from bot.storage.broadcasts import Draft
from bot.storage.deliberations import load_pack
from bot.storage.organisers import revoke
from bot.storage.people import make_invitation_codes
from bot.storage.tables import answer, broadcast, event, participant, response, wave
from tests.cast.telegram_server import TelegramServer

if TYPE_CHECKING:
    from tests.cast.citizens import Citizen

TOKEN = "42:TEST"
PARKS = Path(__file__).parent / "parks"
CATALOGUES = Catalogues(LOCALES)


def item(type_: ItemType, code: str, **more: Any) -> Item:
    """In the languages of `parks`; its words are made of its code."""
    label = {"en": f"{code}?", "es": f"¿{code}?", "ar": f"{code}؟"}
    return Item(code, type_, more.pop("label", label), **more)


def choices(*labels: str, **missing: AnswerKind) -> tuple[ItemChoice, ...]:
    """Each with its first word, in small letters, for a code; then those that mean no answer."""
    substantive = (
        ItemChoice(label.split()[0].lower(), {"en": label, "es": f"{label} (es)"})
        for label in labels
    )
    return (*substantive, *(ItemChoice(code, {"en": code}, kind) for code, kind in missing.items()))


def asking(*items: Item, media: Mapping[str, bytes] | None = None) -> Pack:
    """The pack `parks`, with `items` for its waves."""
    pack = read_pack(PARKS)
    opinion = replace(pack.questionnaires["opinion"], items=items)
    questionnaires = {**pack.questionnaires, "opinion": opinion}
    return replace(pack, questionnaires=questionnaires, media={**pack.media, **(media or {})})


class SettableClock:
    """Runs like any clock, from wherever it is set."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def set(self, to: datetime) -> None:
        self.ahead = to - datetime.now(UTC)


class Town:
    """`async with Town(...)`: loads the pack, starts the application, and stops it at the end."""

    def __init__(
        self, database_url: str, telegram: TelegramServer, *, pack: Pack | None = None, **more: Any
    ) -> None:
        self.telegram = telegram
        self.pack = pack or read_pack(PARKS)
        self.clock = SettableClock()
        self.clock.set(datetime(2030, 1, 15, 12, 0, tzinfo=UTC))
        self.citizens: list[Citizen] = []
        values = {
            "database_url": database_url,
            "telegram_tokens": TOKEN,
            "telegram_api_url": telegram.url,
            "telegram_pace": 1000,
            "telegram_chat_burst": 1000,
            "port": 0,
        }
        self.settings = Settings(_env_file=None, **{**values, **more})
        self.app = App(self.settings, self.clock)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await load_pack(self.app.database, self.pack, self.clock.now())
        await self.app.planner.run()
        await self.starts()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stops()
        await self.app.database.close()  # somebody may have looked into it since

    async def starts(self) -> None:
        """A new process, as far as anybody can tell: nothing is kept but the database."""
        await self.app.database.close()
        self.app = App(self.settings, self.clock)
        self._running = asyncio.create_task(self.app.run(list(Role)))
        async with asyncio.timeout(10):
            while self.app.port is None:
                await asyncio.sleep(0.01)
                if self._running.done():
                    self._running.result()
        # Whoever reconnects finds the same address.
        self.settings = self.settings.model_copy(update={"port": self.app.port})

    async def stops(self) -> None:
        if self._running is not None:
            self.app.stop()
            await self._running
            self._running = None

    async def restarts(self) -> None:
        await self.stops()
        await self.starts()

    # --- Time ------------------------------------------------------------------------------------

    async def is_at(self, moment: datetime) -> None:
        """Set the clock, and let the planner look what is due."""
        self.clock.set(moment)
        await self.plans()

    async def advances(self, **by: float) -> None:
        await self.is_at(self.clock.now() + timedelta(**by))

    async def plans(self) -> None:
        """Twice: the application's own planner may just be at it, and then one run does nothing."""
        await self.app.planner.run()
        await asyncio.sleep(0.05)
        await self.app.planner.run()
        self.app.database.signals.ring("outbox")

    async def settles(self) -> None:
        """Wait until nothing is pending, queued or under way."""
        async with asyncio.timeout(10):
            while await self.rows(
                "SELECT 1 FROM inbox WHERE status = 'pending' "
                "UNION ALL SELECT 1 FROM outbox WHERE status IN ('queued', 'sending')"
            ):
                await asyncio.sleep(0.02)

    # --- What staff do ---------------------------------------------------------------------------

    async def opens(self, code: str) -> None:
        await staff.open_wave(self.app.database, None, code, self.clock.now())
        await self.plans()

    async def closes(self, code: str) -> None:
        await staff.close_wave(self.app.database, None, code, self.clock.now())

    async def invites_organiser(self, name: str) -> str:
        """Returns the code that makes somebody an organiser, once."""
        code = f"org-{name}"
        await make_invitation_codes(
            self.app.database, None, [code], most_uses=1, expires_at=None, cohort=None,
            stratum=None, now=self.clock.now(), organiser=name,
        )  # fmt: skip
        return code

    async def revokes_organiser(self, number: int = 1) -> None:
        await revoke(self.app.database, number, "test", self.clock.now())

    async def broadcast_rows(self) -> Sequence[Any]:
        return await self.rows(select(broadcast).order_by(broadcast.c.created_at))

    async def broadcasts(self, texts: Mapping[str, BroadcastText], **more: Any) -> str:
        """Draft and approve; `more` as in `Draft`. Returns its id."""
        id_ = await self.drafts(texts, **more)
        await self.approves(id_)
        return id_

    async def drafts(self, texts: Mapping[str, BroadcastText], **more: Any) -> str:
        files = more.pop("files", {})
        now = self.clock.now()
        return await broadcasting.draft(self.app.database, None, Draft(texts, **more), files, now)

    async def approves(self, id_: str) -> broadcasting.Approved:
        return await broadcasting.approve(
            self.app.database, id_, self.settings.quiet, self.clock.now()
        )

    async def sends_on(self, id_: str) -> None:
        """Start, a held one too, or go on after a pause."""
        await broadcasting.start(self.app.database, id_, self.settings.quiet, self.clock.now())

    async def resends(self, id_: str, to: broadcasting.Resend) -> int:
        return await broadcasting.resend(
            self.app.database, id_, to, self.settings.quiet, self.clock.now()
        )

    async def report(self, id_: str) -> Report:
        return await broadcasting.report(self.app.database, id_, self.clock.now())

    # --- What is stored --------------------------------------------------------------------------

    async def answers(self, instrument: str = "t1") -> dict[str, Any]:
        """Item → value (or kind, for what is no value) of the only response to `instrument`."""
        rows = await self.rows(
            select(answer.c.item, answer.c.kind, answer.c.value)
            .join(response, response.c.id == answer.c.response_id)
            .where(response.c.instrument == instrument, answer.c.replaced_at.is_(None))
            .order_by(answer.c.id)
        )
        return {item: value if kind == "value" else kind for item, kind, value in rows}

    async def shown(self, item: str, instrument: str = "t1") -> list[str] | None:
        """The order in which the choices of `item` were shown, if it was a random one."""
        rows = await self.rows(
            select(answer.c.choices_shown)
            .join(response, response.c.id == answer.c.response_id)
            .where(answer.c.item == item, response.c.instrument == instrument)
            .where(answer.c.replaced_at.is_(None))
        )
        shown: list[str] | None = rows[0][0]
        return shown

    async def statuses(self, table: Any = participant) -> list[str]:
        return [row[0] for row in await self.rows(select(table.c.status))]

    async def wave(self, code: str) -> Any:
        return (await self.rows(select(wave).where(wave.c.code == code)))[0]

    async def events(self, subject: str) -> list[tuple[str | None, str]]:
        rows = await self.rows(
            select(event.c.source, event.c.target)
            .where(event.c.subject == subject)
            .order_by(event.c.id)
        )
        return [(source, target) for source, target in rows]

    async def rows(self, statement: Any) -> Sequence[Any]:
        if isinstance(statement, str):
            statement = text(statement)
        async with self.app.database.reading() as connection:
            return (await connection.execute(statement)).all()

    # --- What was said ---------------------------------------------------------------------------

    def nobody_has_unread_messages(self) -> None:
        for citizen in self.citizens:
            unread = citizen.unread
            assert not unread, (
                f"{citizen.name} has unread messages: {unread}\n{citizen.transcript()}"
            )

    def pattern(self, key: str, language: str) -> str:
        """A regular expression for what `key` says: a catalogue message, an item, a briefing."""
        if key in CATALOGUES.keys:
            words = CATALOGUES.text(language, key)
            return "^" + re.sub(r"\\\{\w+\\\}", ".*", re.escape(plain(words))) + "$"
        kind, _, code = key.partition("-")
        if kind == "item":
            for questionnaire in self.pack.questionnaires.values():
                if code in questionnaire.by_code:
                    return re.escape(plain(questionnaire.by_code[code].label[language]))
        if kind == "briefing":
            code, _, number = code.rpartition("-")
            found = next(b for b in self.pack.briefings if b.code == code)
            part = found.parts[language][int(number) - 1].text
            return re.escape(plain(re.sub(r"[#*_\n]+", " ", part)))
        if key == "consent":
            consent = self.pack.consent.texts[language]
            return re.escape(plain(re.sub(r"[#*_\n]+", " ", consent)))
        raise LookupError(f"nothing is called {key!r}")

    def label(self, key: str, language: str) -> str:
        """The words on a button: of a catalogue message, or `key` itself."""
        return CATALOGUES.text(language, key) if key in CATALOGUES.keys else key


def is_filled(words: str, message: str) -> bool:
    """Whether `words` are what the catalogue's `message` becomes with its placeholders filled."""
    return bool(re.fullmatch(re.sub(r"\\\{\w+\\\}", ".*", re.escape(plain(message))), words))


def plain(words: str) -> str:
    """Words as compared: no isolates, one space."""
    bare = words.replace(FIRST_STRONG_ISOLATE, "").replace(POP_ISOLATE, "")
    return " ".join(bare.split())
