"""Who leads, where several processes could: an advisory lock on PostgreSQL."""

import zlib

from sqlalchemy import text

from bot.storage.database import Transaction


async def leads(transaction: Transaction, what: str) -> bool:
    """Whether this transaction is the only one at `what`. On SQLite there is one writer anyway."""
    if transaction.connection.dialect.name == "sqlite":
        return True
    found = await transaction.execute(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": zlib.crc32(what.encode())}
    )
    return bool(found.scalar_one())
