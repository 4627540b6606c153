"""What loading a pack did, for people to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row


@dataclass(slots=True)
class Loaded:
    code: str
    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  #: What was asked for and not needed.


def differing(row: Row[Any], values: Mapping[str, Any]) -> list[str]:
    """The columns of which `row` has another value."""
    return [name for name, value in values.items() if row._mapping[name] != value]


def in_words(changed: Sequence[str]) -> str:
    """What has changed of something that the pack has; it may be there again."""
    others = [name for name in changed if name != "withdrawn_at"]
    back = ["in the pack again"] if len(others) < len(changed) else []
    return "; ".join([*back, *([f"{', '.join(others)} changed"] if others else [])])
