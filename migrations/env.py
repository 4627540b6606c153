"""Alembic's entry point. `minipublic migrate` hands the connection over; `alembic revision
--autogenerate` takes the database named by `-x url=...`."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, create_engine

from bot.storage.columns import UtcTime
from bot.storage.tables import metadata


def render(kind: str, thing: Any, autogen_context: Any) -> str | Literal[False]:
    """Migrations name plain types, so that they do not change when the code does."""
    if kind == "type" and isinstance(thing, UtcTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as own:
        run(own)
