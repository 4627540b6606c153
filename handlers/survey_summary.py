"""A citizen has answered everything: sees what was recorded, and may change it."""

from datetime import datetime

from bot.conversation.messages import Choice, Outgoing
from bot.conversation.state import Place, Response
from bot.conversation.turn import Turn
from bot.domain.answers import display
from bot.domain.deliberation import PROFILE
from bot.domain.states import ResponseStatus
from handlers.profile import accept_profile
from handlers.routes import router
from handlers.survey_asked import Aside, response_here, survey_place
from handlers.survey_items import put_shown
from handlers.survey_words import wording

#: Characters of a question on the button that leads back to it.
SHORT_LABEL = 28

#: Questions on one page of those to change. Telegram's pages name no limit for the buttons of a
#: message; its servers refuse more than 100.
CHANGE_PAGE = 50


async def finish(turn: Turn, response: Response) -> None:
    """Every relevant item has an answer: say what comes after the last, and thank."""
    if response.status is ResponseStatus.PARTIAL:  # it closed while the last answer waited
        response = turn.mark(response, ResponseStatus.IN_PROGRESS)
    if response.status is not ResponseStatus.COMPLETE:
        response = turn.mark(response, ResponseStatus.COMPLETE)
        _say_the_end(turn, response)
    if response.instrument == PROFILE:
        await accept_profile(turn)
        return
    await turn.go(Place("summary", {"instrument": response.instrument}))


def _say_the_end(turn: Turn, response: Response) -> None:
    """The notes after the last item that is asked."""
    put_shown(turn, turn.position(response))


@router.asking("summary")
async def show_summary(turn: Turn) -> None:
    gone = turn.position(response_here(turn)).walk
    lines = []
    for item in gone.items:
        if not item.asked or item.code not in gone.answers:
            continue
        answer = gone.answers[item.code]
        said = display(item, answer, turn.language) or turn.text(f"said-{answer.kind.value}")
        lines.append(f"• {wording(turn, gone, item.label)}\n   — {said}")
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
    response = response_here(turn)
    match turn.chosen():
        case "home":
            await turn.leave()
        case "change" if has_closed(turn, response, turn.now):
            turn.reply("wave-closed")
            await turn.go_home()
        case "change":
            await turn.go(Place("change", {"instrument": response.instrument}))
        case _:
            await turn.misunderstood("expected-choice", count=2)


@router.asking("change")
async def ask_which_to_change(turn: Turn) -> None:
    gone = turn.position(response_here(turn)).walk
    items = [item for item in gone.items if item.asked]
    pages, page = -(-len(items) // CHANGE_PAGE), turn.place.data.get("page", 0)
    items = items[page * CHANGE_PAGE : (page + 1) * CHANGE_PAGE]
    labels = [_shortened(wording(turn, gone, item.label)) for item in items]
    choices = [
        Choice(item.code, f"{number}. {label}")
        for number, (item, label) in enumerate(zip(items, labels, strict=True), start=1)
    ]
    if pages > 1:
        following = turn.text("button-more", page=(page + 1) % pages + 1, pages=pages)
        choices.append(Choice(Aside.MORE, following, aside=True))
    turn.ask("choose-item", [*choices, turn.choice(Aside.BACK, "button-back", aside=True)])


@router.answering("change")
async def go_to_item(turn: Turn) -> None:
    code, instrument = turn.chosen(), turn.place.data["instrument"]
    if code is None:
        await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))
    elif code == Aside.BACK:
        await turn.go(Place("summary", {"instrument": instrument}))
    elif code == Aside.MORE:
        asked = sum(item.asked for item in turn.position(response_here(turn)).walk.items)
        page = (turn.place.data.get("page", 0) + 1) % -(-asked // CHANGE_PAGE)
        await turn.go(Place("change", {"instrument": instrument, "page": page}))
    else:
        await turn.go(survey_place(turn, code))


def has_closed(turn: Turn, response: Response, at: datetime) -> bool:
    """Whether what is said at that moment comes too late. What was received in time counts, however
    long it waits for its turn."""
    wave = turn.deliberation.wave(response.instrument)
    return wave is not None and not turn.may_answer(wave, at)


def _shortened(label: str) -> str:
    return label if len(label) <= SHORT_LABEL else label[: SHORT_LABEL - 1] + "…"
