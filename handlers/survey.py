"""A citizen answers a questionnaire: one item at a time, back and forth, now or later."""

from bot.conversation.messages import Choice, IncomingKind, Outgoing
from bot.conversation.router import Needs
from bot.conversation.state import Place, Response
from bot.conversation.turn import Turn
from bot.domain.answers import Answer, display
from bot.domain.choosing import chosen, matching_choices, selected, toggled
from bot.domain.deliberation import PROFILE
from bot.domain.questionnaire import AnswerKind, Item, ItemType
from bot.domain.reading import Misunderstood, check_constraint, read_answer
from bot.domain.states import ResponseStatus, WaveStatus
from bot.domain.survey import Position, position
from handlers.profile import accept_profile
from handlers.routes import router
from handlers.survey_items import Aside, is_long, put_item


@router.command("survey", Needs.ENROLLED)
async def open_survey(turn: Turn) -> None:
    """Start, go on with, or look at the answers to a wave; without a code, the first open one."""
    unfinished = turn.open_waves
    code = turn.argument or (unfinished[0].code if unfinished else "")
    wave = turn.deliberation.wave(code)
    if wave is None or wave.id not in turn.state.invited:
        turn.reply("survey-none")
        await turn.go_home()
        return
    if wave.status is not WaveStatus.OPEN or wave.questionnaire_id is None:
        turn.reply("wave-closed")
        await turn.go_home()
        return
    response = turn.response(code) or turn.begin(code, wave.questionnaire_id, wave.id)
    if response.status is ResponseStatus.PARTIAL:
        turn.mark(response, ResponseStatus.IN_PROGRESS)  # staff opened the wave again
    await turn.visit(Place("survey", {"instrument": code}))


@router.asking("survey")
async def ask_item(turn: Turn) -> None:
    """Put the item that is next, or the summary when there is none."""
    response = _response(turn)
    where = _position(turn, response)
    if where.item is None:
        await finish(turn, response)
        return
    data = turn.place.data
    put_item(
        turn,
        where.item,
        where,
        chosen=data.get("chosen", ()),
        page=data.get("page", 0),
        found=data.get("found"),
        can_go_back=where.before is not None,
    )


@router.answering("survey")
async def accept_answer(turn: Turn) -> None:
    response = _response(turn)
    if _has_closed(turn, response):
        turn.reply("wave-closed")
        await turn.go_home()
        return
    where = _position(turn, response)
    item = where.item
    if item is None:
        await finish(turn, response)
        return
    typed_numbers_pick = item.type in (ItemType.SELECT_ONE, ItemType.SELECT_MULTIPLE)
    match turn.chosen(by_number=typed_numbers_pick):
        case aside if aside in list(Aside):
            await _accept_aside(turn, response, item, Aside(aside))
        case None:
            await _accept_words(turn, response, item)
        case code:
            await _accept_press(turn, response, item, code)


async def _accept_aside(turn: Turn, response: Response, item: Item, aside: Aside) -> None:
    match aside:
        case Aside.SKIP:
            await _keep(turn, response, item, Answer(AnswerKind.SKIPPED))
        case Aside.DONT_KNOW:
            await _keep(turn, response, item, Answer(AnswerKind.DONT_KNOW))
        case Aside.BACK:
            earlier = _position(turn, response).before
            await turn.go(_at(turn, earlier.code if earlier else None))
        case Aside.LATER:
            turn.reply("survey-later")
            await turn.go_home()
        case Aside.MORE:
            page = turn.place.data.get("page", 0) + 1
            turn.edits_in_place = True
            await turn.go(_at(turn, turn.place.data.get("at"), page=page))
        case Aside.DONE:
            codes = turn.place.data.get("chosen", ())
            answer = selected(item, codes) if codes else None
            if answer is None and item.required:
                await turn.misunderstood("expected-at-least-one")
                return
            await _keep(turn, response, item, answer or Answer(AnswerKind.SKIPPED))


async def _accept_press(turn: Turn, response: Response, item: Item, code: str) -> None:
    """A choice: final for one answer, switched on or off where several may be chosen."""
    if item.type is ItemType.SELECT_MULTIPLE and turn.heard.kind is IncomingKind.CHOICE:
        codes = toggled(item, turn.place.data.get("chosen", ()), code)
        turn.edits_in_place = True
        await turn.go(_at(turn, turn.place.data.get("at"), chosen=codes))
    elif item.type is ItemType.SELECT_MULTIPLE:
        await _keep(turn, response, item, selected(item, [code]))
    elif item.type is ItemType.SELECT_ONE:
        await _keep(turn, response, item, chosen(item, code))
    else:
        await _accept_words(turn, response, item, code)


