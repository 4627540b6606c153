"""A citizen joins, with or without an invitation code, or comes back."""

from bot.conversation.state import HOME, InvitationCode, Place
from bot.conversation.turn import Turn
from bot.domain.codes import is_attempt
from bot.domain.states import ParticipantStatus
from handlers.broadcasting import organises, welcome_organiser
from handlers.profile import ask_for_profile
from handlers.routes import router


@router.command("start")
async def start(turn: Turn) -> None:
    """Join, or go on from where one was."""
    if turn.argument:
        await take_code(turn)
    elif turn.participant:
        await come_back(turn)
    else:
        await join_openly(turn)


@router.presenting
async def take_code(turn: Turn) -> None:
    """Somebody presents an invitation code: with /start, in a link, or in their own words."""
    code = turn.code
    refusal = why_refused(turn, code)
    if code is None:
        turn.count_wrong_code()
    elif code.organiser:
        greet_organiser(turn, code, refusal)
        return
    if turn.participant and (code is None or is_of(turn, code)):
        if refusal and (code is None or turn.guesses_codes):
            turn.reply(refusal)
        await come_back(turn)
        return
    if refusal:
        turn.reply(refusal)
    if turn.participant and refusal:
        await turn.show()
    elif code is not None and not refusal:
        await join(turn, code)
    elif turn.deliberation_here is not None and not turn.deliberation.invited_only:
        await join(turn, None)


def is_of(turn: Turn, code: InvitationCode) -> bool:
    """Whether the code leads to where the participant is already."""
    return turn.participant is not None and turn.participant.deliberation_id == code.deliberation_id


async def join_openly(turn: Turn) -> None:
    if turn.deliberation_here is None or turn.deliberation.invited_only:
        turn.reply("invitation-needed")
    else:
        await join(turn, None)


def greet_organiser(turn: Turn, code: InvitationCode, refusal: str | None) -> None:
    """Somebody came with an organiser's link, for the first time or again."""
    if refusal and not organises(turn, code.deliberation_id):
        turn.reply(refusal)
    else:
        welcome_organiser(turn, code)


def why_refused(turn: Turn, code: InvitationCode | None) -> str | None:
    """The message that says why an invitation code does not open the door, if it does not."""
    if turn.guesses_codes:
        return "codes-too-many"
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
    """Somebody who has not been invited to any deliberation, where nothing else leads to one."""
    if is_attempt(turn.heard.text):
        await take_code(turn)
    else:
        turn.reply("invitation-needed")


@router.refusing("stranger")
async def greet_stranger(turn: Turn) -> None:
    """Somebody who has not joined, or has withdrawn, says something else than /start."""
    if turn.participant is None and is_attempt(turn.heard.text):
        await take_code(turn)
    elif turn.participant is None and turn.deliberation.invited_only:
        turn.reply("invitation-needed")
    else:
        turn.ask("not-joined", [turn.choice("/start", "button-start")])
