"""The author's words as a citizen reads them: with the earlier answers that they quote."""

from bot.conversation.catalogue import FIRST_STRONG_ISOLATE, POP_ISOLATE
from bot.conversation.messages import Outgoing
from bot.conversation.turn import Turn
from bot.domain.answers import display
from bot.domain.questionnaire import Item, Texts
from bot.domain.quoting import NOTHING_SAID, with_quotes
from bot.domain.survey import Walk
from bot.domain.telling_apart import clipped

#: Characters of a question that is only named.
LONGEST_QUESTION = 120


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


def tell_what_counts_no_longer(turn: Turn, before: Walk, after: Walk) -> None:
    """Name the questions that were answered and are not asked any more, because of a change."""
    asked = {item.code for item in after.items}
    lost = [
        item
        for item in before.items
        if item.asked and item.code in before.answers and item.code not in asked
    ]
    if lost:
        questions = (clipped(wording(turn, before, item.label), LONGEST_QUESTION) for item in lost)
        lines = [turn.text("answers-count-no-longer"), *(f"• {words}" for words in questions)]
        turn.say(
            Outgoing(text="\n".join(lines), language=turn.language, key="answers-count-no-longer")
        )
