"""One exchange: what the citizen said, what is known, and how the bot speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.conversation.catalogue import SOURCE, Catalogues
from bot.conversation.effects import Effects
from bot.conversation.messages import Choice, Heard, IncomingKind, Outgoing
from bot.conversation.state import (
    HOME,
    Conversation,
    Deliberation,
    InvitationCode,
    Organiser,
    Participant,
    Place,
    Put,
    Response,
    State,
    StoredWave,
    Way,
)
from bot.domain.codes import is_nothing_but_a_code, presented
from bot.domain.languages import best_language
from bot.domain.local_time import day_in
from bot.domain.questionnaire import Questionnaire
from bot.domain.states import ParticipantStatus, ResponseStatus
from bot.domain.survey import Position, position
from bot.domain.words import bare, command_in, folded, picked

#: So many codes may be wrong in one conversation; then none is looked at for a while.
MOST_WRONG_CODES = 5
WRONG_CODES_COUNT_FOR = timedelta(hours=1)

if TYPE_CHECKING:
    from bot.conversation.router import Router


class Exchange:
    """What a turn knows, and its verbs for saying."""

    _stands: tuple[Response, str | None, Position] | None = None

    def __init__(
        self,
        *,
        heard: Heard,
        state: State,
        deliberation: Deliberation | None,
        codes: Mapping[str, InvitationCode],
        library: Mapping[int, Deliberation],
        catalogues: Catalogues,
        router: "Router",
        now: datetime,
    ) -> None:
        self.heard = heard
        self.state = state
        self.deliberation_here = deliberation
        self.codes = codes
        self.library = library
        self.now = now
        self.effects = Effects()
        self.misunderstood_now = False
        self.toast = ""
        self.edits_in_place = False  #: The next question replaces the message that was pressed.
        self._catalogues = catalogues
        self._router = router

    # --- What the turn knows ---------------------------------------------------------------------

    @property
    def conversation(self) -> Conversation:
        return self.state.conversation

    @property
    def deliberation(self) -> Deliberation:
        """The deliberation of this conversation. The router sees to it that there is one."""
        assert self.deliberation_here is not None
        return self.deliberation_here

    @property
    def participant(self) -> Participant | None:
        return self.state.participant

    @property
    def organiser(self) -> Organiser | None:
        return self.state.organiser

    @property
    def enrolled(self) -> bool:
        """Whether briefings and waves are for this person; pausing stops what comes unasked."""
        return self.participant is not None and self.participant.status in (
            ParticipantStatus.ENROLLED,
            ParticipantStatus.PAUSED,
        )

    @property
    def open_waves(self) -> list[StoredWave]:
        """Waves that are open, that the participant is invited to, and has not finished."""
        return [
            wave
            for wave in self.deliberation.waves
            if self.may_answer(wave, self.now)
            and wave.id in self.state.invited
            and not self.has_finished(wave.code)
        ]

    def may_answer(self, wave: StoredWave, at: datetime) -> bool:
        """Whether what is said at that moment counts: to those who have begun grace is given."""
        begun = wave.code in self.state.responses
        return wave.window.takes_answers(at) if begun else wave.window.is_open(at)

    def has_finished(self, instrument: str) -> bool:
        response = self.state.responses.get(instrument)
        return response is not None and response.status is ResponseStatus.COMPLETE

    def response(self, instrument: str) -> Response | None:
        return self.state.responses.get(instrument)

    def questionnaire(self, response: Response) -> Questionnaire:
        return self.deliberation.questionnaires[response.questionnaire_id]

    def position(self, response: Response) -> Position:
        """Where `response` stands, or the item that its place goes back to.

        Found once for the same answers, however often a turn asks.
        """
        at = self.place.data.get("at")
        known = self._stands
        if known is None or known[0] is not response or known[1] != at:
            found = position(self.questionnaire(response), response.answers, self.today, at)
            known = self._stands = (response, at, found)
        return known[2]

    @property
    def place(self) -> Place:
        places = self.conversation.places
        return places[-1] if places else HOME

    @property
    def language(self) -> str:
        """In which the bot speaks now: the chosen, else by the platform's hint, else the source."""
        chosen, hint = self.conversation.language, self.conversation.hint
        if self.deliberation_here is None:
            return chosen or best_language(hint, self._catalogues.languages) or SOURCE
        offered = self.deliberation_here.languages
        if chosen in offered:
            return chosen
        return best_language(chosen or hint, offered) or offered[0]

    @property
    def unseen(self) -> bool:
        """Whether these words were written before the pending question could be read. A time of
        leaving that is yet to come is of a clock that was set back since."""
        way, heard = self.state.way, self.heard
        if way is None or heard.kind is not IncomingKind.TEXT or heard.is_command:
            return False
        return way.left_at is None or heard.received_at < way.left_at <= self.now

    @property
    def interrupted(self) -> bool:
        """Whether a menu has come after the question of this place."""
        put = self.place.put
        return put is not None and put.asked != self.conversation.asked

    @property
    def is_on_hand(self) -> bool:
        """Whether the question of this place is as it was put, and nothing has come after it."""
        return self.place.put is not None and not self.interrupted

    @property
    def today(self) -> date:
        """The day where the citizen is."""
        return day_in(self.participant.timezone if self.participant else "UTC", self.now)

    @property
    def argument(self) -> str:
        """What follows a command: the code of `/start ab12`."""
        return command_in(self.heard.text)[1]

    @property
    def code(self) -> InvitationCode | None:
        """The invitation code in what was said, if there is such a one."""
        return next((c for w in presented(self.heard.text) if (c := self.codes.get(w))), None)

    @property
    def presents_code(self) -> bool:
        """Whether words are to be taken as the code that they hold. Within an answer they are not,
        unless it is nothing else."""
        if self.heard.kind is not IncomingKind.TEXT or self.code is None:
            return False
        return self.place == HOME or is_nothing_but_a_code(self.heard.text)

    @property
    def guesses_codes(self) -> bool:
        """Whether so many codes were wrong here that for a while none is looked at."""
        wrong = self.conversation.wrong_codes
        return wrong >= MOST_WRONG_CODES and self._counts_wrong_codes

    @property
    def _counts_wrong_codes(self) -> bool:
        """Whether the last wrong code was just now, whichever way the clock was set since."""
        last = self.conversation.wrong_code_at
        return last is not None and abs(self.now - last) < WRONG_CODES_COUNT_FOR

    def text(self, key: str, **values: object) -> str:
        return self._catalogues.text(self.language, key, values)

    def lists(self, key: str) -> tuple[str, str]:
        """The lists of words under `key`: in the conversation's language and in English."""
        return self.text(key), self._catalogues.text(SOURCE, key)

    def words(self, key: str) -> tuple[str, ...]:
        """All that the lists under `key` have."""
        return tuple(dict.fromkeys(word for each in self.lists(key) for word in each.split("|")))

    def says(self, key: str) -> bool:
        """Whether the citizen wrote one of the words that the catalogue lists under `key`, and
        nothing else."""
        if self.heard.kind is not IncomingKind.TEXT:
            return False
        said = bare(self.heard.text)
        return any(said == bare(word) for word in self.words(key))

    @property
    def wants_something_else(self) -> bool:
        """Whether a plain word was written that is understood anywhere, such as `help`."""
        return self._router.understood(self) is not None

    @property
    def yes_or_no(self) -> str | None:
        """`yes` or `no`, if that is what the citizen wrote, in whatever words."""
        if self.says("words-yes"):
            return "yes"
        return "no" if self.says("words-no") else None

    def choice(self, value: str, key: str, aside: bool = False) -> Choice:
        """A button whose label is the catalogue message `key`."""
        return Choice(value, self.text(key), aside)

    def chosen(self, *, by_number: bool = True) -> str | None:
        """The value of the pending question's choice that was pressed, or typed as label or number.

        `by_number=False` is for questions whose answers are numbers themselves.
        """
        if self.heard.kind is IncomingKind.CHOICE:
            return self._router.pressed(self)
        if self.heard.kind is not IncomingKind.TEXT:
            return None
        offered = self._offered()
        if by_number:
            index = picked(self.heard.text, [label for _, label in offered])
            return None if index is None else offered[index][0]
        wanted = folded(self.heard.text)
        return next((value for value, label in offered if folded(label) == wanted), None)

    def _offered(self) -> Sequence[tuple[str, str]]:
        """What can be typed by number or words. An invitation that came since the menu was shown
        has put its button before the others."""
        offered = self.conversation.offered
        if self.place != HOME or self.deliberation_here is None:
            return offered
        known = {value for value, _ in offered}
        named = self.deliberation.command
        return [
            *(
                (command, self.text("start-survey"))
                for wave in self.open_waves
                if (command := named("survey", wave.code)) not in known
            ),
            *offered,
        ]

    # --- Saying ----------------------------------------------------------------------------------

    def say(self, message: Outgoing) -> None:
        self.effects.messages.append(message)

    def words_of(self, key: str, **values: object) -> Outgoing:
        """The catalogue message `key`, marked with the language of the catalogue: a reader of Urdu
        gets English words where there is no Urdu, and then from left to right."""
        language = self._catalogues.nearest(self.language)
        return Outgoing(text=self.text(key, **values), language=language, key=key)

    def reply(self, key: str, **values: object) -> None:
        """Say the catalogue message `key` in the conversation's language."""
        self.say(self.words_of(key, **values))

    def ask(
        self,
        question: str | Outgoing,
        choices: Sequence[Choice],
        **values: object,
    ) -> None:
        """Put a question with `choices`; the next press or words are taken as its answer.

        A choice whose value is a command (`/survey t1`) works at any time; the others as long as
        this place waits for an answer to this question, from whatever copy of it.
        """
        if isinstance(question, str):
            question = self.words_of(question, **values)
        offered = [choice.value for choice in choices]
        new = not self._is_pending(offered)
        if new:
            self._converse(asked=self.conversation.asked + 1)
            self.state = replace(self.state, way=Way(left_at=None, coming=True))
        asked = self.conversation.asked
        number = asked if _is_menu(offered) else self._numbered(asked)
        buttons = tuple(
            choice
            if choice.value.startswith("/")
            else Choice(f"{number}:{choice.value}", choice.label, choice.aside)
            for choice in choices
        )
        self.say(replace(question, choices=buttons, question=asked if new else None))
        self._converse(
            asked_at=self.now,
            offered=tuple((choice.value, choice.label) for choice in choices),
        )

    def _is_pending(self, values: Sequence[str]) -> bool:
        """Whether a question with these choices is the pending one, put again."""
        if _is_menu(values):
            return _is_menu([value for value, _ in self.conversation.offered])
        put = self._put_here
        return put is not None and put.asked == self.conversation.asked

    @property
    def _put_here(self) -> Put | None:
        """The question of this place, if it was put in the language that is spoken now: an answer
        keeps the language that it was asked in."""
        put = self.place.put
        return put if put is not None and put.language == self.language else None

    def _numbered(self, asked: int) -> int:
        """Remember that the question of this place was put. Returns the number for its buttons."""
        number = self._put_here.number if self._put_here else asked
        place = replace(self.place, put=Put(number, asked, self.language))
        self._converse(places=(*self.conversation.places[:-1], place))
        return number

    def _converse(self, **changes: Any) -> None:
        self.state = replace(self.state, conversation=replace(self.conversation, **changes))


def _is_menu(values: Sequence[str]) -> bool:
    """Whether all that can be chosen are commands, which belong to no place."""
    return bool(values) and all(value.startswith("/") for value in values)
