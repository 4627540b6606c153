"""A citizen writes a word such as `stop`, which may mean several things, and says which."""

from typing import Any

from bot.conversation.messages import Choice
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.domain.answers import Answer
from bot.domain.questionnaire import AnswerKind
from bot.domain.states import ParticipantStatus
from handlers.rights import pause
from handlers.routes import router
from handlers.survey_asked import Asked, Unfinished, as_put, asked_item, keep, response_here
from handlers.survey_summary import has_closed

#: Where the question on hand is about it, or about something else that can be dropped.
_ASKED_ALREADY = ("stopping", "withdrawing", "erasing", "broadcast")


@router.understanding("words-stop")
async def wonder(turn: Turn) -> None:
    """Nothing is done at such a word but to ask, if that was not asked just now."""
    if turn.place.name.startswith(_ASKED_ALREADY):
        await turn.show()
    else:
        await _ask(turn)


async def wonder_at_answer(asked: Asked) -> None:
    """The word may be the answer to an open question, too."""
    await _ask(asked.turn, words=asked.turn.heard.text.strip())


async def _ask(turn: Turn, **answer: Any) -> None:
    if turn.participant is None or turn.participant.status is ParticipantStatus.WITHDRAWN:
        await turn.show()
    else:
        await turn.visit(Place("stopping", answer))


@router.asking("stopping")
async def ask_what_is_meant(turn: Turn) -> None:
    choices = [turn.choice("withdraw", "button-withdraw"), turn.choice("go-on", "button-go-on")]
    if turn.enrolled:
        choices.insert(0, turn.choice("pause", "button-pause"))
    if words := turn.place.data.get("words"):
        choices.append(Choice("answer", turn.text("button-my-answer", words=words)))
    turn.ask("what-stop-means" if turn.enrolled else "what-stop-means-while-joining", choices)


@router.answering("stopping")
async def act_upon_it(turn: Turn) -> None:
    match turn.chosen():
        case "pause":
            turn.step_back()
            await pause(turn)
        case "withdraw":
            await turn.go(Place("withdrawing"))
        case "go-on":
            turn.reply("staying")
            await turn.leave()
        case "answer":
            await _take_as_answer(turn)
        case _:
            await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))


async def _take_as_answer(turn: Turn) -> None:
    """Record the word, if the question that it was written to is still the one to answer."""
    said = turn.place.data
    turn.step_back()
    if turn.place.name == "survey":
        response = response_here(turn)
        where = turn.position(response)
        unchanged = where.item is not None and turn.place.data.get("put") == as_put(turn, where)
        if unchanged and not has_closed(turn, response, turn.heard.received_at):
            asked = asked_item(turn, where, Unfinished())
            await keep(asked, Answer(AnswerKind.VALUE, said["words"]))
            return
    await turn.show()
