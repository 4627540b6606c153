"""What a machine asks about this service: is it alive, is it ready, how is it doing."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.storage.database import Database
from bot.storage.figures import counts
from bot.storage.schema import SchemaMismatch, require_schema

UNREACHABLE = "the database cannot be reached\n"


class Health:
    """`/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        except (SQLAlchemyError, OSError):
            return PlainTextResponse(UNREACHABLE, status_code=503)
        registry = CollectorRegistry()
        for table, by_status in figures.items():
            name, words = f"minipublic_{table}", f"Rows of {table} by status."
            gauge = Gauge(name, words, ["status"], registry=registry)
            for status, count in by_status.items():
                gauge.labels(status=status).set(count)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
