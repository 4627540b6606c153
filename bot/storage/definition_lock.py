"""Definitions stand still while turns run: no answer is given to a wording that just changes.

On PostgreSQL these are advisory locks, held until the transaction ends. On SQLite there is one
writer anyway.
"""

import asyncio
import zlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Transaction
from bot.storage.locks import leads

_KEY = {"key": zlib.crc32(b"definitions")}

#: Between two looks whether the planner is done, in seconds.
PATIENCE = 0.05


async def hold_definitions(connection: AsyncConnection) -> None:
    """What is read of definitions after this is true until the transaction ends."""
    if connection.dialect.name != "sqlite":
        await connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), _KEY)


async def change_definitions(transaction: Transaction) -> None:
    """Wait until no turn and no planner is at work; those to come wait for this transaction.

    The planner is excluded first: it holds rows of waves when it begins to read definitions.
    """
    while not await leads(transaction, "planner"):
        await asyncio.sleep(PATIENCE)
    if transaction.connection.dialect.name != "sqlite":
        await transaction.execute(text("SELECT pg_advisory_xact_lock(:key)"), _KEY)
