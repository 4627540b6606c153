"""One exchange: what the citizen said, what the handlers know, and the verbs they act with."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.conversation.catalogue import SOURCE, Catalogues
from bot.conversation.effects import AnswerGiven, ConsentGiven, Effects, Event, PartRead
from bot.conversation.messages import Choice, Heard, IncomingKind, MessageKind, Outgoing
from bot.conversation.state import (
    Conversation,
    Deliberation,
    InvitationCode,
    Participant,
    Place,
    Response,
    State,
    StoredWave,
)
from bot.domain.languages import best_language
from bot.domain.questionnaire import Item, Questionnaire
from bot.domain.states import ParticipantStatus, ResponseStatus, WaveStatus, require_edge
from bot.domain.survey import Answer, folded, picked

if TYPE_CHECKING:
    from bot.conversation.router import Router

#: After so many answers in a row that were not understood, help is offered.
STRIKES_BEFORE_HELP = 5

HOME = Place("home")


class Turn:
    """A handler reads the turn and calls its verbs; the verbs collect effects, nothing else.

    `state` is replaced, never changed, so a turn that raises is dropped by forgetting it.
    """

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
    def enrolled(self) -> bool:
        """Whether briefings and waves are for this person; pausing stops what comes unasked."""
        return self.participant is not None and self.participant.status in (
            ParticipantStatus.ENROLLED,
            ParticipantStatus.PAUSED,
        )

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
    def argument(self) -> str:
        """What follows a command: the code of `/start ab12`."""
        return self.heard.text.partition(" ")[2].strip()

    def text(self, key: str, **values: object) -> str:
        return self._catalogues.text(self.language, key, values)

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
        offered = self.conversation.offered
        if by_number:
            index = picked(self.heard.text, [label for _, label in offered])
            return None if index is None else offered[index][0]
        wanted = folded(self.heard.text)
        return next((value for value, label in offered if folded(label) == wanted), None)

    # --- Saying ----------------------------------------------------------------------------------

    def say(self, message: Outgoing) -> None:
        self.effects.messages.append(message)

    def reply(self, key: str, **values: object) -> None:
        """Say the catalogue message `key` in the conversation's language."""
        self.say(Outgoing(text=self.text(key, **values), language=self.language, key=key))

    def ask(
        self,
        question: str | Outgoing,
        choices: Sequence[Choice],
        **values: object,
    ) -> None:
        """Put a question with `choices`; the next press or words are taken as its answer.

        A choice whose value is a command (`/survey t1`) works at any time; the others go stale as
        soon as another question is asked.
        """
        if isinstance(question, str):
            question = Outgoing(
                text=self.text(question, **values), language=self.language, key=question
            )
        asked = self.conversation.asked + 1
        buttons = tuple(
            choice
            if choice.value.startswith("/")
            else replace(choice, value=f"{asked}:{choice.value}")
            for choice in choices
        )
        self.say(replace(question, choices=buttons))
        self._converse(
            asked=asked,
            asked_at=self.now,
            offered=tuple((choice.value, choice.label) for choice in choices),
        )

    async def misunderstood(self, key: str, **values: object) -> None:
        """Say what was expected, put the question again; after five in a row, offer help."""
        self.misunderstood_now = True
        strikes = self.conversation.strikes + 1
        self._converse(strikes=strikes)
        self.reply(key, **values)
        if strikes % STRIKES_BEFORE_HELP == 0:
            self.reply("offer-help")
        await self.show()

    # --- Moving ----------------------------------------------------------------------------------

    async def show(self) -> None:
        """Put the question of the current place (again)."""
        await self._router.prompt(self)

    async def go(self, place: Place) -> None:
        """Move to `place` in stead of the current one, and ask there."""
        self.stand_at(place)
        await self.show()

    async def visit(self, place: Place) -> None:
        """Go aside to `place`; `leave` comes back to where the citizen was."""
        self._converse(places=(*(self._places_but(place) or (HOME,)), place))
        await self.show()

    async def leave(self) -> None:
        """Come back from an aside, and put again what was pending."""
        self._converse(places=self.conversation.places[:-1] or (HOME,))
        await self.show()

    async def go_home(self) -> None:
        self._converse(places=(HOME,))
        await self.show()

    def stand_at(self, place: Place) -> None:
        """Move to `place` without asking."""
        self._converse(places=self.conversation.places[:-1])
        self._converse(places=(*self._places_but(place), place))

    # --- Recording -------------------------------------------------------------------------------

    def speak(self, language: str) -> None:
        """From now on use `language`."""
        self._converse(language=language)
        if self.participant:
            self.state = replace(
                self.state, participant=replace(self.participant, language=language)
            )

    def welcome(self, code: InvitationCode | None = None) -> None:
        """Make the person a participant of the deliberation (of the invitation's, with `code`)."""
        if code:
            self.deliberation_here = self.library[code.deliberation_id]
            self.effects.codes_used.append(code.id)
        participant = Participant(
            id=f"p{secrets.token_hex(8)}",
            deliberation_id=self.deliberation.id,
            status=ParticipantStatus.INVITED,
            language=self.language,
            timezone=self.deliberation.timezone,
            cohort=code.cohort if code else None,
            stratum=code.stratum if code else None,
        )
        self.state = State(
            conversation=replace(
                self.conversation,
                participant_id=participant.id,
                deliberation_id=self.deliberation.id,
                places=(HOME,),
            ),
            participant=participant,
        )
        self._log(participant, None)

    def consent(self) -> None:
        participant = self._somebody()
        self.effects.consents.append(
            ConsentGiven(participant.id, self.deliberation.consent.id, self.language)
        )
        self.become(ParticipantStatus.CONSENTED)

    def enrol(self) -> list[StoredWave]:
        """Take the participant into the panel; returns the open waves this invites to."""
        self.become(ParticipantStatus.ENROLLED)
        self.know(enrolled_at=self.now)
        open_waves = [w for w in self.deliberation.waves if w.status is WaveStatus.OPEN]
        self.state = replace(
            self.state, invited=self.state.invited | {wave.id for wave in open_waves}
        )
        return open_waves

    def withdraw(self) -> None:
        participant = self._somebody()
        self.effects.withdrawals.append(participant.id)
        self.become(ParticipantStatus.WITHDRAWN)

    def erase(self) -> None:
        """Forget the person; whoever writes next from this address is a stranger."""
        participant = self._somebody()
        self.become(ParticipantStatus.ERASED)
        self.effects.erased.append(participant.id)

    def become(self, status: ParticipantStatus) -> None:
        """Follow an edge of the participant's life, or raise `ForbiddenTransition`."""
        participant = self._somebody()
        require_edge(participant.status, status)
        self.know(status=status)
        if status in (ParticipantStatus.PAUSED, ParticipantStatus.WITHDRAWN):
            self.effects.silenced.append(participant.id)
        self._log(self._somebody(), participant.status)

    def know(self, **facts: Any) -> None:
        """Replace facts of the participant, such as `country`."""
        self.state = replace(self.state, participant=replace(self._somebody(), **facts))

    def response(self, instrument: str) -> Response | None:
        return self.state.responses.get(instrument)

    def questionnaire(self, response: Response) -> Questionnaire:
        return self.deliberation.questionnaires[response.questionnaire_id]

    def begin(self, instrument: str, questionnaire_id: int, wave_id: int | None) -> Response:
        """Start the record of answers to a wave or to the profile."""
        milliseconds = int(self.now.timestamp() * 1000)
        response = Response(
            id=f"{milliseconds:012x}{secrets.token_hex(8)}",
            instrument=instrument,
            wave_id=wave_id,
            questionnaire_id=questionnaire_id,
            status=ResponseStatus.IN_PROGRESS,
            language=self.language,
        )
        self._keep(response)
        return response

    def record(self, response: Response, item: Item, answer: Answer) -> Response:
        """Store one answer; an earlier one to the same item becomes history."""
        self.effects.answers.append(
            AnswerGiven(
                participant_id=self._somebody().id,
                response_id=response.id,
                item=item.code,
                answer=answer,
                personal=item.personal,
                language=self.language,
                asked_at=self.conversation.asked_at,
            )
        )
        response = replace(response, answers={**response.answers, item.code: answer})
        self._keep(response)
        return response

    def mark(self, response: Response, status: ResponseStatus) -> Response:
        """Follow an edge of the response's life."""
        require_edge(response.status, status)
        self.effects.events.append(Event("response", response.id, status, response.status))
        response = replace(response, status=status)
        self._keep(response)
        return response

    def read_part(self, briefing_id: int, part: int) -> None:
        if (briefing_id, part) not in self.state.read:
            self.effects.parts_read.append(PartRead(self._somebody().id, briefing_id, part))
            self.state = replace(self.state, read=self.state.read | {(briefing_id, part)})

    def hand_over_data(self) -> None:
        """Send a file with everything that is held on this participant."""
        self.effects.own_data.append((self._somebody().id, self.language))

    def lose(self) -> None:
        """The citizen blocked the bot: send nothing until they write again."""
        self._converse(blocked=True)

    # --- The end of the turn ---------------------------------------------------------------------

    def finish(self) -> None:
        """Settle what every turn ends with: a press acknowledged, past strikes forgotten."""
        if not self.misunderstood_now and self.conversation.strikes:
            self._converse(strikes=0)
        if len(self.conversation.places) == 1 and self.conversation.places[0] == HOME:
            self._converse(places=())
        if self.heard.press:
            messages = self.effects.messages
            if not messages:
                messages.append(Outgoing(text="", language=self.language, key="acknowledge"))
            messages[0] = replace(messages[0], press=self.heard.press, toast=self.toast)

    def _places_but(self, place: Place) -> tuple[Place, ...]:
        """Where the citizen stands, without an earlier visit to the same kind of place."""
        return tuple(p for p in self.conversation.places if p.name != place.name)

    def _converse(self, **changes: Any) -> None:
        self.state = replace(self.state, conversation=replace(self.conversation, **changes))

    def _keep(self, response: Response) -> None:
        self.state = replace(
            self.state, responses={**self.state.responses, response.instrument: response}
        )

    def _somebody(self) -> Participant:
        if self.participant is None:
            raise LookupError("this turn needs a participant; the router should have refused it")
        return self.participant

    def _log(self, participant: Participant, source: ParticipantStatus | None) -> None:
        self.effects.events.append(Event("participant", participant.id, participant.status, source))


def item_message(text: str, turn: Turn, item: Item) -> Outgoing:
    """An item on its way out: sent again if its outcome is unknown."""
    return Outgoing(
        text=text, language=turn.language, key=f"item-{item.code}", kind=MessageKind.ITEM
    )
