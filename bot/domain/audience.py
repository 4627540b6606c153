"""Who a broadcast is for: a condition on what is known of a participant, and who is left out."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.expression import BadExpression, Expression, compile_expression
from bot.domain.states import ParticipantStatus
from bot.domain.xpath import Value

#: What a condition may ask of every participant, besides the profile's items and the waves.
FACTS = ("language", "country", "cohort", "stratum", "arm", "channel")

#: The condition that everybody meets.
EVERYBODY = "true()"

#: Participants shown before anything is sent.
SAMPLE = 5


class BadAudience(ValueError):
    """The condition of an audience cannot be understood."""


class LeftOut(StrEnum):
    """Why somebody whom the condition describes does not get the message."""

    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    NOT_ENROLLED = "not enrolled"
    BLOCKED = "blocked"  #: Has blocked the bot: cannot be reached.
    NO_TEXT = "no text in their language"


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as a condition sees it."""

    id: str
    status: ParticipantStatus
    blocked: bool
    facts: Mapping[str, Value]

    @property
    def language(self) -> str:
        return str(self.facts["language"])

    def left_out(self, languages: Collection[str] | None) -> LeftOut | None:
        """Why not, if not. `languages` are those with a text, where the others get nothing."""
        if self.status is ParticipantStatus.PAUSED:
            return LeftOut.PAUSED
        if self.status is ParticipantStatus.WITHDRAWN:
            return LeftOut.WITHDRAWN
        if self.status is not ParticipantStatus.ENROLLED:
            return LeftOut.NOT_ENROLLED
        if self.blocked:
            return LeftOut.BLOCKED
        if languages is not None and self.language not in languages:
            return LeftOut.NO_TEXT
        return None


@dataclass(slots=True)
class Audience:
    """Those who would get a broadcast if it were approved now."""

    count: int = 0
    by_language: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    sample: list[Person] = field(default_factory=list)

    def add(self, person: Person) -> None:
        self.count += 1
        self.by_language[person.language] += 1
        self.by_channel[str(person.facts["channel"])] += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(person)


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. An empty one describes everybody."""

    source: str
    expression: Expression | None
    by_hand: frozenset[str] | None = None  #: Only these participants, where somebody picked them.

    def describes(self, person: Person, today: date) -> bool:
        if self.by_hand is not None and person.id not in self.by_hand:
            return False
        return self.expression is None or self.expression.is_true(person.facts, today=today)

    def names(self, among: Collection[str]) -> Sequence[str]:
        """Which names of `among` the condition mentions."""
        mentioned = self.expression.references if self.expression else frozenset()
        return sorted(mentioned & set(among))


def compile_condition(
    source: str,
    waves: Collection[str],
    items: Collection[str],
    by_hand: Collection[str] | None = None,
) -> Condition:
    """A condition such as `${country} = "KE" and ${t1} = "invited"`.

    A wave's code stands for what became of its invitation: empty, `invited`, `in_progress`,
    `complete`, `partial`, `refused`; a profile item for its answer. Raises `BadAudience`.
    """
    picked = None if by_hand is None else frozenset(by_hand)
    if source.strip() in ("", EVERYBODY):
        return Condition("", None, picked)
    try:
        expression = compile_expression(source)
    except BadExpression as error:
        raise BadAudience(f"The audience cannot be understood: {error}") from None
    if expression.uses_current:
        raise BadAudience("The audience says `.`, which means nothing here: name what is compared.")
    known = {*FACTS, *waves, *items}
    if unknown := sorted(expression.references - known):
        raise BadAudience(
            f"The audience asks for ${{{unknown[0]}}}, which is not known of participants. "
            f"Known are {', '.join(f'${{{name}}}' for name in sorted(known))}."
        )
    return Condition(source, expression, picked)