async def _accept_words(
    turn: Turn, response: Response, item: Item, words: str | None = None
) -> None:
    text = turn.heard.text if words is None else words
    if is_long(item) and item.type is ItemType.SELECT_ONE:
        found = matching_choices(item, text, turn.language)
        if len(found) == 1:
            await _keep(turn, response, item, chosen(item, found[0]))
        elif found:
            await turn.go(_at(turn, turn.place.data.get("at"), found=found))
        else:
            await turn.misunderstood("expected-in-list")
        return
    today = turn.now.date()
    values = _position(turn, response).walk.values
    read = read_answer(item, text, turn.language, values, today)
    if isinstance(read, Misunderstood):
        await turn.misunderstood(read.expected, **(read.details or {}))
    else:
        await _keep(turn, response, item, read)


async def _keep(turn: Turn, response: Response, item: Item, answer: Answer) -> None:
    """Record the answer and go on to the next item."""
    values = _position(turn, response).walk.values
    checked = check_constraint(item, answer, turn.language, values, turn.now.date())
    if isinstance(checked, Misunderstood):
        await turn.misunderstood(checked.expected, **(checked.details or {}))
        return
    turn.toast = display(item, answer, turn.language) or ""
    if response.status is ResponseStatus.COMPLETE:
        response = turn.mark(response, ResponseStatus.IN_PROGRESS)
    turn.record(response, item, answer)
    await turn.go(_at(turn, None))


async def finish(turn: Turn, response: Response) -> None:
    """Every relevant item has an answer: say what was recorded, and thank."""
    if response.status is not ResponseStatus.COMPLETE:
        turn.mark(response, ResponseStatus.COMPLETE)
    if response.instrument == PROFILE:
        await accept_profile(turn)
        return
    await turn.go(Place("summary", {"instrument": response.instrument}))


@router.asking("summary")
async def show_summary(turn: Turn) -> None:
    response = _response(turn)
    lines = []
    gone = _position(turn, response).walk
    for item in gone.items:
        if not item.asked or item.code not in gone.answers:
            continue
        answer = gone.answers[item.code]
        said = display(item, answer, turn.language) or turn.text(f"said-{answer.kind.value}")
        label = turn.deliberation.words(item.label, turn.language)
        lines.append(f"• {label}\n   — {said}")
    text = "\n\n".join([turn.text("survey-thanks"), turn.text("summary"), *lines])
    turn.ask(
        Outgoing(text=text, language=turn.language, key="survey-thanks"),
        [
            turn.choice("home", "button-finish"),
            turn.choice("change", "button-change-answer", aside=True),
        ],
    )


@router.answering("summary")
async def leave_summary(turn: Turn) -> None:
    response = _response(turn)
    match turn.chosen():
        case "home":
            await turn.leave()
        case "change" if _has_closed(turn, response):
            turn.reply("wave-closed")
            await turn.go_home()
        case "change":
            await turn.go(Place("change", {"instrument": response.instrument}))
        case _:
            await turn.misunderstood("expected-choice", count=2)


@router.asking("change")
async def ask_which_to_change(turn: Turn) -> None:
    response = _response(turn)
    items = [item for item in _position(turn, response).walk.items if item.asked]
    labels = [turn.deliberation.words(item.label, turn.language) for item in items]
    turn.ask(
        "choose-item",
        [
            *(
                Choice(item.code, f"{n}. {label if len(label) <= 28 else label[:27] + '…'}")
                for n, (item, label) in enumerate(zip(items, labels, strict=True), start=1)
            ),
            turn.choice(Aside.BACK, "button-back", aside=True),
        ],
    )


@router.answering("change")
async def go_to_item(turn: Turn) -> None:
    code, instrument = turn.chosen(), turn.place.data["instrument"]
    if code is None:
        await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))
    elif code == Aside.BACK:
        await turn.go(Place("summary", {"instrument": instrument}))
    else:
        await turn.go(Place("survey", {"instrument": instrument, "at": code}))


def _response(turn: Turn) -> Response:
    response = turn.response(turn.place.data["instrument"])
    assert response is not None, "a survey place is entered with its response begun"
    return response


def _position(turn: Turn, response: Response) -> Position:
    return position(
        turn.questionnaire(response), response.answers, turn.now.date(), turn.place.data.get("at")
    )


def _at(turn: Turn, item: str | None, **more: object) -> Place:
    data = {"instrument": turn.place.data["instrument"], "at": item, **more}
    return Place("survey", {key: value for key, value in data.items() if value is not None})


def _has_closed(turn: Turn, response: Response) -> bool:
    wave = turn.deliberation.wave(response.instrument)
    return wave is not None and wave.status is not WaveStatus.OPEN
