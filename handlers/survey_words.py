"""The author's words as a citizen reads them: with the earlier answers that they quote."""

from bot.conversation.catalogue import FIRST_STRONG_ISOLATE, POP_ISOLATE
from bot.conversation.turn import Turn
from bot.domain.answers import display
from bot.domain.questionnaire import Item, Texts
from bot.domain.quoting import NOTHING_SAID, with_quotes
from bot.domain.survey import Walk


def in_words(turn: Turn, walk: Walk, text: str) -> str:
    """`text` with what it quotes, each in directional isolates as the catalogue's values are."""

    def said(code: str) -> str:
        words = said_to(turn, walk, code) or NOTHING_SAID
        return f"{FIRST_STRONG_ISOLATE}{words}{POP_ISOLATE}"

    return with_quotes(text, said)


def wording(turn: Turn, walk: Walk, texts: Texts) -> str:
    """In the citizen's language, with its quotes."""
    return in_words(turn, walk, turn.deliberation.words(texts, turn.language))


def said_to(turn: Turn, walk: Walk, code: str) -> str | None:
    """The answer to the item `code` in the citizen's language, if it has a value that counts."""
    item = next((item for item in walk.items if item.code == code), None)
    answer = walk.answers.get(code)
    return display(item, answer, turn.language) if item and answer else None


def as_shown(turn: Turn, walk: Walk, item: Item) -> str:
    """A note, or an item that is read only with its value below it."""
    lines = [wording(turn, walk, item.label)]
    if item.read_only:
        lines.append(f"— {said_to(turn, walk, item.code) or NOTHING_SAID}")
    if hint := wording(turn, walk, item.hint):
        lines.append(hint)
    return "\n".join(lines)
