"""A citizen joins, with or without an invitation code, or comes back."""

from bot.conversation.state import HOME, InvitationCode, Place
from bot.conversation.turn import Turn
from bot.domain.states import ParticipantStatus
from handlers.broadcasting import organises, welcome_organiser
from handlers.profile import ask_for_profile
from handlers.routes import router


@router.command("start")
async def start(turn: Turn) -> None:
    """Join, or go on from where one was."""
    code = turn.codes.get(turn.argument)
    if code is not None and code.organiser:
        greet_organiser(turn, code)
        return
    elsewhere = code is not None and (
        turn.participant is None or turn.participant.deliberation_id != code.deliberation_id
    )
    if turn.participant and not elsewhere:
        await come_back(turn)
        return
    if turn.argument and (refusal := why_refused(turn, code)):
        turn.reply(refusal)
        code = None
    if turn.deliberation_here is None or (turn.deliberation.invited_only and code is None):
        turn.reply("invitation-needed")
        return
    await join(turn, code)


def greet_organiser(turn: Turn, code: InvitationCode) -> None:
    """Somebody came with an organiser's link, for the first time or again."""
    refusal = why_refused(turn, code)
    if refusal and not organises(turn, code.deliberation_id):
        turn.reply(refusal)
    else:
        welcome_organiser(turn, code)


def why_refused(turn: Turn, code: InvitationCode | None) -> str | None:
    """The message that says why an invitation code does not open the door, if it does not."""
    if code is None:
        return "code-wrong"
    if code.exhausted:
        return "code-used"
    if code.expires_at and code.expires_at <= turn.now:
        return "code-expired"
    return None


async def join(turn: Turn, code: InvitationCode | None) -> None:
    turn.welcome(code)
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


@router.command("continue")
async def go_on(turn: Turn) -> None:
    """Put the pending question once more."""
    if turn.participant is None:
        await start(turn)
    else:
        await come_back(turn)


@router.refusing("nowhere")
async def explain_nowhere(turn: Turn) -> None:
    turn.reply("invitation-needed")


@router.refusing("stranger")
async def greet_stranger(turn: Turn) -> None:
    """Somebody who has not joined, or has withdrawn, says something else than /start."""
    turn.ask("not-joined", [turn.choice("/start", "button-start")])
