"""A citizen puts choices in order: one press after the other, or all at once by typing."""

from bot.conversation.messages import Choice
from bot.domain.choosing import chosen
from bot.domain.ranking import completed, placed, ranked_answer, undone
from bot.domain.reading import Misunderstood
from handlers.survey_asked import Aside, Asked, keep, misunderstood, stay
from handlers.survey_lists import codes_of, more_button


def order_so_far(asked: Asked) -> str:
    """What is placed, one below the other; nothing if nothing is."""
    if not asked.codes:
        return ""
    lines = [f"{place}. {asked.label(code)}" for place, code in enumerate(asked.codes, start=1)]
    return "\n".join([asked.turn.text("order-so-far"), *lines])


def rank_buttons(asked: Asked) -> list[Choice]:
    """The choices, each with its place in front once it has one; at the end, whether that is it."""
    turn = asked.turn
    undo = turn.choice(Aside.UNDO, "button-undo", aside=True)
    if _is_whole(asked):
        done = turn.choice(Aside.DONE, "button-done")
        return [done, undo] if len(asked.codes) > 1 else [done]
    places = {code: f"{place}. " for place, code in enumerate(asked.codes, start=1)}
    buttons = [Choice(code, places.get(code, "") + asked.label(code)) for code in asked.shown]
    return [*buttons, *more_button(asked), *([undo] if asked.codes else [])]


async def press_rank(asked: Asked, code: str) -> None:
    """Place a choice after those that are placed. Don't know and refused are answers at once."""
    if code not in asked.substantive:
        await keep(asked, chosen(asked.item, code))
    elif code in asked.codes:
        asked.turn.decline("already-placed", choice=asked.label(code))
    else:
        await stay(asked, codes=placed(asked.codes, code, asked.substantive), found=())


async def undo_rank(asked: Asked) -> None:
    await stay(asked, codes=undone(asked.codes, asked.substantive))


async def finish_ranking(asked: Asked) -> None:
    """This is the order."""
    if _is_whole(asked):
        await keep(asked, ranked_answer(asked.codes))
    else:
        await _expect_an_order(asked)


async def read_order(asked: Asked, text: str) -> None:
    """The whole order, which is then to be confirmed; or what comes next in it."""
    counts_order = _is_whole(asked) and not asked.is_long
    codes = await codes_of(asked, text, asked.codes if counts_order else None)
    if not codes:
        return
    if len(codes) == 1 and codes[0] not in asked.substantive:
        await keep(asked, chosen(asked.item, codes[0]))
    elif order := _order(asked, codes):
        await stay(asked, codes=order, found=())
    else:
        await _expect_an_order(asked)


async def _expect_an_order(asked: Asked) -> None:
    details = {"count": str(len(asked.substantive))}
    await misunderstood(asked, Misunderstood("expected-order", details))


def _order(asked: Asked, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Going on from what is placed, or else anew; empty if it is no order."""
    substantive = asked.substantive
    if len(set(codes)) < len(codes) or not set(codes) <= set(substantive) or not codes:
        return ()
    if not set(codes) & set(asked.codes):
        return completed((*asked.codes, *codes), substantive)
    return completed(codes, substantive) if len(codes) >= len(substantive) - 1 > 0 else ()


def _is_whole(asked: Asked) -> bool:
    return len(asked.codes) == len(asked.substantive) > 0
