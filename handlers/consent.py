"""A citizen agrees to take part, or declines; both are respected and can be reversed."""

from bot.conversation.messages import Outgoing
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from handlers.returning import ask_for_check
from handlers.routes import router


@router.asking("consent")
async def ask_for_consent(turn: Turn) -> None:
    """Show the whole consent text of its current version; to somebody who was not understood, who
    has it before them, what is expected."""
    choices = [turn.choice("agree", "consent-agree"), turn.choice("decline", "consent-decline")]
    if turn.misunderstood_now:
        turn.ask("expected-consent", choices)
        return
    turn.ask(
        Outgoing(
            text=turn.deliberation.words(turn.deliberation.consent.texts, turn.language),
            language=turn.language,
            key="consent",
            markdown=True,
        ),
        choices,
    )


@router.answering("consent")
async def accept_consent(turn: Turn) -> None:
    match turn.chosen() or _in_words(turn):
        case "agree":
            turn.consent()
            turn.reply("consent-given")
            await ask_for_check(turn)
        case "decline":
            await turn.go(Place("declined"))
        case _:
            await turn.misunderstood()


def _in_words(turn: Turn) -> str | None:
    if turn.says("words-agreed") or turn.says("words-yes"):
        return "agree"
    return "decline" if turn.says("words-no") else None


@router.asking("declined")
async def accept_refusal(turn: Turn) -> None:
    turn.ask("consent-declined", [turn.choice(turn.command("start"), "consent-reconsider")])


@router.answering("declined")
async def repeat_refusal(turn: Turn) -> None:
    await turn.show()
