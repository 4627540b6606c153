"""A citizen pauses, withdraws, and sees or erases what is held."""

from bot.conversation.messages import Outgoing
from bot.conversation.router import Needs
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.conversation.who_speaks import ALL
from bot.domain.own_data import MOST_A_DAY, of_the_last_day
from bot.domain.states import ParticipantStatus, sources_of
from handlers.routes import router

#: Who has consented, and has not yet taken it back.
_CAN_WITHDRAW = sources_of(ParticipantStatus.WITHDRAWN)


@router.command("pause", Needs.ENROLLED | Needs.WHICH)
async def pause(turn: Turn) -> None:
    """Nothing comes unasked until /resume; what the citizen asks for still works."""
    everybody = turn.argument == ALL
    for _ in turn.each_meant(everybody):
        if turn.participant and turn.participant.status is ParticipantStatus.ENROLLED:
            turn.become(ParticipantStatus.PAUSED)
    undo = f"/resume {ALL}" if everybody else turn.command("resume")
    turn.ask("paused", [turn.choice(undo, "button-resume")])


@router.command("resume", Needs.ENROLLED | Needs.WHICH)
async def resume(turn: Turn) -> None:
    for _ in turn.each_meant(turn.argument == ALL):
        if turn.participant and turn.participant.status is ParticipantStatus.PAUSED:
            turn.become(ParticipantStatus.ENROLLED)
    turn.reply("resumed")
    await turn.show()


@router.command("stop", Needs.PARTICIPANT | Needs.WHICH)
async def ask_before_withdrawing(turn: Turn) -> None:
    await turn.visit(Place("withdrawing", _how_many(turn)))


def _how_many(turn: Turn) -> dict[str, bool]:
    return {"all": True} if turn.argument == ALL and turn.others_here else {}


def _titles(turn: Turn) -> str:
    return ", ".join(turn.title_of(turn.deliberation_of(each)) for each in turn.everybody_here)


@router.asking("withdrawing")
async def ask_to_confirm_withdrawal(turn: Turn) -> None:
    choices = [turn.choice("yes", "button-stop"), turn.choice("no", "button-stay", aside=True)]
    if turn.place.data.get("all"):
        turn.ask("confirm-stop-all", choices, titles=_titles(turn))
    else:
        turn.ask("confirm-stop", choices)


@router.answering("withdrawing")
async def withdraw(turn: Turn) -> None:
    match turn.chosen() or turn.yes_or_no:
        case "yes" if turn.participant and turn.participant.status is ParticipantStatus.INVITED:
            await turn.go(Place("declined"))
        case "yes":
            for _ in turn.each_meant(bool(turn.place.data.get("all"))):
                if turn.participant and turn.participant.status in _CAN_WITHDRAW:
                    turn.withdraw()
            turn.stand_at(Place("home"))
            turn.ask("withdrawn", [turn.choice(turn.command("start"), "button-start")])
        case "no":
            turn.reply("staying")
            await turn.leave()
        case _:
            await turn.misunderstood("expected-choice", count=2)


@router.command("mydata", Needs.WHICH)
async def hand_over_data(turn: Turn) -> None:
    if turn.participant is None:
        turn.reply("nothing-held")
        return
    for _ in turn.each_meant(turn.argument == ALL):
        if len(of_the_last_day(turn.participant.files_asked, turn.now)) >= MOST_A_DAY:
            turn.reply("mydata-enough", count=MOST_A_DAY)
        else:
            turn.reply("mydata")
            turn.hand_over_data()


@router.command("delete", Needs.WHICH)
async def ask_before_erasing(turn: Turn) -> None:
    if turn.participant is None:
        turn.reply("nothing-held")
        return
    await turn.visit(Place("erasing", _how_many(turn)))


@router.asking("erasing")
async def ask_to_confirm_erasure(turn: Turn) -> None:
    choices = [turn.choice("yes", "button-delete"), turn.choice("no", "button-keep", aside=True)]
    if turn.place.data.get("all"):
        turn.ask("confirm-delete-all", choices, titles=_titles(turn))
    else:
        kept = turn.deliberation.on_erase == "anonymise"
        turn.ask("confirm-delete-anonymise" if kept else "confirm-delete", choices)


@router.answering("erasing")
async def erase(turn: Turn) -> None:
    match turn.chosen() or turn.yes_or_no:
        case "yes":
            for _ in turn.each_meant(bool(turn.place.data.get("all"))):
                turn.erase()
            turn.say(
                Outgoing(
                    text=turn.text("erased"),
                    language=turn.language,
                    key="erased",
                    begins_anew=not turn.others_here,
                )
            )
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
