"""Who is here? A code that another person may have brought, or that leads back to somebody."""

from bot.conversation.messages import Choice, Outgoing
from bot.conversation.state import InvitationCode, Place
from bot.conversation.turn import Turn
from bot.domain.return_check import MOST_WRONG_CHECKS, ReturnCheck, read_check
from bot.domain.states import ParticipantStatus
from handlers.joining import come_back, greet, join
from handlers.profile import ask_for_profile
from handlers.routes import router


async def lead_back(turn: Turn, code: InvitationCode) -> None:
    """A code by which somebody has joined leads back to that person, and makes no second one."""
    who = code.participant_id
    here = {somebody.participant.id for somebody in turn.others_here}
    if turn.participant and turn.participant.id == who:
        await come_back(turn)
    elif who is not None and who in here:
        turn.switch_to(who)
        await turn.show()
    elif turn.participant is None:
        turn.look_at(code)
        await check(turn, code)
    elif is_new(turn) and not turn.others_here:
        turn.be_free_for_another()
        await check(turn, code)
    else:
        await ask_who_is_here(turn, code)


def is_new(turn: Turn) -> bool:
    """Whether somebody has said nothing here yet but /start."""
    participant = turn.participant
    return (
        participant is not None
        and participant.status is ParticipantStatus.INVITED
        and not participant.by_code
    )


async def ask_who_is_here(turn: Turn, code: InvitationCode) -> None:
    turn.doubt()
    await turn.visit(Place("whose", {"invitation": code.code, "said": turn.heard.id}))


# --- Somebody takes part here, and a code says that it may be another person --------------------


@router.asking("whose")
async def ask_whose_code(turn: Turn) -> None:
    turn.ask(
        "whose-code",
        [
            turn.choice("me", "button-mine"),
            turn.choice("other", "button-somebody-else"),
            turn.choice("stay", "button-forget-code", aside=True),
        ],
        title=turn.title_of(turn.deliberation),
    )


@router.answering("whose")
async def accept_whose_code(turn: Turn) -> None:
    code = turn.codes.get(turn.place.data["invitation"])
    match turn.chosen():
        case "stay":
            await turn.leave()
        case _ if code is None or code.replaced or (code.exhausted and not code.participant_id):
            turn.reply("code-used")
            await turn.leave()
        case "me":
            await go_on_with_code(turn, code)
        case "other":
            await make_room(turn, code)
        case _:
            await turn.misunderstood("expected-choice", count=3)


async def go_on_with_code(turn: Turn, code: InvitationCode) -> None:
    """The same person: in one more deliberation, or where they are already."""
    already = turn.taking_part_in(code.deliberation_id)
    if code.participant_id and already:
        turn.reply("code-of-another", button=turn.text("button-somebody-else"))
        await turn.show()
        return
    turn.step_back()
    if code.participant_id:
        await check(turn, code)
    elif already is None:
        await join(turn, code)
    else:
        turn.reply("code-not-needed")
        if turn.participant is None or turn.participant.id != already:
            turn.switch_to(already)
        await turn.show()


async def make_room(turn: Turn, code: InvitationCode) -> None:
    """Another person: nothing of the one before is shown to them, nor theirs to that one."""
    turn.disown(turn.place.data.get("said"), turn.heard.id)
    if turn.has_sessions:
        begin_anew(turn, code.code)
        return
    turn.be_free_for_another()
    if code.participant_id:
        turn.look_at(code)
        await check(turn, code)
    else:
        await join(turn, code)


def begin_anew(turn: Turn, code: str) -> None:
    """The page forgets its session, and presents the code in a new one."""
    turn.end_session()
    turn.say(
        Outgoing(
            text=turn.text("session-over"),
            language=turn.language,
            key="session-over",
            begins_anew=True,
            presents=code,
        )
    )


# --- The same account at another bot --------------------------------------------------------------


@router.asking("elsewhere")
async def ask_where_to_go_on(turn: Turn) -> None:
    choices = [turn.choice("here", "button-go-on-here")]
    if turn.has_sessions or turn.place.data["invitation"]:
        choices.append(turn.choice("other", "button-somebody-else"))
    choices.append(turn.choice("stay", "button-stay-there", aside=True))
    turn.ask("elsewhere", choices, title=turn.title_of(turn.deliberation))


