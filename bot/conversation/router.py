"""Which handler takes a turn: commands anywhere, answers by the place where the citizen stands."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from enum import Flag, auto
from typing import TypeVar

import structlog

from bot.conversation.exchange import Exchange
from bot.conversation.messages import IncomingKind
from bot.conversation.state import HOME
from bot.conversation.turn import Turn
from bot.conversation.who_speaks import ALL
from bot.domain.states import ParticipantStatus
from bot.domain.words import command_in
from bot.logs import without_values

log = structlog.get_logger()

Handler = Callable[[Turn], Awaitable[None]]
Offer = Callable[[Exchange], Collection[str]]
K = TypeVar("K")

#: What is heard of a chat without a word that asks for an answer.
_UNSAID = (IncomingKind.GROUP, IncomingKind.LEFT, IncomingKind.RETURNED, IncomingKind.EDITED)


class Needs(Flag):
    """What must be so before a command makes sense."""

    NOTHING = 0
    PARTICIPANT = auto()  #: Has started, and is not withdrawn.
    ENROLLED = auto()  #: Has consented and given a profile.
    ORGANISER = auto()  #: May broadcast; to all others the command is unknown.
    WHICH = auto()  #: In which deliberation, where a citizen takes part in several.


class Router:
    """The table of contents of a conversation, filled by decorators in `handlers/`."""

    def __init__(self) -> None:
        self.commands: dict[str, tuple[Handler, Needs]] = {}
        self._prompts: dict[str, Handler] = {}
        self._answers: dict[str, Handler] = {}
        self._offers: dict[str, Offer] = {}
        self._events: dict[IncomingKind, Handler] = {}
        self._refusals: dict[str, Handler] = {}
        self._plain: dict[str, Handler] = {}
        self._presents: Handler

    # --- Filling the table -----------------------------------------------------------------------

    def command(self, name: str, needs: Needs = Needs.NOTHING) -> Callable[[Handler], Handler]:
        """`/name`, typed or pressed, from any place."""

        def add(handler: Handler) -> Handler:
            self.commands[name] = (handler, needs)
            return handler

        return add

    def asking(self, place: str) -> Callable[[Handler], Handler]:
        """How the bot puts the question of `place`, the first time and again."""
        return self._add(self._prompts, place)

    def answering(self, place: str) -> Callable[[Handler], Handler]:
        """What is done with what the citizen says at `place`."""
        return self._add(self._answers, place)

    def presenting(self, handler: Handler) -> Handler:
        """What is done with an invitation code that somebody writes without a command."""
        self._presents = handler
        return handler

    def understanding(self, key: str) -> Callable[[Handler], Handler]:
        """What is done, at any place, with plain words that no question takes: those that the
        catalogues list under `key`."""
        return self._add(self._plain, key)

    def offering(self, place: str) -> Callable[[Offer], Offer]:
        """What the question of `place` offers beside the buttons that it shows now."""

        def add(offer: Offer) -> Offer:
            self._offers[place] = offer
            return offer

        return add

    def on(self, kind: IncomingKind) -> Callable[[Handler], Handler]:
        """What is done with something that is neither words nor a press."""
        return self._add(self._events, kind)

    def refusing(self, reason: str) -> Callable[[Handler], Handler]:
        """What is said when a turn cannot be taken: `nowhere`, `stranger`, `early`, `stale`,
        `unseen`, `unknown`, `not-here`, `which`."""
        return self._add(self._refusals, reason)

    @property
    def places(self) -> frozenset[str]:
        return frozenset(self._prompts)

    # --- Taking a turn ---------------------------------------------------------------------------

    async def take(self, turn: Turn) -> None:
        """Run the one handler that this turn is for."""
        await self._handler(turn)(turn)
        turn.finish()

    async def obey(self, turn: Turn, command: str) -> None:
        """Run the handler of `command` in this turn, as if it had been said."""
        turn.heard = replace(turn.heard, text=command)
        await self._command(turn, command)(turn)

    async def prompt(self, turn: Turn) -> None:
        """Put the question of the place. One that raises sends home: every later turn that comes to
        this place would fail too, whatever was said."""
        before = turn.state, turn.effects.copy()
        try:
            await self._prompts[turn.place.name](turn)
        except Exception as error:
            if turn.place == HOME:
                raise
            log.error("a place cannot be shown", place=turn.place.name, **without_values(error))
            turn.state, turn.effects = before
            await turn.give_up()

    def pressed(self, turn: Exchange) -> str | None:
        """The value of the pressed button; None if the question on hand does not offer it.

        A place of before an upgrade has no number of its own; there the last one counts.
        """
        number, _, value = turn.heard.text.partition(":")
        put = turn.place.put
        if number != str(put.number if put else turn.conversation.asked):
            return None
        if value in [offered for offered, _ in turn.conversation.offered]:
            return value
        offer = self._offers.get(turn.place.name)
        return value if offer and value in offer(turn) else None

    def understood(self, turn: Exchange) -> Handler | None:
        """The handler of the plain word that was written, if it was one."""
        return next((handler for key, handler in self._plain.items() if turn.says(key)), None)

    def _handler(self, turn: Turn) -> Handler:
        heard = turn.heard
        if heard.kind in _UNSAID:
            return self._events[heard.kind]
        if turn.deliberation_here is None and turn.code is None:
            return self._refusals["nowhere"]
        if heard.is_command:
            return self._command(turn, heard.text)
        if turn.presents_code:
            return self._presents
        if turn.unseen:
            return self.understood(turn) or self._refusals["unseen"]
        words = turn.chosen()
        if words and words.startswith("/"):
            turn.heard = replace(heard, text=words)
            return self._command(turn, words)
        if turn.participant is None and turn.place == HOME:
            return self._refusals["stranger"]
        if heard.kind is IncomingKind.CHOICE and self.pressed(turn) is None:
            return self._refusals["stale"]
        return self._events.get(heard.kind) or self._answers.get(turn.place.name, self.prompt)

    def _command(self, turn: Turn, words: str) -> Handler:
        name, argument = command_in(words)
        if name not in self.commands:
            return self._refusals["unknown"]
        if not self._finds_deliberation(turn, name, argument):
            return self._refusals["not-here"]
        handler, needs = self.commands[name]
        if Needs.ORGANISER in needs:
            return handler if turn.organiser else self._refusals["unknown"]
        if Needs.WHICH in needs and turn.others_here and not turn.named:
            if turn.argument != ALL:
                return self._refusals["which"]
            return handler
        participant = turn.participant
        if needs & ~Needs.WHICH and (
            participant is None or participant.status is ParticipantStatus.WITHDRAWN
        ):
            return self._refusals["stranger"]
        if Needs.ENROLLED in needs and not turn.enrolled:
            return self._refusals["early"]
        return handler

    def _finds_deliberation(self, turn: Turn, name: str, argument: str) -> bool:
        """Go where a command such as `/survey parks/t1` is meant. False if the citizen does not
        take part in that deliberation from here."""
        code, slash, rest = argument.partition("/")
        wanted = turn.deliberation_called(code) if slash else None
        if wanted is None:
            return True
        turn.heard = replace(turn.heard, text=f"/{name} {rest}".rstrip())
        turn.named = True
        if turn.participant is None or turn.participant.deliberation_id == wanted.id:
            return True
        if (who := turn.taking_part_in(wanted.id)) is None:
            return False
        turn.switch_to(who)
        return True

    def _add(self, table: dict[K, Handler], key: K) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            table[key] = handler
            return handler

        return add
