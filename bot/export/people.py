"""Who took part: a person's invitations and responses, and what was asked in each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from bot.domain.answers import Answer
from bot.domain.questionnaire import AnswerKind, Item, ItemType, Questionnaire
from bot.domain.states import ResponseStatus
from bot.domain.survey import walk
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


@dataclass(frozen=True)
class Participation:
    """A participant's invitation to one wave, and the response if it was begun."""

    row: AnswerRow  #: Of which invitation and response are read.
    questionnaire: Questionnaire | None  #: The version answered; None without a response.
    answers: tuple[AnswerRow, ...]  #: In the order given, replaced ones among them.

    @property
    def outcome(self) -> str:
        return OUTCOMES[ResponseStatus(self.row.status) if self.row.status else None]

    @cached_property
    def current(self) -> Mapping[str, Answer]:
        return {
            row.item: Answer(AnswerKind(row.kind), row.value)
            for row in self.answers
            if row.replaced_at is None
        }

    @cached_property
    def asked(self) -> Mapping[str, Item]:
        """The items that are relevant to what was answered, by code, in order; notes left out.

        `today()` is the day of the last answer, so that a file does not depend on when it is made.
        """
        if self.questionnaire is None or self.row.status == ResponseStatus.NOT_STARTED:
            return {}
        last = max((row.answered_at for row in self.answers), default=self.row.started_at)
        items = walk(self.questionnaire, self.current, last.date()).items
        return {item.code: item for item in items if item.type is not ItemType.NOTE}


@dataclass(frozen=True, slots=True)
class Person:
    """A pseudonym and its part in each instrument: a wave's code, or `profile`."""

    row: AnswerRow
    parts: Mapping[str, Participation]


def people(
    rows: Iterable[AnswerRow], questionnaires: Mapping[int, Questionnaire]
) -> Iterator[Person]:
    """Rows of whole participants, ordered as `bot.storage.answers.blocks` yields them."""
    for _, own in groupby(rows, attrgetter("participant_id")):
        parts = {}
        for instrument, of_one in groupby(own, attrgetter("instrument")):
            row, *answers = of_one
            answered = questionnaires[row.questionnaire_id] if row.status else None
            parts[instrument] = Participation(row, answered, tuple(answers))
        yield Person(row, parts)
