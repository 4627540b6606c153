"""How one survey item is put to a citizen: its words, its media and its buttons."""

from dataclasses import replace

from bot.conversation.messages import Choice, Outgoing
from bot.conversation.turn import Turn, item_message
from bot.domain.answers import display
from bot.domain.defaults import default_answer
from bot.domain.formats import example_days, number_in_words, plain_number
from bot.domain.questionnaire import ACKNOWLEDGED, Item, ItemType, MediaKind, Scale
from bot.domain.survey import Position
from handlers.survey_asked import LONGEST_LIST, Aside, Asked, Unfinished, asked_item
from handlers.survey_dates import day_understood
from handlers.survey_lists import how_many, list_buttons, put_found
from handlers.survey_numbers import number_understood
from handlers.survey_rank import order_so_far, rank_buttons
from handlers.survey_standing import answer_so_far, back_button, keep_button
from handlers.survey_words import as_shown, wording

__all__ = ["LONGEST_LIST", "put_item", "put_shown"]

#: Of a range: each is a button. The points of a longer one are typed.
MOST_POINTS = 21

NOTHING_YET = Unfinished()

_MEDIA_ORDER = (MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.VIDEO)


def put_item(turn: Turn, where: Position, unfinished: Unfinished = NOTHING_YET) -> None:
    """Ask the item of `where`, with what is shown before it.

    Reads of the turn its deliberation, language and day, and the participant where choices come at
    random; adds to its messages. `unfinished` has what was pressed or typed so far.
    """
    asked = asked_item(turn, where, unfinished)
    if unfinished == NOTHING_YET and not (turn.misunderstood_now or turn.edits_in_place):
        for item in (*where.shown, asked.item):
            put_media(turn, where, item)
    if unfinished.day:
        _put_day(asked)
        return
    if unfinished.number is not None:
        _put_number(asked)
        return
    if asked.found:
        put_found(asked, _ways_out(asked))
        return
    parts = [as_shown(turn, where.walk, item) for item in where.shown]
    parts.append(turn.text("item-progress", number=where.number, total=where.total))
    parts.append(wording(turn, where.walk, asked.item.label))
    parts += answer_so_far(asked)
    parts += _how_to_answer(asked)
    message = item_message("\n\n".join(parts), turn, asked.item)
    if turn.edits_in_place:
        message = replace(message, replaces=turn.heard.pressed_message)
    turn.ask(message, [*_answers(asked), *_asides(asked)])


def put_shown(turn: Turn, where: Position) -> None:
    """Show what comes after the last item that is asked."""
    for item in where.shown:
        put_media(turn, where, item)
    if where.shown:
        text = "\n\n".join(as_shown(turn, where.walk, item) for item in where.shown)
        turn.say(item_message(text, turn, where.shown[-1]))


def put_media(turn: Turn, where: Position, item: Item) -> None:
    """Send the item's picture, sound and film, each with the item's words for who cannot see it."""
    words = turn.deliberation.words
    for kind in _MEDIA_ORDER:
        if digest := words(item.media.get(kind, {}), turn.language):
            alt = wording(turn, where.walk, item.label)
            turn.say(replace(item_message("", turn, item), media=digest, media_alt=alt))


def _put_day(asked: Asked) -> None:
    turn, day = asked.turn, day_understood(asked)
    question = Outgoing(
        text=turn.text("confirm-date", date=day), language=turn.language, key="confirm-date"
    )
    yes = Choice(Aside.YES, turn.text("button-date-yes", date=day))
    no = turn.choice(Aside.NO, "button-date-no")
    turn.ask(question, [yes, no, *_ways_out(asked)])


def _put_number(asked: Asked) -> None:
    turn, number = asked.turn, number_understood(asked)
    question = Outgoing(
        text=turn.text("confirm-number", number=number),
        language=turn.language,
        key="confirm-number",
    )
    yes = Choice(Aside.YES, turn.text("button-number-yes", number=number))
    no = turn.choice(Aside.NO, "button-number-no")
    turn.ask(question, [yes, no, *_ways_out(asked)])


