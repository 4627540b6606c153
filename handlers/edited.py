"""A citizen changes the words of a message that is already sent."""

from bot.conversation.messages import IncomingKind
from bot.conversation.turn import Turn
from handlers.routes import router


@router.on(IncomingKind.EDITED)
async def notice_change(turn: Turn) -> None:
    """Nothing yet."""
