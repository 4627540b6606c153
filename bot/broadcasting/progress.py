"""The progress line that an organiser watches in a chat."""

from math import ceil
from typing import Any

from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Choice, Outgoing
from bot.domain.states import BroadcastStatus, DeliveryStatus
from bot.storage.broadcast_report import Report

B, D = BroadcastStatus, DeliveryStatus


def progress_line(
    figures: Report, row: Row[Any], catalogues: Catalogues, language: str
) -> Outgoing:
    """Where a broadcast stands, and the buttons for what can be done now."""
    by, left = figures.by_status, figures.time_left
    values = {
        "total": figures.total,
        "sent": figures.sent,
        "failed": by[D.FAILED],
        "blocked": by[D.BLOCKED],
        "unknown": by[D.UNKNOWN],
        "left": figures.left,
        "unsent": by[D.CANCELLED] + by[D.EXPIRED],
        "minutes": "?" if left is None else ceil(left.total_seconds() / 60),
        "starts": f"{row.starts_at:%Y-%m-%d %H:%M} UTC" if row.starts_at else "",
    }
    key = _key(figures)
    return Outgoing(
        text=catalogues.text(language, key, values),
        language=language,
        key=key,
        choices=_buttons(figures, catalogues, language),
    )


def _key(figures: Report) -> str:
    match figures.status:
        case B.APPROVED:
            return "broadcast-held" if figures.held else "broadcast-approved"
        case B.SENDING:
            return "broadcast-sending"
        case B.PAUSED:
            return "broadcast-paused-itself" if figures.pause_reason else "broadcast-paused"
        case B.CANCELLED:
            return "broadcast-cancelled"
        case _:
            return "broadcast-done"


def _buttons(figures: Report, catalogues: Catalogues, language: str) -> tuple[Choice, ...]:
    """Each works at any time, and says so where it no longer can."""
    acts: list[str] = []
    match figures.status:
        case B.APPROVED:
            acts = ["start", "cancel"] if figures.held else ["cancel"]
        case B.SENDING:
            acts = ["pause", "cancel"]
        case B.PAUSED:
            acts = ["resume", "cancel"]
        case B.DONE:
            if figures.by_status[D.FAILED] + figures.by_status[D.CANCELLED]:
                acts.append("missing")
            if figures.by_status[D.UNKNOWN]:
                acts.append("unknown")
    return tuple(
        Choice(
            f"/broadcast {act} {figures.id}", catalogues.text(language, f"button-broadcast-{act}")
        )
        for act in acts
    )
