"""A citizen joins, with or without an invitation code, or comes back."""

from bot.conversation.state import InvitationCode, Place
from bot.conversation.turn import Turn
from bot.domain.codes import is_attempt
from handlers.broadcasting import organises, welcome_organiser
from handlers.joining import come_back, join
from handlers.returning import ask_who_is_here, is_new, lead_back
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
    elif code.participant_id and not turn.guesses_codes:
        await lead_back(turn, code)
        return
    elif refusal != "codes-too-many" and is_of(turn, code) and not code.for_one:
        await come_back(turn)  # a link for many, opened once more
        return
    if code is None or refusal:
        turn.reply(refusal or "code-wrong")
        if turn.participant:
            await turn.show()
        elif turn.deliberation_here and not turn.deliberation.invited_only:
            await join_openly(turn)
        return
    await accept_invitation(turn, code)


async def accept_invitation(turn: Turn, code: InvitationCode) -> None:
    """Join by a code that nobody has used; ask first where somebody takes part already."""
    if turn.participant is None:
        turn.look_at(code)
        if turn.at_another_bot(code.deliberation_id):
            await turn.visit(Place("elsewhere", {"invitation": code.code}))
        else:
            await join(turn, code)
    elif is_of(turn, code) and is_new(turn):
        turn.join_by(code)
        await come_back(turn)
    else:
        await ask_who_is_here(turn, code)


def is_of(turn: Turn, code: InvitationCode) -> bool:
    """Whether the code leads to where the participant is already."""
    return turn.participant is not None and turn.participant.deliberation_id == code.deliberation_id


async def join_openly(turn: Turn) -> None:
    if turn.deliberation_here is None or turn.deliberation.invited_only:
        turn.reply("invitation-needed")
    elif turn.at_another_bot(turn.deliberation.id):
        await turn.visit(Place("elsewhere", {"invitation": ""}))
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
    if code.replaced:
        return "code-replaced"
    if code.exhausted:
        return "code-used"
    if code.expires_at and code.expires_at <= turn.now:
        return "code-expired"
    return None


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
