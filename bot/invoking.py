"""Running one command: its settings, its database, and refusals in plain words."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, NoReturn, TypeVar

import typer

from bot import commands
from bot.commands import err
from bot.domain.audience import BadAudience
from bot.domain.broadcast import BadBroadcast
from bot.domain.states import ForbiddenTransition
from bot.export import ExportRefused
from bot.logs import configure_logs
from bot.loop import loop_factory
from bot.packs.faults import PackRefused
from bot.preview.source import NoQuestionnaire
from bot.settings import BadSettings, PortTaken, Settings, read_settings
from bot.storage.broadcasts import NoSuchBroadcast
from bot.storage.database import Database
from bot.storage.deliberations import WaveIsOpen, WordingLocked
from bot.storage.organisers import NoSuchOrganiser
from bot.storage.people import NoSuchCode, NoSuchDeliberation
from bot.storage.schema import SchemaMismatch
from bot.storage.time_zones import NoSuchParticipant, NoSuchZone
from bot.storage.waves import NoSuchWave

T = TypeVar("T")

#: Refusals that say all there is to know: printed without a traceback, exit code 1.
REFUSALS = (
    BadSettings,
    PackRefused,
    NoQuestionnaire,
    WordingLocked,
    WaveIsOpen,
    SchemaMismatch,
    ForbiddenTransition,
    NoSuchWave,
    NoSuchCode,
    NoSuchDeliberation,
    ExportRefused,
    commands.DatabaseUnreachable,
    PortTaken,
    NoSuchBroadcast,
    NoSuchOrganiser,
    BadBroadcast,
    BadAudience,
    NoSuchParticipant,
    NoSuchZone,
)


def settings_of(quiet: bool = False) -> Settings:
    settings = refusing(read_settings)
    configure_logs(settings.log_format, level=30 if quiet else 20)
    return settings


def refusing(read: Callable[[], T]) -> T:
    try:
        return read()
    except REFUSALS as refusal:
        _refuse(refusal)


def run(work: Coroutine[Any, Any, T]) -> T:
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except REFUSALS as refusal:
        _refuse(refusal)


def _refuse(refusal: Exception) -> NoReturn:
    err.print(str(refusal), markup=False, soft_wrap=True, style="red")
    raise typer.Exit(1) from None


def with_database(work: Any) -> None:
    settings = settings_of()

    async def opened() -> None:
        database = Database(settings.database_url)
        try:
            with commands.database_errors(settings):
                await work(database)
        finally:
            await database.close()

    run(opened())


def time_in_words(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC") if value else "-"
