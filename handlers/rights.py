"""A citizen pauses, withdraws, and sees or erases what is held."""

from bot.conversation.messages import Outgoing
from bot.conversation.router import Needs
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.domain.own_data import MOST_A_DAY, of_the_last_day
from bot.domain.states import ParticipantStatus
from handlers.routes import router


@router.command("pause", Needs.ENROLLED)
async def pause(turn: Turn) -> None:
    """Nothing comes unasked until /resume; what the citizen asks for still works."""
    if turn.participant and turn.participant.status is ParticipantStatus.ENROLLED:
        turn.become(ParticipantStatus.PAUSED)
    turn.ask("paused", [turn.choice("/resume", "button-resume")])


@router.command("resume", Needs.ENROLLED)
async def resume(turn: Turn) -> None:
    if turn.participant and turn.participant.status is ParticipantStatus.PAUSED:
        turn.become(ParticipantStatus.ENROLLED)
    turn.reply("resumed")
    await turn.show()


@router.command("stop", Needs.PARTICIPANT)
async def ask_before_withdrawing(turn: Turn) -> None:
    await turn.visit(Place("withdrawing"))


@router.asking("withdrawing")
async def ask_to_confirm_withdrawal(turn: Turn) -> None:
    turn.ask(
        "confirm-stop",
        [turn.choice("yes", "button-stop"), turn.choice("no", "button-stay", aside=True)],
    )


@router.answering("withdrawing")
async def withdraw(turn: Turn) -> None:
    match turn.chosen() or turn.yes_or_no:
        case "yes" if turn.participant and turn.participant.status is ParticipantStatus.INVITED:
            await turn.go(Place("declined"))
        case "yes":
            turn.withdraw()
            turn.stand_at(Place("home"))
            turn.ask("withdrawn", [turn.choice("/start", "button-start")])
        case "no":
            turn.reply("staying")
            await turn.leave()
        case _:
            await turn.misunderstood("expected-choice", count=2)


@router.command("mydata")
async def hand_over_data(turn: Turn) -> None:
    if turn.participant is None:
        turn.reply("nothing-held")
        return
    if len(of_the_last_day(turn.participant.files_asked, turn.now)) >= MOST_A_DAY:
        turn.reply("mydata-enough", count=MOST_A_DAY)
        return
    turn.reply("mydata")
    turn.hand_over_data()


@router.command("delete")
async def ask_before_erasing(turn: Turn) -> None:
    if turn.participant is None:
        turn.reply("nothing-held")
        return
    await turn.visit(Place("erasing"))


@router.asking("erasing")
async def ask_to_confirm_erasure(turn: Turn) -> None:
    kept = turn.deliberation.on_erase == "anonymise"
    turn.ask(
        "confirm-delete-anonymise" if kept else "confirm-delete",
        [turn.choice("yes", "button-delete"), turn.choice("no", "button-keep", aside=True)],
    )


@router.answering("erasing")
async def erase(turn: Turn) -> None:
    match turn.chosen() or turn.yes_or_no:
        case "yes":
            turn.erase()
            turn.reply("erased")
        case "no":
            turn.reply("not-erased")
            await turn.leave()
        case _:
            await turn.misunderstood("expected-choice", count=2)


@router.command("privacy")
async def explain_privacy(turn: Turn) -> None:
    """What is held and why, then the consent text in force."""
    turn.reply("privacy")
    consent = turn.deliberation.consent
    turn.say(
        Outgoing(
            text=turn.deliberation.words(consent.texts, turn.language),
            language=turn.language,
            key="consent",
            markdown=True,
        )
    )
    if turn.participant:
        await turn.show()
