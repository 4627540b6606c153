"""What columns are made of, the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    FromClause,
    Integer,
    TypeDecorator,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite, which knows no zones, keeps it naive and gets it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = BigInteger().with_variant(Integer, "sqlite")  #: SQLite counts up only plain INTEGER keys.
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def key() -> Column[int]:
    """Counts up. Tables from which rows are deleted say `sqlite_autoincrement` as well: without it
    SQLite gives a deleted row's number to a new one, and who waits for higher ones misses it."""
    return Column("id", Key, primary_key=True, autoincrement=True)


def refers(name: str, target: str, **more: Any) -> Column[Any]:
    return Column(name, ForeignKey(f"{target}.id", ondelete="CASCADE"), **more)


def live(*statuses: str) -> dict[str, Any]:
    """A partial index: finished rows must not slow the claim of live ones."""
    words = ", ".join(f"'{status}'" for status in statuses)
    return kept(f"status IN ({words})" if len(statuses) > 1 else f"status = {words}")


def kept(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def has_status(table: FromClause, *statuses: StrEnum) -> ColumnElement[bool]:
    """Rows in one of `statuses`, written out and not bound: no planner proves that a partial index
    serves a parameter."""
    words: list[ColumnElement[str]] = [literal_column(f"'{status.value}'") for status in statuses]
    return table.c.status.in_(words) if len(words) > 1 else table.c.status == words[0]
