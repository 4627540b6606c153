"""A citizen has answered everything: sees what was recorded, and may change it, now or later."""

from datetime import datetime

from bot.conversation.messages import Choice, IncomingKind, Outgoing
from bot.conversation.state import Response
from bot.conversation.turn import Turn
from bot.domain.deliberation import PROFILE
from bot.domain.questionnaire import Item
from bot.domain.states import ResponseStatus
from bot.domain.survey import Walk
from bot.domain.telling_apart import clipped, told_apart
from bot.domain.words import number_in
from handlers.profile import confirm_profile, learn_profile
from handlers.routes import router
from handlers.survey_asked import Aside, place_in, response_here, survey_place
from handlers.survey_items import put_shown
from handlers.survey_standing import said
from handlers.survey_words import wording

#: Characters of a button that leads back to a question: what a phone shows, the answer's part too.
LABEL, LABEL_ANSWER = 32, 12

#: Characters of a whole summary, about three of Telegram's messages, and of each of its entries.
SUMMARY, LEAST_ENTRY, MOST_ENTRY = 12_000, 80, 400

#: Questions on one page of those to change. Telegram's pages name no limit for the buttons of a
#: message; its servers refuse more than 100.
CHANGE_PAGE = 50


async def finish(turn: Turn, response: Response) -> None:
    """Every relevant item has an answer: say what comes after the last, and show them all. Who
    joins has finished the profile once they say that it is right."""
    if response.instrument == PROFILE and not turn.enrolled:
        await turn.go(place_in(turn, "summary"))
        return
    if response.status is ResponseStatus.PARTIAL:  # it closed while the last answer waited
        response = turn.mark(response, ResponseStatus.IN_PROGRESS)
    if response.status is not ResponseStatus.COMPLETE:
        response = turn.mark(response, ResponseStatus.COMPLETE)
        put_shown(turn, turn.position(response))
    if response.instrument == PROFILE:
        await learn_profile(turn, place_in(turn, "summary"))
    else:
        await turn.go(place_in(turn, "summary", finished=True))


@router.asking("summary")
async def show_summary(turn: Turn) -> None:
    response = response_here(turn)
    closed = has_closed(turn, response, turn.now)
    if response.instrument == PROFILE:
        head = [turn.text("profile-summary")]
        buttons = [turn.choice("right", "button-right")]
    else:
        head = [turn.text("survey-thanks")] if turn.place.data.get("finished") else []
        head += [turn.text("answers-final" if closed else "answers-changeable")]
        head += [turn.text("summary")]
        buttons = [turn.choice("home", "button-finish")]
    if not closed:
        buttons.append(turn.choice("change", "button-change-answer", aside=True))
    text = "\n\n".join([*head, *_lines(turn, response)])
    turn.ask(Outgoing(text=text, language=turn.language, key="summary"), buttons)


def _lines(turn: Turn, response: Response) -> list[str]:
    """Each question with its answer, under the number by which it is changed."""
    gone = turn.position(response).walk
    changed = turn.place.data.get("changed", ())
    asked = _asked(gone)
    entry = min(max(SUMMARY // max(len(asked), 1), LEAST_ENTRY), MOST_ENTRY)
    lines = []
    for number, item in enumerate(asked, start=1):
        if item.code not in gone.answers:
            continue
        question = clipped(wording(turn, gone, item.label), entry // 2)
        answer = clipped(said(turn, response, item, gone.answers[item.code]), entry // 2)
        if item.code in changed:
            answer = turn.text("answer-changed", answer=answer)
        lines.append(f"{number}. {question}\n   — {answer}")
    return lines


def _asked(gone: Walk) -> list[Item]:
    return [item for item in gone.items if item.asked]


@router.answering("summary")
async def leave_summary(turn: Turn) -> None:
    response = response_here(turn)
    match turn.chosen():
        case "home":
            await turn.leave()
        case "right":
            await confirm_profile(turn, response)
        case "change" if has_closed(turn, response, turn.now):
            turn.reply("wave-closed")
            await turn.show()
        case "change":
            await turn.go(place_in(turn, "change"))
        case None if response.instrument == PROFILE and turn.says("words-yes"):
            await confirm_profile(turn, response)
        case _:
            await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))


@router.asking("change")
async def ask_which_to_change(turn: Turn) -> None:
    response = response_here(turn)
    gone = turn.position(response).walk
    asked = _asked(gone)
    pages, page = -(-len(asked) // CHANGE_PAGE), turn.place.data.get("page", 0)
    first = page * CHANGE_PAGE
    labels = _labels(turn, response, gone)
    choices = [
        Choice(item.code, f"{number}. {label}")
        for number, (item, label) in enumerate(zip(asked, labels, strict=True), start=1)
    ][first : first + CHANGE_PAGE]
    if pages > 1:
        following = turn.text("button-more", page=(page + 1) % pages + 1, pages=pages)
        choices.append(Choice(Aside.MORE, following, aside=True))
    turn.ask("choose-item", [*choices, turn.choice(Aside.BACK, "button-back", aside=True)])


def _labels(turn: Turn, response: Response, gone: Walk) -> list[str]:
    """Each question in few words, and its answer beside it."""
    asked = _asked(gone)
    answers = [
        f" — {clipped(said(turn, response, item, answer), LABEL_ANSWER)}" if answer else ""
        for item in asked
        for answer in [gone.answers.get(item.code)]
    ]
    questions = [wording(turn, gone, item.label) for item in asked]
    short = told_apart(questions, [LABEL - len(answer) for answer in answers])
    return [question + answer for question, answer in zip(short, answers, strict=True)]


@router.answering("change")
async def go_to_item(turn: Turn) -> None:
    code = _wanted(turn)
    if code is None:
        await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))
    elif code == Aside.BACK or has_closed(turn, response_here(turn), turn.now):
        await turn.go(place_in(turn, "summary"))
    elif code == Aside.MORE:
        pages = -(-len(_asked(turn.position(response_here(turn)).walk)) // CHANGE_PAGE)
        page = (turn.place.data.get("page", 0) + 1) % pages
        await turn.go(place_in(turn, "change", page=page))
    else:
        turn.stand_at(place_in(turn, "change", changed=turn.place.data.get("changed", [])))
        await turn.go(survey_place(turn, code))


def _wanted(turn: Turn) -> str | None:
    """What was pressed; or the question by its number in the summary, or its words."""
    number = number_in(turn.heard.text) if turn.heard.kind is IncomingKind.TEXT else None
    if number is None:
        return turn.chosen()
    asked = _asked(turn.position(response_here(turn)).walk)
    return next((item.code for n, item in enumerate(asked, start=1) if n == number), None)


def has_closed(turn: Turn, response: Response, at: datetime) -> bool:
    """Whether what is said at that moment comes too late. What was received in time counts, however
    long it waits for its turn."""
    wave = turn.deliberation.wave(response.instrument)
    return wave is not None and not turn.may_answer(wave, at)
