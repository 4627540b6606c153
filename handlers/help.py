"""A citizen asks for help, or says something the bot cannot take."""

from datetime import datetime, timedelta

from bot.conversation.messages import IncomingKind, Outgoing
from bot.conversation.state import HOME, Place
from bot.conversation.turn import Turn
from handlers.routes import router

#: A group is left at most this often.
BETWEEN_LEAVINGS = timedelta(minutes=1)


@router.command("help")
@router.understanding("words-help")
async def explain(turn: Turn) -> None:
    """What can be done here; then whatever was pending."""
    turn.reply("help")
    if turn.others_here:
        turn.reply("help-switch")
    if turn.participant:
        await turn.show()


@router.refusing("unknown")
async def explain_unknown_command(turn: Turn) -> None:
    if turn.participant:
        await turn.misunderstood("unknown-command")
    else:
        turn.reply("unknown-command")


@router.refusing("early")
async def explain_early(turn: Turn) -> None:
    """A command for the panel, from somebody who is still joining."""
    turn.reply("finish-joining-first")
    await turn.show()


@router.refusing("stale")
async def explain_stale(turn: Turn) -> None:
    """A button was pressed that the question on hand does not have: of an earlier one, often."""
    turn.decline("stale-button")
    if turn.interrupted:
        await turn.show()


@router.refusing("unseen")
async def explain_unseen(turn: Turn) -> None:
    """Words that were on their way before the question was; nobody knows what they answer."""
    turn.reply("unseen-question")
    way = turn.state.way
    if way is not None and way.left_at is None and not way.coming:
        await turn.ask_anew()  # it was given up, and would never be seen


@router.on(IncomingKind.OTHER)
async def explain_only_text(turn: Turn) -> None:
    """A picture, a sticker, a voice message: the bot reads words and presses."""
    await turn.misunderstood("only-text")


@router.on(IncomingKind.GROUP)
async def decline_group(turn: Turn) -> None:
    """Say once why, and leave. Added again, the bot leaves without a word, and not more often than
    people would: somebody may play with it."""
    declined_at = turn.place.data.get("declined_at")
    if declined_at and abs(turn.now - datetime.fromisoformat(declined_at)) < BETWEEN_LEAVINGS:
        return
    key = "group-declined"
    words = "" if declined_at else turn.text(key)
    turn.say(Outgoing(text=words, language=turn.language, key=key, leaves=True))
    turn.stand_at(Place(HOME.name, {"declined_at": turn.now.isoformat()}))


@router.on(IncomingKind.LEFT)
async def let_go(turn: Turn) -> None:
    """The citizen blocked the bot: nothing is said, and nothing is sent until they come back."""
    turn.lose()


@router.on(IncomingKind.RETURNED)
async def notice_return(turn: Turn) -> None:
    """The citizen lets the bot write again: nothing is said until they speak."""
