"""An archive: a database with people and what they said, put there without a conversation."""

import csv
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Questionnaire, Scale
from bot.domain.questionnaire_document import to_document
from bot.domain.states import ParticipantStatus, ResponseStatus, WaveStatus
from bot.export import Format, Shape, export
from bot.storage import tables
from bot.storage.database import Database

DONT_KNOW, REFUSED, SKIPPED = AnswerKind.DONT_KNOW, AnswerKind.REFUSED, AnswerKind.SKIPPED
COMPLETE, PARTIAL = ResponseStatus.COMPLETE, ResponseStatus.PARTIAL

NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute, microseconds=250_000)


def item(code: str, type_: ItemType, **more: Any) -> Item:
    return Item(code, type_, {"en": f"{code}?", "fr": f"{code} ?"}, **more)


def choices(*codes: str, **missing: AnswerKind) -> tuple[ItemChoice, ...]:
    return tuple(
        ItemChoice(code, {"en": code.title(), "fr": f"le {code}"}, missing.get(code))
        for code in (*codes, *missing)
    )


YES_NO = choices("01", "02", unsure=DONT_KNOW, secret=REFUSED)

OPINION = Questionnaire(
    "opinion",
    1,
    {"en": "Opinion"},
    (
        item("intro", ItemType.NOTE),
        item("trust", ItemType.RANGE, scale=Scale(0, 10), dont_know=True),
        item("ban", ItemType.SELECT_ONE, choices=YES_NO),
        item("topics", ItemType.SELECT_MULTIPLE, choices=choices("jobs", "art", none=DONT_KNOW)),
        item("why", ItemType.TEXT, relevant="${ban} = '01'"),
        item("email", ItemType.TEXT, personal=True),
        item("age", ItemType.INTEGER, constraint=". >= 18 and . <= 120"),
        item("days", ItemType.INTEGER, constraint=". >= 0 and . <= 7"),
    ),
)

Said = Mapping[str, Any]  #: Item → value, or the kind of an answer without one.


@dataclass
class Archive:
    """A database with one deliberation to begin with, and the files made of it."""

    database: Database
    folder: Path
    deliberations: dict[str, int] = field(default_factory=dict)
    waves: dict[str, int] = field(default_factory=dict)
    forms: dict[tuple[str, int], int] = field(default_factory=dict)

    async def adds(self, table: Any, **values: Any) -> Any:
        async with self.database.writing() as transaction:
            done = await transaction.execute(insert(table).values(**values))
            assert done.inserted_primary_key is not None
            return done.inserted_primary_key[0]

    async def holds(
        self,
        *versions: Questionnaire,
        waves: Iterable[str] = ("t1",),
        deliberation: str = "town",
        profile: str | None = None,
    ) -> None:
        """A deliberation whose waves all field the last of `versions`."""
        id_ = self.deliberations[deliberation] = await self.adds(
            tables.deliberation,
            code=deliberation,
            title={"en": "A town"},
            languages=["en", "fr", "ar"],
            timezone="UTC",
            invited_only=False,
            on_erase="anonymise",
            profile_code=profile,
            created_at=NOON,
        )
        await self.adds(
            tables.consent_text, deliberation_id=id_, version=1, texts={}, created_at=NOON
        )
        for version in versions:
            self.forms[version.code, version.version] = await self.adds(
                tables.questionnaire,
                deliberation_id=id_,
                code=version.code,
                version=version.version,
                document=to_document(version),
                created_at=NOON,
            )
        for position, wave in enumerate(waves):
            last = versions[-1]
            self.waves[wave] = await self.adds(
                tables.wave,
                deliberation_id=id_,
                code=wave,
                position=position,
                questionnaire_code=last.code,
                questionnaire_id=self.forms[last.code, last.version],
                status=WaveStatus.OPEN,
                on_enrolment=True,
                reminders=[],
            )

    async def enrols(self, who: str, deliberation: str = "town", **more: Any) -> None:
        await self.adds(
            tables.participant,
            id=who,
            deliberation_id=self.deliberations[deliberation],
            **{
                "status": ParticipantStatus.ENROLLED,
                "language": "fr",
                "timezone": "UTC",
                "profile": {},
                "created_at": NOON,
                **more,
            },
        )

    async def invites(self, who: str, wave: str = "t1") -> None:
        await self.adds(
            tables.invitation, participant_id=who, wave_id=self.waves[wave], invited_at=at(0)
        )

    async def hears(
        self,
        who: str,
        said: Said,
        wave: str = "t1",
        status: ResponseStatus = COMPLETE,
        form: tuple[str, int] = ("opinion", 1),
    ) -> None:
        """A response, answered from 12:02 on, an item a minute."""
        await self.adds(
            tables.response,
            id=f"{who}-{wave}",
            participant_id=who,
            instrument=wave,
            wave_id=self.waves.get(wave),
            questionnaire_id=self.forms[form],
            status=status,
            language="ar",
            channel="webchat",
            started_at=at(1),
            completed_at=at(30) if status is COMPLETE else None,
        )
        for minute, (code, value) in enumerate(said.items(), start=2):
            await self.answers(who, code, value, wave, minute)

    async def answers(
        self, who: str, code: str, value: Any, wave: str = "t1", minute: int = 20, **more: Any
    ) -> None:
        """One answer; what was said to the item before becomes history."""
        mine = (tables.answer.c.response_id == f"{who}-{wave}") & (tables.answer.c.item == code)
        async with self.database.writing() as transaction:
            await transaction.execute(
                update(tables.answer)
                .where(mine, tables.answer.c.replaced_at.is_(None))
                .values(replaced_at=at(minute))
            )
        await self.adds(
            tables.answer,
            response_id=f"{who}-{wave}",
            item=code,
            kind=value if isinstance(value, AnswerKind) else AnswerKind.VALUE,
            value=None if isinstance(value, AnswerKind) else value,
            language="en",
            channel="telegram",
            asked_at=at(minute - 1),
            answered_at=at(minute),
            **more,
        )

    async def one(self, said: Said, **more: Any) -> None:
        """The participant `p1`, invited, and what was said in `t1`."""
        await self.enrols("p1")
        await self.invites("p1")
        await self.hears("p1", said, **more)

    async def exports(self, *waves: str, shape: Shape = Shape.WIDE, **more: Any) -> Path:
        return await export(
            self.database,
            waves or ("t1",),
            shape=shape,
            **{
                "deliberation": None,
                "format": Format.CSV,
                "out": self.folder / "staff.csv",
                "label_language": None,
                **more,
            },
        )

    async def wide(self, *waves: str, **more: Any) -> list[dict[str, str]]:
        return table_in(await self.exports(*waves, **more))

    async def long(self, *waves: str, **more: Any) -> list[dict[str, str]]:
        return table_in(await self.exports(*waves, shape=Shape.LONG, **more))

    def may_be_read_by_others(self, name: str) -> bool:
        return bool((self.folder / name).stat().st_mode & 0o077)

    @property
    def left_behind(self) -> set[str]:
        return {p.name for p in self.folder.iterdir()}


def table_in(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in rows), "a ragged row"
    return rows


def cells(row: Mapping[str, str], *names: str) -> list[str]:
    return [row[name] for name in names]


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Archive]:
    """An empty archive whose files go to `folder`."""
    database = Database(url)
    yield Archive(database, folder)
    await database.close()
