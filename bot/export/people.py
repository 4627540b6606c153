"""Who took part: a person's invitations and responses, and what was said in each."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson

from bot.domain.answers import Answer, Answers, Stored
from bot.domain.local_time import day_in
from bot.domain.questionnaire import AnswerKind, Item, ItemType, Questionnaire
from bot.domain.states import ResponseStatus
from bot.domain.survey import Walk, walk
from bot.domain.validity import validity_of
from bot.export.missing import INVALID
from bot.storage.answers import AnswerRow

#: AAPOR's outcomes (Standard Definitions, "Internet Surveys of Specifically Named Persons"), and
#: one of our own for what can still change: `in_progress`.
OUTCOMES: Mapping[ResponseStatus | None, str] = {
    None: "non-contact",
    ResponseStatus.NOT_STARTED: "non-contact",
    ResponseStatus.IN_PROGRESS: "in_progress",
    ResponseStatus.COMPLETE: "complete",
    ResponseStatus.PARTIAL: "partial",
    ResponseStatus.REFUSED: "refusal",
}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with all that is stored of it."""

    id: int  #: In the order of these they were given.
    item: str
    kind: str  #: An `AnswerKind`, or `INVALID`.
    value: Stored  #: None of a personal item: its value is in `identity` only.
    language: str  #: In which the item was asked.
    channel: str
    asked_at: datetime | None
    answered_at: datetime
    replaced_at: datetime | None  #: None: the answer that counts, if its item is relevant.
    choices_shown: Sequence[str] | None  #: Codes in the order shown, where it was random.

    @property
    def counts(self) -> bool:
        """Whether it can be an answer to its item."""
        return self.kind != INVALID


@dataclass(frozen=True, slots=True)
class Told:
    """What a response tells to the columns of its items. Neither value nor kind: not reached."""

    values: Mapping[str, Stored]
    kinds: Mapping[str, str]  #: Of answers without a value.
    asked: Collection[str]  #: The items that are relevant to what was answered.
    part: "Participation"


@dataclass(frozen=True)
class Participation:
    """A participant's invitation to one wave, and the response if it was begun."""

    row: AnswerRow  #: Of which invitation and response are read.
    questionnaire: Questionnaire | None  #: The version answered; None without a response.
    last: datetime | None  #: When the last answer was given.
    values: Mapping[str, Stored]  #: Of the answers that were not replaced, relevant or not.
    kinds: Mapping[str, str]  #: Of those without a value.
    invalid: Collection[str]  #: Items of which what is stored is no answer: it counts as none.
    history: Sequence[Given] | None  #: All answers, as they were given; None unless it was read.
    identity: Mapping[str, Stored]  #: Values of personal items; empty unless they were read.

    @property
    def outcome(self) -> str:
        return OUTCOMES[ResponseStatus(self.row.status) if self.row.status else None]

    @property
    def begun(self) -> bool:
        return self.row.status not in (None, ResponseStatus.NOT_STARTED)

    @property
    def answers(self) -> Sequence[Given]:
        """All answers, replaced ones among them, as they were given."""
        if self.history is None:
            raise ValueError("answers with their history were not read: ask `material` for it")
        return self.history

    @cached_property
    def current(self) -> Answers:
        """The answers that were not replaced, relevant or not, without what identifies."""
        return {code: Answer(AnswerKind.VALUE, value) for code, value in self.values.items()} | {
            code: Answer(AnswerKind(kind)) for code, kind in self.kinds.items()
        }

    @cached_property
    def paradata(self) -> Mapping[str, tuple[Given, int]]:
        """By item, the answer that was not replaced, and how many it took the place of."""
        given = {each.item: each for each in self.answers if each.replaced_at is None}
        changes = Counter(each.item for each in self.answers if each.replaced_at is not None)
        return {code: (each, changes[code]) for code, each in given.items()}

    @property
    def today(self) -> date:
        """What `today()` is: the day of the last answer where the participant is, so that a file
        does not depend on when it is made."""
        return day_in(self.row.timezone, self.last or self.row.started_at)

    @cached_property
    def walk(self) -> Walk:
        assert self.questionnaire is not None, "only a response has answers"
        return walk(self.questionnaire, self.current, self.today)

    @cached_property
    def asked(self) -> Mapping[str, Item]:
        """The items that are relevant to what was answered, by code, in order; notes left out."""
        if not self.begun:
            return {}
        return {item.code: item for item in self.walk.items if item.type is not ItemType.NOTE}

    @cached_property
    def counted(self) -> Answers:
        """What is exported: answers to relevant items, and the values of derived ones."""
        if not self.begun:
            return {}
        return {code: self._identified(code, said) for code, said in self.walk.answers.items()}

    def _identified(self, code: str, said: Answer) -> Answer:
        if said.kind is AnswerKind.VALUE and said.value is None and code in self.identity:
            return Answer(said.kind, self.identity[code])
        return said

    @property
    def told(self) -> Told:
        """For a response that was begun."""
        assert self.questionnaire is not None, "only a response tells anything"
        if self.questionnaire.straight and not self.identity:
            asked: Mapping[str, Item] = self.questionnaire.by_code
            values, kinds = self.values, self.kinds
        else:
            asked, counted = self.asked, self.counted
            values = {code: said.value for code, said in counted.items() if said.value is not None}
            kinds = {code: said.kind for code, said in counted.items() if said.value is None}
        if self.invalid:
            kinds = {**kinds, **{code: INVALID for code in self.invalid if code in asked}}
        return Told(values, kinds, asked, self)


