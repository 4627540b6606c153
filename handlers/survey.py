"""A citizen answers a questionnaire: one item at a time, back and forth, now or later."""

import re
from collections.abc import Collection

from bot.conversation.exchange import Exchange
from bot.conversation.messages import IncomingKind
from bot.conversation.router import Needs
from bot.conversation.state import Place, StoredWave
from bot.conversation.turn import Turn
from bot.domain.answers import Answer
from bot.domain.choosing import chosen
from bot.domain.defaults import default_answer
from bot.domain.deliberation import PROFILE
from bot.domain.questionnaire import AnswerKind, Item, ItemType
from bot.domain.reading import Misunderstood, number_answer, read_answer
from bot.domain.states import ResponseStatus
from bot.domain.words import bare, number_in
from handlers.home import answered_waves
from handlers.routes import router
from handlers.stopping import wonder_at_answer
from handlers.survey_asked import (
    Aside,
    Asked,
    Unfinished,
    as_put,
    asked_item,
    keep,
    misunderstood,
    pass_over,
    response_here,
    survey_place,
)
from handlers.survey_dates import confirm_day, drop_day, read_day
from handlers.survey_items import put_item
from handlers.survey_lists import (
    drop_found,
    finish_choosing,
    press_choice,
    read_one,
    read_several,
    turn_page,
)
from handlers.survey_numbers import confirm_number, drop_number, read_number
from handlers.survey_plain import explain_not_knowing, plainly
from handlers.survey_rank import finish_ranking, press_rank, read_order, undo_rank
from handlers.survey_standing import go_back, keep_standing
from handlers.survey_summary import finish, has_closed
from handlers.switching import finds_wave

#: Buttons among the answers, which are numbered with them.
_NUMBERED = (Aside.DONE, Aside.YES, Aside.NO)
#: What a label has in front of the part that changes: `Keep: 5`, `More (2/5)`, `Yes, 3 May 2026`.
_HEAD = re.compile(r"^[^:(,،：（]+(?=[:(,،：（])")


@router.command("survey", Needs.ENROLLED)
async def open_survey(turn: Turn) -> None:
    """Start, go on with, or look at the answers to a wave; without a code, the first open one, else
    the one that was answered last."""
    if not await finds_wave(turn, turn.argument):
        return
    wave = turn.deliberation.wave(turn.argument) if turn.argument else _usual_wave(turn)
    if wave is None or wave.id not in turn.state.invited:
        turn.reply("survey-none")
        await turn.go_home()
        return
    if wave in answered_waves(turn):
        await turn.visit(Place("summary", {"instrument": wave.code}))
        return
    if not turn.may_answer(wave, turn.heard.received_at) or wave.questionnaire_id is None:
        turn.reply("wave-closed")
        await turn.go_home()
        return
    response = turn.response(wave.code) or turn.begin(wave.code, wave.questionnaire_id, wave.id)
    if response.status is ResponseStatus.PARTIAL:
        turn.mark(response, ResponseStatus.IN_PROGRESS)  # staff opened the wave again
    await turn.visit(Place("survey", {"instrument": wave.code}))


def _usual_wave(turn: Turn) -> StoredWave | None:
    if turn.open_waves:
        return turn.open_waves[0]
    answered = answered_waves(turn)
    still_open = [wave for wave in answered if turn.may_answer(wave, turn.now)]
    return next(reversed(still_open or answered), None)


@router.asking("survey")
async def ask_item(turn: Turn) -> None:
    """Put the item that is next, or the summary when there is none. Whose last word was in time,
    though the wave has closed since, is told that it was kept."""
    response = response_here(turn)
    where = turn.position(response)
    in_time = not has_closed(turn, response, turn.heard.received_at)
    if has_closed(turn, response, turn.now) and not (in_time and where.item is None):
        turn.reply("wave-closed-since" if turn.effects.answers else "wave-closed")
        await turn.go_home()
        return
    if where.item is None:
        await finish(turn, response)
        return
    data, put = turn.place.data, as_put(turn, where)
    if data.get("put") != put:
        if "put" in data:  # what was pressed towards its answer was for another question
            data = survey_place(turn, data.get("at")).data
        turn.stand_at(Place("survey", {**data, "put": put}))
    put_item(turn, where, Unfinished.of(turn.place.data, where.item))


@router.offering("survey")
def offered_on_any_page(turn: Exchange) -> Collection[str]:
    """The choices of a long list, whichever page of it is shown."""
    response = turn.response(turn.place.data["instrument"])
    if response is None or (item := (where := turn.position(response)).item) is None:
        return ()
    return [choice.code for choice in where.walk.choices(item)]


