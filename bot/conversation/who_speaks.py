"""Who speaks: a newcomer, somebody who is back, one person in one of several deliberations."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

from bot.conversation.exchange import Exchange
from bot.conversation.state import HOME, Deliberation, InvitationCode, Somebody
from bot.domain.return_check import proves, sealed

#: What stands behind a command for all deliberations that a citizen takes part in.
ALL = "all"

#: Channels in which a device can begin a conversation that nobody had before.
WITH_SESSIONS = frozenset({"webchat"})


class WhoSpeaks(Exchange):
    """The verbs by which a turn becomes another person's, or another deliberation's."""

    named = False  #: The command said which deliberation it means.

    @property
    def others_here(self) -> list[Somebody]:
        """Who else takes part from this address: the same citizen, in other deliberations."""
        return [
            somebody
            for id_, somebody in self.state.others.items()
            if somebody.participant.met_at == self.conversation.id
            if id_ not in self.effects.left and id_ not in self.effects.erased
        ]

    @property
    def has_sessions(self) -> bool:
        """Whether another person can begin anew on this device, and see nothing of before."""
        return self.conversation.channel in WITH_SESSIONS

    def deliberation_of(self, somebody: Somebody) -> Deliberation:
        return self.library[somebody.participant.deliberation_id]

    def deliberation_called(self, name: str) -> Deliberation | None:
        """By its code, or by its number."""
        return next((d for d in self.library.values() if name in (d.code, str(d.id))), None)

    def command(self, name: str, argument: str = "") -> str:
        """The value of a button that means the deliberation of now, at any time."""
        return self.deliberation.command(name, argument)

    def title_of(self, deliberation: Deliberation) -> str:
        return deliberation.words(deliberation.title, self.language)

    def taking_part_in(self, deliberation_id: int) -> str | None:
        """Who of this address, the one who speaks among them, takes part in a deliberation."""
        here = (somebody.participant for somebody in self.everybody_here)
        return next((p.id for p in here if p.deliberation_id == deliberation_id), None)

    @property
    def everybody_here(self) -> list[Somebody]:
        """The one who speaks, then `others_here`."""
        speaks = self.participant
        return [*([self.state.everybody[speaks.id]] if speaks else []), *self.others_here]

    def at_another_bot(self, deliberation_id: int) -> str | None:
        """Who takes part in a deliberation from this account, through another bot."""
        return next(
            (
                id_
                for id_ in sorted(self.state.account)
                if self.state.everybody[id_].participant.deliberation_id == deliberation_id
            ),
            None,
        )

    def stand_for(self, who: str) -> None:
        """For this turn be about `who` of `everybody`; the conversation stays as it is."""
        self.state = self.state.of(who)
        assert self.state.participant is not None
        self.deliberation_here = self.library[self.state.participant.deliberation_id]

    def each_here(self) -> Iterator[None]:
        """Stand for everybody here, one after the other; at the end for the one who speaks."""
        speaks = self.participant
        for somebody in self.everybody_here:
            self.stand_for(somebody.participant.id)
            yield
        if speaks is not None:
            self.stand_for(speaks.id)

    def each_meant(self, everybody: bool) -> Iterator[None]:
        """Stand for everybody here, or only for the one who speaks."""
        if everybody:
            yield from self.each_here()
        else:
            yield

    def go_on_as(self, who: str) -> None:
        """From now on the conversation is that of `who`, in their language, at the menu."""
        self.stand_for(who)
        assert self.participant is not None
        self._converse(
            participant_id=who,
            deliberation_id=self.participant.deliberation_id,
            language=self.participant.language,
            places=(HOME,),
        )

    def be_free_for_another(self) -> None:
        """Whoever took part from here does so no more: their answers stay, and wait for them
        elsewhere. Nothing that is theirs comes to this address again."""
        self.effects.left += [somebody.participant.id for somebody in self.everybody_here]
        self.state = self.state.of(None)
        self._converse(participant_id=None, language=None, places=(HOME,))

    def doubt(self) -> None:
        """Whoever said this may be somebody else: the participant is not met here by it."""
        self.effects.doubted = True

    def disown(self, *heard: int | None) -> None:
        """These messages are not from whoever took part here until now."""
        self.effects.disowned += [id_ for id_ in heard if id_ is not None]

    def end_session(self) -> None:
        """Whoever uses this device next finds an empty page; so does who reloads it."""
        self.effects.session_ended = True

    def look_at(self, code: InvitationCode) -> None:
        """Be in the deliberation of `code`, as somebody who has not joined it."""
        if self.participant is None:
            self.deliberation_here = self.library[code.deliberation_id]
            self._converse(deliberation_id=code.deliberation_id)

    def join_by(self, code: InvitationCode) -> None:
        """The participant, who came without one, has an invitation now."""
        assert self.participant is not None
        self.effects.codes_used.append((code.id, self.participant.id))
        known = replace(
            self.participant, cohort=code.cohort, stratum=code.stratum, by_code=code.for_one
        )
        self.state = replace(self.state, participant=known)

    def keep_check(self, answer: str) -> None:
        """Store what the participant will be asked for when coming back by a code."""
        assert self.participant is not None
        self.effects.checks.append((self.participant.id, sealed(answer, secrets.token_hex(8))))

    def passes_check(self, code: InvitationCode, answer: str | None) -> bool:
        """Whether `answer` is the one that was given when joining; wrong ones are counted."""
        right = code.check is None or (answer is not None and proves(code.check, answer))
        self.effects.codes_checked.append((code.id, right))
        return right
