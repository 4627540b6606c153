"""What a machine asks about this service: is it alive, is it ready, how is it doing."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.telegram.watching import Watch
from bot.conversation.ports import Clock
from bot.storage.database import Database
from bot.storage.figures import counts
from bot.storage.reception import last_heard
from bot.storage.schema import SchemaMismatch, require_schema

#: Of each bot: how old each is, in seconds. What is not known is left out.
HEARD, FAILED = "minipublic_telegram_heard_seconds", "minipublic_telegram_webhook_failed_seconds"
PENDING = "minipublic_telegram_pending_updates"

UNREACHABLE = "the database cannot be reached\n"


class Health:
    """`/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, database: Database, telegram: Watch, clock: Clock) -> None:
        self._database = database
        self._telegram = telegram
        self._clock = clock

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self._alive),
            Route("/readyz", self._ready),
            Route("/metrics", self._metrics),
        ]

    async def _alive(self, request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def _ready(self, request: Request) -> Response:
        """503 while the database cannot be reached, or has another schema."""
        try:
            await require_schema(self._database)
        except SchemaMismatch as mismatch:
            return PlainTextResponse(f"{mismatch}\n", status_code=503)
        except (SQLAlchemyError, OSError):
            return PlainTextResponse(UNREACHABLE, status_code=503)
        return PlainTextResponse("ready\n")

    async def _metrics(self, request: Request) -> Response:
        """Counted when asked, so that every process shows the same figures. No identity in them."""
        try:
            async with self._database.reading() as connection:
                figures = await counts(connection)
                heard = await last_heard(connection, "telegram")
        except (SQLAlchemyError, OSError):
            return PlainTextResponse(UNREACHABLE, status_code=503)
        registry = CollectorRegistry()
        for table, by_status in figures.items():
            name, words = f"minipublic_{table}", f"Rows of {table} by status."
            gauge = Gauge(name, words, ["status"], registry=registry)
            for status, count in by_status.items():
                gauge.labels(status=status).set(count)
        await self._count_arrivals(registry, heard)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def _count_arrivals(
        self, registry: CollectorRegistry, heard: Mapping[str, datetime]
    ) -> None:
        """Whether Telegram's updates arrive; Telegram is asked, but not waited for long."""

        def gauge(name: str, words: str) -> Gauge:
            return Gauge(name, words, ["bot"], registry=registry)

        now = self._clock.now()
        since_heard = gauge(HEARD, "Seconds since the last good poll or webhook of a bot.")
        for bot, heard_at in heard.items():
            since_heard.labels(bot=bot).set(max(0.0, (now - heard_at).total_seconds()))
        pending = gauge(PENDING, "Updates of a bot that wait at Telegram.")
        failed = gauge(FAILED, "Seconds since a webhook of a bot failed, as Telegram tells.")
        for bot, told in (await self._telegram.look()).items():
            pending.labels(bot=bot).set(told.pending)
            if told.failed_at:
                failed.labels(bot=bot).set(max(0.0, (now - told.failed_at).total_seconds()))