@router.answering("survey")
async def accept_answer(turn: Turn) -> None:
    response = response_here(turn)
    if has_closed(turn, response, turn.heard.received_at):
        turn.reply("wave-closed")
        await turn.go_home()
        return
    where = turn.position(response)
    if turn.place.data.get("put", put := as_put(turn, where)) != put:
        turn.reply("question-changed")
        await turn.show()
        return
    if where.item is None:
        await finish(turn, response)
        return
    asked = asked_item(turn, where, Unfinished.of(turn.place.data, where.item))
    match _meant(asked):
        case aside if aside in list(Aside):
            await _accept_aside(asked, Aside(aside))
        case None:
            await _accept_words(asked, turn.heard.text)
        case code:
            await _accept_press(asked, code)


def _meant(asked: Asked) -> str | None:
    """The button that was pressed, or that is no answer and was typed by its words or number."""
    turn = asked.turn
    if turn.heard.kind is not IncomingKind.TEXT:
        return turn.chosen()
    number = number_in(turn.heard.text) is not None
    if number and _answered_by_number(asked):
        return None
    value = turn.chosen()
    if value in list(Aside):
        return value if value in _NUMBERED or not number else None
    if asked.item.type is ItemType.ACKNOWLEDGE and value is not None:
        return value
    wanted = bare(turn.heard.text)
    return next(
        (
            value
            for value, label in turn.conversation.offered
            if value in list(Aside)
            if (head := _HEAD.match(label)) and bare(head[0]) == wanted
        ),
        None if number else plainly(asked),
    )


def _answered_by_number(asked: Asked) -> bool:
    """Whether a typed number is the answer itself, and counts no buttons."""
    if asked.item.type is ItemType.DATE:
        return not asked.unfinished.day
    return asked.item.scale is not None or asked.item.type in (
        ItemType.INTEGER,
        ItemType.DECIMAL,
        ItemType.TEXT,
    )


async def _accept_aside(asked: Asked, aside: Aside) -> None:
    turn, item, where = asked.turn, asked.item, asked.where
    match aside:
        case Aside.SKIP:
            await pass_over(asked)
        case Aside.DONT_KNOW:
            await keep(asked, Answer(AnswerKind.DONT_KNOW))
        case Aside.REFUSE:
            await keep(asked, Answer(AnswerKind.REFUSED))
        case Aside.KEEP if item.code in where.walk.answers:
            await keep_standing(asked)
        case Aside.KEEP:
            answer = default_answer(item, asked.choices, where.walk, turn.language, turn.today)
            await (keep(asked, answer) if answer else turn.show())
        case Aside.BACK:
            await go_back(asked)
        case Aside.LATER:
            turn.reply(
                "profile-later" if turn.place.data["instrument"] == PROFILE else "survey-later"
            )
            await turn.go_home()
        case Aside.MORE:
            await turn_page(asked)
        case Aside.UNDO:
            await undo_rank(asked)
        case Aside.DONE if item.type is ItemType.RANK:
            await finish_ranking(asked)
        case Aside.DONE:
            await finish_choosing(asked)
        case Aside.YES if item.type is ItemType.DATE:
            await confirm_day(asked)
        case Aside.NO if item.type is ItemType.DATE:
            await drop_day(asked)
        case Aside.YES:
            await confirm_number(asked)
        case Aside.NO:
            await drop_number(asked)
        case Aside.NONE:
            await drop_found(asked)


async def _accept_press(asked: Asked, code: str) -> None:
    """A choice: final for one answer, one step where there may be several."""
    if asked.choices and code not in {choice.code for choice in asked.choices}:
        await asked.turn.show()  # staff have corrected the question since it was put
        return
    match asked.item.type:
        case ItemType.SELECT_MULTIPLE:
            await press_choice(asked, code)
        case ItemType.RANK:
            await press_rank(asked, code)
        case ItemType.SELECT_ONE:
            await keep(asked, chosen(asked.item, code))
        case ItemType.RANGE:
            await keep(asked, number_answer(float(code)))
        case _:
            await keep(asked, Answer(AnswerKind.VALUE, code))


async def _accept_words(asked: Asked, text: str) -> None:
    turn, item = asked.turn, asked.item
    if item.required and bare(text) == bare(turn.text("button-skip")):
        await pass_over(asked)
        return
    if item.type is ItemType.TEXT and turn.says("words-stop"):
        await wonder_at_answer(asked)
        return
    if item.type is not ItemType.TEXT and turn.says("words-dont-know"):
        await explain_not_knowing(asked)
        return
    match item.type:
        case ItemType.SELECT_MULTIPLE:
            await read_several(asked, text)
        case ItemType.RANK:
            await read_order(asked, text)
        case ItemType.DATE:
            await read_day(asked, text)
        case ItemType.INTEGER | ItemType.DECIMAL | ItemType.RANGE:
            await read_number(asked, text)
        case ItemType.SELECT_ONE:
            await read_one(asked, text)
        case _:
            await _read(asked, item, text)


async def _read(asked: Asked, item: Item, text: str) -> None:
    turn = asked.turn
    read = read_answer(item, text, turn.language, turn.today)
    if isinstance(read, Misunderstood):
        await misunderstood(asked, read)
    else:
        await keep(asked, read)
