"""Whether a platform that asks to wait means one chat, or the bot as a whole. It does not say."""

#: Refusals of so many chats within so many seconds are about the bot.
SEVERAL, MOMENT = 3, 1.0


class Throttles:
    """What was refused on one line just now."""

    def __init__(self) -> None:
        self._refused: dict[int, float] = {}

    def is_of_the_bot(self, chat: int, was_idle: bool, now: float) -> bool:
        """Whether a refusal at `now`, in seconds, means the bot: a chat that got nothing for a
        while cannot have had too much, and several chats do not have too much at once."""
        self._refused = {c: at for c, at in self._refused.items() if now - at < MOMENT}
        self._refused[chat] = now
        return was_idle or len(self._refused) >= SEVERAL
