"""A citizen names a choice by typing, chooses several, or turns the pages of a long list."""

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.messages import Choice, Outgoing
from bot.conversation.turn import Turn
from bot.domain.answers import Answer
from bot.domain.choosing import chosen, picked_choices, selected, toggled
from bot.domain.counts import Counts, counts_wanted
from bot.domain.naming import Tongue, resembling
from bot.domain.questionnaire import ItemType
from bot.domain.reading import Misunderstood
from bot.domain.words import listed
from handlers.survey_asked import Aside, Asked, keep, misunderstood, pass_over, stay


def counts_of(asked: Asked) -> Counts | None:
    """How many choices the item wants, if it says so."""
    among, walk = len(asked.substantive), asked.where.walk
    return counts_wanted(asked.item, among, walk.values, asked.turn.today)


def how_many(asked: Asked) -> str:
    """The words that tell how to choose several."""
    turn, counts = asked.turn, counts_of(asked)
    if counts is None:
        return turn.text("how-several")
    if counts.least == counts.most:
        return turn.text("how-exactly", count=counts.least)
    if counts.least == 1:
        return turn.text("how-at-most", most=counts.most)
    if counts.most == len(asked.substantive):
        return turn.text("how-at-least", least=counts.least)
    return turn.text("how-between", least=counts.least, most=counts.most)


def list_buttons(asked: Asked) -> list[Choice]:
    """The choices of this page, those chosen of several marked, and the way to the next page."""
    buttons = [
        Choice(code, f"✓ {asked.label(code)}" if code in asked.ticked else asked.label(code))
        for code in asked.shown
    ]
    if asked.item.type is ItemType.SELECT_MULTIPLE:
        buttons.append(asked.turn.choice(Aside.DONE, "button-done"))
    return [*buttons, *more_button(asked)]


def more_button(asked: Asked) -> list[Choice]:
    """To the page that it names; the last leads to the first."""
    pages = asked.pages
    if pages == 1:
        return []
    page = (asked.unfinished.page + 1) % pages + 1
    return [Choice(Aside.MORE, asked.turn.text("button-more", page=page, pages=pages), aside=True)]


async def turn_page(asked: Asked) -> None:
    await stay(asked, page=asked.unfinished.page + 1)


async def press_choice(asked: Asked, code: str) -> None:
    """Switch a choice on or off; one too many is not taken."""
    codes = tuple(toggled(asked.item, asked.codes, code))
    counts = counts_of(asked)
    if counts and len(codes) > counts.most and len(codes) > len(asked.codes):
        asked.turn.decline("expected-at-most", most=counts.most)
    else:
        await stay(asked, codes=codes, found=())


async def finish_choosing(asked: Asked) -> None:
    """Those chosen are all."""
    if asked.codes:
        await keep_several(asked, selected(asked.item, asked.codes))
    else:
        await pass_over(asked)


async def keep_several(asked: Asked, answer: Answer) -> None:
    """Record several choices, if they are not too many or too few."""
    count, counts = _count(answer), counts_of(asked)
    if counts and count and count > counts.most:
        await misunderstood(asked, Misunderstood("expected-at-most", {"most": str(counts.most)}))
    elif counts and count and count < counts.least:
        details = {"least": str(counts.least), "count": str(count)}
        await misunderstood(asked, Misunderstood("expected-at-least", details))
    else:
        await keep(asked, answer)


def _count(answer: Answer) -> int:
    return len(answer.value) if isinstance(answer.value, list) else 0


# --- Typed ---------------------------------------------------------------------------------------


async def read_one(asked: Asked, text: str) -> None:
    """One choice, by its label, by another of its names or by the number of its button."""
    match await codes_of(asked, text):
        case [code]:
            await keep(asked, chosen(asked.item, code))
        case [_, _, *_]:
            await _say_what_is_expected(asked)


async def read_several(asked: Asked, text: str) -> None:
    """An enumeration is the whole answer; in a long list, each of it is switched on or off."""
    codes = await codes_of(asked, text)
    if codes and asked.is_long:
        await _switch(asked, codes)
    elif codes:
        await keep_several(asked, selected(asked.item, codes))


async def _switch(asked: Asked, pressed: tuple[str, ...]) -> None:
    codes: tuple[str, ...] = asked.codes
    for code in pressed:
        codes = tuple(toggled(asked.item, codes, code))
    counts = counts_of(asked)
    if counts and len(codes) > max(counts.most, len(asked.codes)):
        await misunderstood(asked, Misunderstood("expected-at-most", {"most": str(counts.most)}))
    else:
        await stay(asked, codes=codes, found=())


def tongue_of(turn: Turn) -> Tongue:
    """What the catalogues know of the citizen's language."""
    return Tongue(
        turn.language,
        articles=turn.words("words-articles"),
        leads=turn.words("words-before-an-answer"),
        plain=(*turn.words("words-yes"), *turn.words("words-no"), *turn.words("words-agreed")),
    )


async def codes_of(
    asked: Asked, text: str, counted: Sequence[str] | None = None
) -> tuple[str, ...]:
    """The codes of the choices that `text` names for certain; a number counts those `counted`, else
    those on the buttons. None, if anything is uncertain: then the citizen sees what may be meant,
    or is told what was expected."""
    tongue = tongue_of(asked.turn)
    shown = asked.shown if counted is None else counted
    if codes := picked_choices(text, asked.choices, shown, tongue):
        return codes
    is_one = asked.item.type is ItemType.SELECT_ONE or len(listed(text)) == 1
    likely = [  # among words of an order, "don't know" is not what was meant
        choice
        for choice in asked.choices
        if asked.item.type is not ItemType.RANK or choice.code in asked.substantive
    ]
    if (
        is_one
        and not asked.turn.wants_something_else
        and (found := resembling(text, likely, tongue))
    ):
        await stay(asked, found=found, page=0)
    else:
        await _say_what_is_expected(asked)
    return ()


async def _say_what_is_expected(asked: Asked) -> None:
    if asked.is_long:
        expected = Misunderstood("expected-in-list")
    elif asked.item.type is ItemType.RANK:
        expected = Misunderstood("expected-order", {"count": str(len(asked.substantive))})
    elif asked.item.type is ItemType.SELECT_ONE:
        expected = Misunderstood("expected-choice", {"count": str(len(asked.choices))})
    else:
        expected = Misunderstood("expected-choices", {"count": str(len(asked.choices))})
    await misunderstood(asked, expected)


def put_found(asked: Asked, ways_out: list[Choice]) -> None:
    """Ask which of those found was meant: a guess is offered, never taken."""
    turn = asked.turn
    question = Outgoing(text=turn.text("did-you-mean"), language=turn.language, key="did-you-mean")
    if turn.edits_in_place:
        question = replace(question, replaces=turn.heard.pressed_message)
    buttons = [Choice(code, asked.label(code)) for code in asked.shown]
    none = turn.choice(Aside.NONE, "button-none-of-these", aside=True)
    turn.ask(question, [*buttons, *more_button(asked), none, *ways_out])


async def drop_found(asked: Asked) -> None:
    """None of them: the question is put anew."""
    await stay(asked, found=(), page=0)
