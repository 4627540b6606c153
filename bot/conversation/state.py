"""What a turn knows: frozen records, replaced as a whole, so that a failed turn leaves no trace."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.domain.answers import Answer, Stored
from bot.domain.deliberation import Briefing
from bot.domain.questionnaire import Questionnaire, Texts
from bot.domain.return_check import ReturnCheck
from bot.domain.states import BroadcastStatus, ParticipantStatus, ResponseStatus, WaveStatus
from bot.domain.window import Window

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Put:
    """The question of a place, as it was last put."""

    number: int  #: On its buttons: the same on every copy, however often it is put again.
    asked: int  #: The conversation's count when it was put.
    language: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a participant stands in the conversation: a name that has handlers, and its data."""

    name: str
    data: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    put: Put | None = None  #: Nothing was asked here yet, or only a menu of commands.


HOME = Place("home")  #: The menu, where everybody is who is in the middle of nothing.


@dataclass(frozen=True, slots=True)
class Conversation:
    """The thread with one address. The last of `places` is the current one."""

    id: int
    channel: str
    bot: str
    deliberation_id: int | None
    participant_id: str | None
    language: str | None
    hint: str | None
    places: tuple[Place, ...]
    asked: int  #: Counts the questions that were put one after the other.
    asked_at: datetime | None
    offered: tuple[tuple[str, str], ...]  #: Values and labels of the question now pending.
    strikes: int  #: Answers in a row that were not understood.
    blocked: bool
    #: Messages whose words are answers that stand: the platform's id, the response, the item.
    typed: tuple[tuple[str, str, str], ...] = ()
    wrong_codes: int = 0  #: Invitation codes presented that are not known, the last one
    wrong_code_at: datetime | None = None  #: at this time.


@dataclass(frozen=True, slots=True)
class Participant:
    """A pseudonym."""

    id: str
    deliberation_id: int
    status: ParticipantStatus
    language: str
    timezone: str
    timezone_said: bool = False  #: Otherwise it is the deliberation's, for want of a better one.
    country: str | None = None
    cohort: str | None = None
    stratum: str | None = None
    profile: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    enrolled_at: datetime | None = None
    files_asked: tuple[datetime, ...] = ()  #: When the own data were asked for of late.
    met_at: int | None = None  #: The conversation the person last spoke in.
    by_code: bool = False  #: An invitation code leads back to this person.


@dataclass(frozen=True, slots=True)
class Response:
    """A participant's record in a wave, or in the profile."""

    id: str
    instrument: str
    wave_id: int | None
    questionnaire_id: int
    status: ResponseStatus
    language: str
    answers: Mapping[str, Answer] = field(default_factory=lambda: NOTHING)
    #: What was said to personal items, whose `answers` have no value. For the person's eyes alone.
    identifying: Mapping[str, Stored] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Organiser:
    """Somebody who may broadcast to a deliberation from this conversation."""

    id: int
    deliberation_id: int
    name: str
    broadcasts: Mapping[str, BroadcastStatus] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Way:
    """How the pending question goes out, where it may not have been read yet."""

    left_at: datetime | None  #: When it was handed to the platform; None: surely not yet.
    coming: bool  #: It still waits, or is being sent.


@dataclass(frozen=True, slots=True)
class Somebody:
    """A participant, with all that turns may change of one."""

    participant: Participant
    responses: Mapping[str, Response] = field(default_factory=lambda: NOTHING)
    invited: frozenset[int] = frozenset()  #: Waves.
    read: frozenset[tuple[int, int]] = frozenset()  #: Briefing and part.