def _how_to_answer(asked: Asked) -> list[str]:
    """The author's hint; else, or where more has to be known, the bot's own words."""
    turn, item = asked.turn, asked.item
    hint = wording(turn, asked.where.walk, item.hint)
    always = _instructions(asked)
    usually = [] if hint or always else _explanation(asked)
    return [text for text in (hint, *always, *usually) if text]


def _instructions(asked: Asked) -> list[str]:
    """What no hint stands in for: how buttons work, the ends of a scale, what is chosen so far."""
    turn, item = asked.turn, asked.item
    search = [turn.text("how-long-list")] if asked.is_long else []
    if item.type is ItemType.SELECT_MULTIPLE:
        return [how_many(asked), *search, _chosen_so_far(asked) if asked.is_long else ""]
    if item.type is ItemType.RANK:
        return [turn.text("how-rank"), *search, order_so_far(asked)]
    if item.scale is not None and item.scale.count > MOST_POINTS:
        return [_ends(turn, item.scale)]
    return []


def _explanation(asked: Asked) -> list[str]:
    turn = asked.turn
    if asked.is_long:
        return [turn.text("how-long-list")]
    if asked.item.type is ItemType.DATE:
        digits, words = example_days(turn.language)
        return [turn.text("how-date", digits=digits, words=words)]
    key = {
        ItemType.INTEGER: "how-whole-number",
        ItemType.DECIMAL: "how-number",
        ItemType.TEXT: "how-text",
    }.get(asked.item.type)
    return [turn.text(key)] if key else []


def _ends(turn: Turn, scale: Scale) -> str:
    low = number_in_words(scale.start, turn.language)
    high = number_in_words(scale.end, turn.language)
    if scale.step == 1:
        return turn.text("how-range", low=low, high=high)
    step = number_in_words(scale.step, turn.language)
    return turn.text("how-range-in-steps", low=low, high=high, step=step)


def _chosen_so_far(asked: Asked) -> str:
    if not asked.codes:
        return ""
    labels = ", ".join(asked.label(code) for code in asked.codes)
    return asked.turn.text("chosen-so-far", count=len(asked.codes), labels=labels)


def _answers(asked: Asked) -> list[Choice]:
    turn, item = asked.turn, asked.item
    if item.type is ItemType.RANK:
        return rank_buttons(asked)
    if item.type is ItemType.ACKNOWLEDGE:
        return [turn.choice(ACKNOWLEDGED, "button-acknowledge")]
    if item.scale is not None:
        points = item.scale.points() if item.scale.count <= MOST_POINTS else ()
        return [_point(asked, point) for point in points]
    return list_buttons(asked)


def _point(asked: Asked, point: float) -> Choice:
    """A button of a scale; the answer so far is marked."""
    earlier = asked.where.walk.answers.get(asked.item.code)
    mark = "✓ " if earlier is not None and earlier.value == point else ""
    return Choice(plain_number(point), mark + number_in_words(point, asked.turn.language))


def _asides(asked: Asked) -> list[Choice]:
    turn, item = asked.turn, asked.item
    asides = _default(asked)
    if item.dont_know:
        asides.append(turn.choice(Aside.DONT_KNOW, "button-dont-know", aside=True))
    if item.can_refuse:
        asides.append(turn.choice(Aside.REFUSE, "button-refuse", aside=True))
    if not item.required:
        asides.append(turn.choice(Aside.SKIP, "button-skip", aside=True))
    return [*asides, *_ways_out(asked)]


def _default(asked: Asked) -> list[Choice]:
    """A button for it, before an answer is given; afterwards one for that."""
    turn, item, walk = asked.turn, asked.item, asked.where.walk
    if item.code in walk.answers:
        return keep_button(asked)
    answer = default_answer(item, asked.choices, walk, turn.language, turn.today)
    value = display(item, answer, turn.language) if answer else None
    if value is None:
        return []
    return [Choice(Aside.KEEP, turn.text("button-keep-default", value=value), aside=True)]


def _ways_out(asked: Asked) -> list[Choice]:
    turn = asked.turn
    return [*back_button(asked), turn.choice(Aside.LATER, "button-later", aside=True)]