@router.answering("elsewhere")
async def accept_where_to_go_on(turn: Turn) -> None:
    code = turn.codes.get(turn.place.data["invitation"])
    who = turn.at_another_bot(turn.deliberation.id)
    match turn.chosen():
        case "here" if who:
            turn.go_on_as(who)
            await come_back(turn)
        case "other" if turn.has_sessions:
            begin_anew(turn, code.code if code else "")
        case "other" if code and not code.exhausted:
            await join(turn, code)
        case "stay" | "here" | "other":
            turn.step_back()
            turn.reply("staying-there")
        case _:
            await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))


# --- What coming back takes ----------------------------------------------------------------------


async def check(turn: Turn, code: InvitationCode) -> None:
    """Ask for what the deliberation wants to be sure of, then go on as who joined by the code."""
    if turn.library[code.deliberation_id].return_check is ReturnCheck.NONE or code.check is None:
        await enter(turn, code)
    elif code.wrong_checks >= MOST_WRONG_CHECKS:
        turn.reply("return-locked")
        await (turn.show() if turn.participant else turn.leave())
    else:
        await turn.visit(Place("returning", {"invitation": code.code}))


async def enter(turn: Turn, code: InvitationCode) -> None:
    assert code.participant_id is not None
    turn.go_on_as(code.participant_id)
    assert turn.participant is not None
    if turn.participant.status is ParticipantStatus.INVITED:
        await greet(turn)
    elif (
        turn.deliberation.return_check is not ReturnCheck.NONE and not code.check and turn.enrolled
    ):
        turn.reply("welcome-back")
        await turn.visit(Place("return-check"))
    else:
        await come_back(turn)


@router.asking("returning")
async def ask_to_prove(turn: Turn) -> None:
    code = turn.codes.get(turn.place.data["invitation"])
    by_year = code and (turn.library[code.deliberation_id].return_check is ReturnCheck.BIRTH_YEAR)
    turn.ask(
        "prove-birth-year" if by_year else "prove-word",
        [turn.choice("stay", "button-forget-code", aside=True)],
    )


@router.answering("returning")
async def accept_proof(turn: Turn) -> None:
    code = turn.codes.get(turn.place.data["invitation"])
    if turn.chosen(by_number=False) == "stay" or code is None or not code.participant_id:
        await turn.leave()
        return
    if code.wrong_checks >= MOST_WRONG_CHECKS:
        turn.reply("return-locked")
        await turn.leave()
        return
    kind = turn.library[code.deliberation_id].return_check
    if turn.passes_check(code, read_check(kind, turn.heard.text, turn.now.year)):
        await enter(turn, code)
    else:
        await turn.misunderstood("proof-wrong")


async def ask_for_check(turn: Turn) -> None:
    """After the consent: what will lead back, for those whom a code leads back at all."""
    assert turn.participant is not None
    if turn.deliberation.return_check is ReturnCheck.NONE or not turn.participant.by_code:
        await ask_for_profile(turn)
    else:
        await turn.go(Place("return-check"))


@router.asking("return-check")
async def ask_what_will_prove(turn: Turn) -> None:
    by_year = turn.deliberation.return_check is ReturnCheck.BIRTH_YEAR
    nothing: list[Choice] = []
    turn.ask("return-check-birth-year" if by_year else "return-check-word", nothing)


@router.answering("return-check")
async def accept_what_will_prove(turn: Turn) -> None:
    by_year = turn.deliberation.return_check is ReturnCheck.BIRTH_YEAR
    answer = read_check(turn.deliberation.return_check, turn.heard.text, turn.now.year)
    if answer is None:
        await turn.misunderstood("expected-birth-year" if by_year else "expected-word")
        return
    turn.keep_check(answer)
    turn.reply("return-check-kept")
    if turn.enrolled:
        await turn.leave()
    else:
        await ask_for_profile(turn)
