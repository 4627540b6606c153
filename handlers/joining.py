"""The way in: a citizen becomes a participant, or comes back to where they were."""

from bot.conversation.state import HOME, InvitationCode, Place
from bot.conversation.turn import Turn
from bot.domain.states import ParticipantStatus
from handlers.profile import ask_for_profile


async def join(turn: Turn, code: InvitationCode | None) -> None:
    turn.welcome(code)
    await greet(turn)


async def greet(turn: Turn) -> None:
    """Whoever has just come chooses a language and reads what they are asked to agree to."""
    turn.reply("welcome", title=turn.deliberation.words(turn.deliberation.title, turn.language))
    turn.stand_at(Place("consent"))
    if len(turn.deliberation.languages) > 1:
        await turn.visit(Place("language"))
    else:
        turn.speak(turn.language)
        await turn.show()


async def come_back(turn: Turn) -> None:
    assert turn.participant is not None
    status = turn.participant.status
    turn.reply("welcome-back")
    if status is ParticipantStatus.CONSENTED and turn.place == HOME:
        await ask_for_profile(turn)
        return
    if (
        status in (ParticipantStatus.INVITED, ParticipantStatus.WITHDRAWN)
        and turn.place.name != "language"
    ):
        turn.stand_at(Place("consent"))
    await turn.show()
