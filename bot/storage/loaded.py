"""What loading a pack did, for people to read."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Loaded:
    code: str
    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  #: What was asked for and not needed.
    kept: list[str] = field(default_factory=list)  #: What the pack no longer has, kept as it was.
