"""How one survey item is put to a citizen: its words and its buttons."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from bot.conversation.messages import Choice
from bot.conversation.turn import Turn, item_message
from bot.domain.questionnaire import Item, ItemType
from bot.domain.survey import Position
from bot.domain.words import folded


class Aside(StrEnum):
    """Buttons that are no answers. No choice code begins with an exclamation mark."""

    SKIP = "!skip"
    DONT_KNOW = "!dont_know"
    BACK = "!back"
    LATER = "!later"
    DONE = "!done"  #: Of several choices, these are all.
    MORE = "!more"  #: The next page of a long list.


#: More choices than this are not shown at once: the citizen types, or turns pages of LIST_PAGE.
LONGEST_LIST = 12
LIST_PAGE = 8


def is_long(item: Item) -> bool:
    return len(item.choices) > LONGEST_LIST


def put_item(
    turn: Turn,
    item: Item,
    where: Position,
    *,
    chosen: Sequence[str],
    page: int,
    found: Sequence[str] | None,
    can_go_back: bool,
) -> None:
    """Ask `item`; of a long list, the choices `found` by typing or else one page."""
    words = turn.deliberation.words
    parts = [words(note.label, turn.language) for note in where.shown]
    parts.append(turn.text("item-progress", number=where.number, total=where.total))
    parts.append(words(item.label, turn.language))
    parts += _how_to_answer(turn, item)
    message = item_message("\n\n".join(parts), turn, item)
    if turn.edits_in_place:
        message = replace(message, replaces=turn.heard.pressed_message)
    turn.ask(
        message,
        [*_answers(turn, item, chosen, page, found), *_asides(turn, item, can_go_back)],
    )


def _how_to_answer(turn: Turn, item: Item) -> list[str]:
    """The author's hint; else, or where buttons need explaining, the bot's own words."""
    hint = turn.deliberation.words(item.hint, turn.language)
    if item.type is ItemType.SELECT_MULTIPLE:
        return [*([hint] if hint else []), turn.text("how-several")]
    if hint:
        return [hint]
    if is_long(item):
        return [turn.text("how-long-list")]
    key = {ItemType.INTEGER: "how-whole-number", ItemType.TEXT: "how-text"}.get(item.type)
    return [turn.text(key)] if key else []


def _answers(
    turn: Turn, item: Item, chosen: Sequence[str], page: int, found: Sequence[str] | None
) -> list[Choice]:
    if item.scale is not None:
        return [Choice(f"{point:g}", f"{point:g}") for point in item.scale.points()]
    label = {c.code: turn.deliberation.words(c.label, turn.language) for c in item.choices}
    codes = list(label)
    more: list[Choice] = []
    if is_long(item):
        codes = list(found) if found else sorted(codes, key=lambda code: folded(label[code]))
        pages = -(-len(codes) // LIST_PAGE)
        first = page % pages * LIST_PAGE
        codes = codes[first : first + LIST_PAGE]
        more = [turn.choice(Aside.MORE, "button-more", aside=True)] if pages > 1 else []
    if item.type is not ItemType.SELECT_MULTIPLE:
        return [*(Choice(code, label[code]) for code in codes), *more]
    return [
        *(Choice(c, f"✓ {label[c]}" if c in chosen else label[c]) for c in codes),
        *more,
        turn.choice(Aside.DONE, "button-done"),
    ]


def _asides(turn: Turn, item: Item, can_go_back: bool) -> list[Choice]:
    asides = []
    if item.dont_know:
        asides.append(turn.choice(Aside.DONT_KNOW, "button-dont-know", aside=True))
    if not item.required:
        asides.append(turn.choice(Aside.SKIP, "button-skip", aside=True))
    if can_go_back:
        asides.append(turn.choice(Aside.BACK, "button-back", aside=True))
    asides.append(turn.choice(Aside.LATER, "button-later", aside=True))
    return asides