@dataclass(frozen=True, slots=True)
class State:
    """Everything a turn may change, as it stands now."""

    conversation: Conversation
    participant: Participant | None = None
    responses: Mapping[str, Response] = field(default_factory=lambda: NOTHING)
    invited: frozenset[int] = frozenset()  #: Waves.
    read: frozenset[tuple[int, int]] = frozenset()  #: Briefing and part.
    organiser: Organiser | None = None
    way: Way | None = None  #: None: the pending question was read, for all that is known.
    #: Whom the turn may be about beside the participant, by id: those in other deliberations from
    #: this address, those whom an invitation code remembers, and those of `account`.
    others: Mapping[str, Somebody] = field(default_factory=lambda: NOTHING)
    account: frozenset[str] = frozenset()  #: Take part from this account, through another bot.

    @property
    def everybody(self) -> Mapping[str, Somebody]:
        """The participant and the others."""
        if self.participant is None:
            return self.others
        somebody = Somebody(self.participant, self.responses, self.invited, self.read)
        return {**self.others, self.participant.id: somebody}

    def of(self, who: str | None) -> "State":
        """The same, as it is for `who` of `everybody`; of nobody, for None."""
        everybody = dict(self.everybody)
        somebody = everybody.pop(who) if who is not None else None
        return replace(
            self,
            participant=somebody.participant if somebody else None,
            responses=somebody.responses if somebody else NOTHING,
            invited=somebody.invited if somebody else frozenset(),
            read=somebody.read if somebody else frozenset(),
            others=everybody,
        )


@dataclass(frozen=True, slots=True)
class StoredConsent:
    id: int
    version: int
    texts: Texts


@dataclass(frozen=True, slots=True)
class StoredBriefing:
    """A briefing whose parts name their media by digest."""

    id: int
    briefing: Briefing


@dataclass(frozen=True, slots=True)
class StoredWave:
    id: int
    code: str
    status: WaveStatus
    on_enrolment: bool
    questionnaire_code: str
    questionnaire_id: int | None
    window: Window

    @property
    def closes_at(self) -> datetime | None:
        return self.window.closes_at


@dataclass(frozen=True)
class Deliberation:
    """A deliberation's definition as turns read it; the same object serves many turns."""

    id: int
    code: str
    revision: int
    title: Texts
    languages: tuple[str, ...]
    timezone: str
    invited_only: bool
    on_erase: str
    consent: StoredConsent
    profile_id: int | None
    questionnaires: Mapping[int, Questionnaire]
    newest: Mapping[str, int]  #: Questionnaire code → id of its newest version.
    briefings: tuple[StoredBriefing, ...]
    waves: tuple[StoredWave, ...]
    return_check: ReturnCheck = ReturnCheck.NONE

    @property
    def profile_items(self) -> list[str]:
        """The profile's items whose answers do not identify."""
        if self.profile_id is None:
            return []
        items = self.questionnaires[self.profile_id].asked
        return [item.code for item in items if not item.personal]

    def command(self, name: str, argument: str = "") -> str:
        """The value of a button that means this deliberation, wherever a citizen stands.

        Telegram's values have at most 64 bytes; two long codes do not fit, a number does.
        """
        command = f"/{name} {self.code}/{argument}"
        return command if len(command) <= 64 else f"/{name} {self.id}/{argument}"

    def wave(self, code: str) -> StoredWave | None:
        return next((w for w in self.waves if w.code == code), None)

    def words(self, texts: Texts, language: str) -> str:
        """The wording in `language`, else in the source language."""
        return texts.get(language) or texts.get(self.languages[0], "")


@dataclass(frozen=True, slots=True)
class InvitationCode:
    """An invitation as it is presented."""

    id: int
    code: str
    deliberation_id: int
    exhausted: bool
    expires_at: datetime | None
    cohort: str | None
    stratum: str | None
    for_one: bool = True  #: It may be used once, and remembers who joined by it.
    organiser: str | None = None  #: A name: the code makes an organiser, no participant.
    replaced: bool = False  #: Staff have issued another in its place.
    participant_id: str | None = None  #: Who joined by it and comes back by it.
    wrong_checks: int = 0  #: How often in a row the answer was wrong that coming back takes.
    check: str | None = None  #: What proves that answer, as `sealed` makes it.