@dataclass(frozen=True, slots=True)
class Person:
    """A pseudonym and its part in each instrument: a wave's code, or `profile`."""

    row: AnswerRow
    parts: Mapping[str, Participation]


def people(
    rows: Iterable[AnswerRow], questionnaires: Mapping[int, Questionnaire], *, history: bool
) -> list[Person]:
    """Of rows of whole participants, as `bot.storage.answers.blocks` yields them."""
    found = []
    tests: dict[int, _Validity] = {}
    for _, own in groupby(rows, attrgetter("participant_id")):
        parts = {row.instrument: _part(row, questionnaires, tests, history) for row in own}
        found.append(Person(next(iter(parts.values())).row, parts))
    return found


def _part(
    row: AnswerRow,
    questionnaires: Mapping[int, Questionnaire],
    tests: dict[int, "_Validity"],
    history: bool,
) -> Participation:
    if row.status is None:
        return Participation(row, None, None, {}, {}, (), () if history else None, {})
    answered = questionnaires[row.questionnaire_id]
    valid = tests.get(row.questionnaire_id)
    if valid is None:
        valid = tests[row.questionnaire_id] = _Validity(answered)
    identity = orjson.loads(row.identity) if row.identity else {}
    identity = {code: value for code, value in identity.items() if valid.identity(code, value)}
    if not history:
        last, values, kinds = orjson.loads(row.said)
        values, kinds = values or {}, kinds or {}
        invalid = valid.refused(values)
        invalid |= {code for code, kind in kinds.items() if not valid.kind(code, kind)}
        for code in invalid:
            values.pop(code, None)
            kinds.pop(code, None)
        return Participation(row, answered, _time(last), values, kinds, invalid, None, identity)
    given = [_given(each, valid) for each in sorted(orjson.loads(row.said or "[]"))]
    current = [each for each in given if each.replaced_at is None]
    return Participation(
        row,
        answered,
        max((each.answered_at for each in current), default=None),
        {each.item: each.value for each in current if each.counts and each.value is not None},
        {each.item: each.kind for each in current if each.counts and each.value is None},
        {each.item for each in current if not each.counts},
        given,
        identity,
    )


class _Validity:
    """What can be an answer in one version of a questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._tests = {item.code: validity_of(item) for item in questionnaire.asked}
        self._personal = {item.code for item in questionnaire.asked if item.personal}
        self._values = {c: test for c, test in self._tests.items() if c not in self._personal}

    def refused(self, values: Mapping[str, Any]) -> set[str]:
        """Items with values that can be none; where the value is personal, it stands elsewhere."""
        tests = self._values
        return {
            code for code, value in values.items() if code not in tests or not tests[code](value)
        }

    def value(self, code: str, value: Any) -> bool:
        return not self.refused({code: value})

    def identity(self, code: str, value: Any) -> bool:
        return code not in self._tests or self._tests[code](value)

    def kind(self, code: str, kind: str) -> bool:
        """Of an answer that stands here without its value, as that to a personal item does."""
        if kind == AnswerKind.VALUE:
            return code in self._personal
        return code in self._tests and kind in _KINDS


_KINDS = frozenset(AnswerKind)


def _given(fields: Sequence[Any], valid: _Validity) -> Given:
    id_, item, kind, value, language, channel, asked_at, answered_at, replaced_at, shown = fields
    answered = _time(answered_at)
    assert answered is not None, "every answer has its time"
    if not (valid.kind(item, kind) if value is None else valid.value(item, value)):
        kind, value = INVALID, value if isinstance(value, str | None) else _as_json(value)
    return Given(
        id_, item, kind, value, language, channel,
        _time(asked_at), answered, _time(replaced_at), shown,
    )  # fmt: skip


def _as_json(value: Any) -> str:
    """What is stored, as it is: JSON."""
    return orjson.dumps(value).decode()


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo is UTC else time.astimezone(UTC)
