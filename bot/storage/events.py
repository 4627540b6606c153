"""The event log: who or what changed what, when, from which state to which.

It holds nothing that citizens wrote.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from bot.storage.database import Transaction
from bot.storage.tables import event


async def log_event(
    transaction: Transaction,
    subject: str,
    subject_id: str,
    source: str | None,
    target: str,
    actor: str,
    now: datetime,
    **detail: Any,
) -> None:
    await transaction.execute(
        insert(event).values(
            at=now,
            subject=subject,
            subject_id=subject_id,
            actor=actor,
            source=source,
            target=target,
            detail=detail or None,
        )
    )
