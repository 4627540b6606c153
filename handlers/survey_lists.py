"""A citizen chooses several, or searches a long list by typing and by its pages."""

from bot.conversation.messages import Choice
from bot.domain.answers import Answer
from bot.domain.choosing import chosen, matching_choices, picked_choices, selected, toggled
from bot.domain.counts import Counts, counts_wanted
from bot.domain.questionnaire import ItemType
from bot.domain.reading import Misunderstood, read_answer
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
        Choice(code, f"✓ {asked.label(code)}" if code in asked.codes else asked.label(code))
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
        await asked.turn.decline("expected-at-most", most=counts.most)
    else:
        await stay(asked, codes=codes)


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
        await asked.turn.misunderstood("expected-at-most", most=counts.most)
    elif counts and count and count < counts.least:
        await asked.turn.misunderstood("expected-at-least", least=counts.least, count=count)
    else:
        await keep(asked, answer)


def _count(answer: Answer) -> int:
    return len(answer.value) if isinstance(answer.value, list) else 0


async def read_several(asked: Asked, text: str) -> None:
    """An enumeration is the whole answer; in a long list, each of it is switched on or off."""
    if asked.is_long:
        await _switch(asked, await search(asked, text))
        return
    read = read_answer(
        asked.item, text, asked.turn.language, asked.choices, asked.shown, asked.turn.today
    )
    if isinstance(read, Misunderstood):
        await misunderstood(asked, read)
    else:
        await keep_several(asked, read)


async def _switch(asked: Asked, pressed: tuple[str, ...]) -> None:
    if not pressed:
        return
    codes: tuple[str, ...] = asked.codes
    for code in pressed:
        codes = tuple(toggled(asked.item, codes, code))
    counts = counts_of(asked)
    if counts and len(codes) > max(counts.most, len(asked.codes)):
        await asked.turn.misunderstood("expected-at-most", most=counts.most)
    else:
        await stay(asked, codes=codes, found=())


async def read_one(asked: Asked, text: str) -> None:
    """One choice of a long list, by its first letters, its label or its number on the page."""
    match await search(asked, text):
        case [code]:
            await keep(asked, chosen(asked.item, code))
        case [_, _, *_]:
            await asked.turn.misunderstood("expected-choice", count=len(asked.shown))


async def search(asked: Asked, text: str) -> tuple[str, ...]:
    """The codes that `text` means in a long list. None, if the citizen first has to choose among
    what was found, or nothing was."""
    language = asked.turn.language
    if codes := picked_choices(text, asked.choices, asked.shown, language):
        return tuple(codes)
    found = matching_choices(asked.choices, text, language)
    if not found:
        await asked.turn.misunderstood("expected-in-list")
    elif len(found) > 1:
        await stay(asked, found=tuple(found), page=0)
    return tuple(found) if len(found) == 1 else ()
