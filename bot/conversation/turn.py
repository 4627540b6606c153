"""A turn: an exchange in which handlers act, by verbs that collect effects."""

import secrets
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.effects import (
    AnswerGiven,
    ConsentGiven,
    Event,
    PartRead,
)
from bot.conversation.messages import IncomingKind, MessageKind, Outgoing
from bot.conversation.organising import Organising
from bot.conversation.state import (
    HOME,
    InvitationCode,
    Participant,
    Place,
    Response,
    StoredWave,
)
from bot.domain.allowed import require_allowed
from bot.domain.answers import Answer
from bot.domain.own_data import of_the_last_day
from bot.domain.questionnaire import Item
from bot.domain.states import ParticipantStatus, ResponseStatus, require_edge

#: After so many answers in a row that were not understood, help is offered.
STRIKES_BEFORE_HELP = 5

#: Characters of a line above a question: https://core.telegram.org/bots/api#answercallbackquery
LONGEST_LINE = 200

#: Of how many messages it is remembered which answer their words became.
MOST_TYPED = 20


class Turn(Organising):
    """A handler reads the turn and calls its verbs; the verbs collect effects, nothing else.

    `state` is replaced, never changed, so a turn that raises is dropped by forgetting it.
    """

    # --- Moving ----------------------------------------------------------------------------------

    async def misunderstood(self, key: str | None = None, **values: object) -> None:
        """Say what was expected, put the question again; after five in a row, offer help.

        Unless it was a plain word for something that the bot does anywhere, such as `help`, or
        holds an invitation code: another person may have come. Without a key the question says
        what was expected. Whoever pressed has it on hand: a line is enough.
        """
        if handler := self._router.understood(self):
            await handler(self)
            return
        if self.heard.kind is IncomingKind.TEXT and self.code:
            await self.obey(f"/start {self.code.code}")
            return
        self.misunderstood_now = True
        strikes = self.conversation.strikes + 1
        self._converse(strikes=strikes)
        pressed = self.heard.kind is IncomingKind.CHOICE and self.is_on_hand
        if key is not None:
            (self.decline if pressed else self.reply)(key, **values)
        if strikes % STRIKES_BEFORE_HELP == 0:
            self.reply("offer-help")
        if not pressed or key is None:
            await self.show()

    def decline(self, key: str, **values: object) -> None:
        """Say in one line why a press changes nothing: above the question where the platform can do
        that, and the line is short enough. The question stays where it is."""
        if self.heard.press and len(line := self.text(key, **values)) <= LONGEST_LINE:
            self.toast = line
        else:
            self.reply(key, **values)

    async def show(self) -> None:
        """Put the question of the current place (again)."""
        await self._router.prompt(self)

    async def go(self, place: Place) -> None:
        """Move to `place` in stead of the current one, and ask there."""
        self.stand_at(place)
        await self.show()

    async def ask_anew(self) -> None:
        """Put the question of the current place as another: what was put before counts no more."""
        self._converse(offered=())
        await self.go(replace(self.place, put=None))

    async def visit(self, place: Place) -> None:
        """Go aside to `place`; `leave` comes back to where the citizen was."""
        self._converse(places=(*(self._places_but(place) or (HOME,)), place))
        await self.show()

    async def leave(self) -> None:
        """Come back from an aside, and put again what was pending. An organiser who is no
        participant has nothing pending."""
        self.step_back()
        if self.participant is not None:
            await self.show()

    def step_back(self) -> None:
        """Come back from an aside without asking."""
        self._converse(places=self.conversation.places[:-1] or (HOME,))

    async def obey(self, command: str) -> None:
        """Do as if the citizen had said `command`."""
        await self._router.obey(self, command)

    async def go_home(self) -> None:
        """Out of all that the citizen is in the middle of."""
        self._converse(places=())
        await self.leave()

    async def give_up(self) -> None:
        """Out of a place whose question cannot be put, or its answer not be taken."""
        self.edits_in_place = False
        self.reply("place-lost")
        await self.go_home()

    def stand_at(self, place: Place) -> None:
        """Move to `place` without asking."""
        left = (p for p in self.conversation.places[:-1] if p.name != place.name)
        self._converse(places=(*left, place))

    # --- Recording -------------------------------------------------------------------------------

    def speak(self, language: str) -> None:
        """From now on use `language`, one of the deliberation's."""
        if language not in self.deliberation.languages:
            raise ValueError("the deliberation does not have this language")
        self._converse(language=language)
        if self.participant:
            self.state = replace(
                self.state, participant=replace(self.participant, language=language)
            )

    def welcome(self, code: InvitationCode | None = None) -> None:
        """Make the person a participant of the deliberation (of the invitation's, with `code`)."""
        if code:
            self.deliberation_here = self.library[code.deliberation_id]
        participant = Participant(
            id=f"p{secrets.token_hex(8)}",
            deliberation_id=self.deliberation.id,
            status=ParticipantStatus.INVITED,
            language=self.language,
            timezone=self.deliberation.timezone,
            cohort=code.cohort if code else None,
            stratum=code.stratum if code else None,
            met_at=self.conversation.id,
            by_code=code is not None and code.for_one,
        )
        if code:
            self.effects.codes_used.append((code.id, participant.id))
        self.state = replace(self.state.of(None), participant=participant)
        self._converse(
            participant_id=participant.id,
            deliberation_id=participant.deliberation_id,
            places=(HOME,),
        )
        self._log(participant, None)

    def switch_to(self, who: str) -> None:
        """Go on as `who`, and say in which deliberation that is."""
        self.go_on_as(who)
        self.reply("switched", title=self.title_of(self.deliberation))

    def count_wrong_code(self) -> None:
        """Somebody presented a code that is not known; who guesses is not let in."""
        if not self.guesses_codes:
            before = self.conversation.wrong_codes if self._counts_wrong_codes else 0
            self._converse(wrong_codes=before + 1, wrong_code_at=self.now)

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
        open_waves = [w for w in self.deliberation.waves if w.window.is_open(self.now)]
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
        """Replace facts of the participant, such as `country`. Raise if there is no such zone."""
        if zone := facts.get("timezone"):
            ZoneInfo(zone)
        self.state = replace(self.state, participant=replace(self._somebody(), **facts))

    def live_by(self, zone: str) -> None:
        """The person's clock is that of `zone`, as they said or as all clocks of their country."""
        self.know(timezone=zone, timezone_said=True)

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

    def record(
        self,
        response: Response,
        item: Item,
        answer: Answer,
        choices_shown: tuple[str, ...] | None = None,
    ) -> Response:
        """Store one answer; an earlier one to the same item becomes history.

        Raise `NotAllowed` for one that the item does not allow, whoever took it.
        """
        require_allowed(item, answer, self.position(response).walk, self.today)
        self.effects.answers.append(
            AnswerGiven(
                participant_id=self._somebody().id,
                response_id=response.id,
                item=item.code,
                answer=answer,
                personal=item.personal,
                language=self.language,
                asked_at=self.conversation.asked_at,
                choices_shown=choices_shown,
            )
        )
        self._remember_typed(response.id, item.code)
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
        asked = of_the_last_day(self._somebody().files_asked, self.now)
        self.know(files_asked=(*asked, self.now))
        self.effects.own_data.append((self._somebody().id, self.language))

    def lose(self) -> None:
        """The citizen blocked the bot: send nothing until they write again."""
        self._converse(blocked=True)

    # --- The end of the turn ---------------------------------------------------------------------

    def finish(self) -> None:
        """Settle what every turn ends with: a press acknowledged, past strikes forgotten, and that
        whoever is heard of has not left, unless that is what was heard."""
        if self.conversation.blocked and self.heard.kind is not IncomingKind.LEFT:
            self._converse(blocked=False)
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

    def _remember_typed(self, response_id: str, item: str) -> None:
        """The message that is heard, if its words became this answer: it may be edited later."""
        answer, heard = (response_id, item), self.heard
        typed = [each for each in self.conversation.typed if each[1:] != answer]
        if heard.kind is IncomingKind.TEXT and heard.message:
            typed.append((heard.message, *answer))
        self._converse(typed=tuple(typed[-MOST_TYPED:]))

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
