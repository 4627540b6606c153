"""A citizen changes the words of a message that was taken as an answer."""

from dataclasses import replace

from bot.conversation.messages import IncomingKind
from bot.conversation.state import Place, Response
from bot.conversation.turn import Turn
from bot.domain.answers import Answer, display
from bot.domain.questionnaire import Item
from bot.domain.states import ParticipantStatus
from bot.domain.words import folded, number_in
from handlers.routes import router
from handlers.survey import accept_answer
from handlers.survey_standing import known, said
from handlers.survey_summary import has_closed
from handlers.survey_words import wording

#: So much of what was written is quoted, in characters.
QUOTED = 300


@router.on(IncomingKind.EDITED)
async def offer_change(turn: Turn) -> None:
    """Words that are an answer are never exchanged unasked, and all others are left alone."""
    found = _answer_of(turn, turn.heard.message)
    if found is None:
        return
    response, item, answer = found
    if has_closed(turn, response, turn.heard.received_at):
        turn.reply("wave-closed")
    elif not _says(turn.heard.text, item, answer, turn.language):
        data = {"message": turn.heard.message, "words": turn.heard.text}
        await turn.visit(Place("edited", data))


@router.asking("edited")
async def ask_which_words_count(turn: Turn) -> None:
    found = _answer_of(turn, turn.place.data["message"])
    if found is None:  # it was changed or erased meanwhile
        await turn.leave()
        return
    response, item, answer = found
    turn.ask(
        "answer-edited",
        [
            turn.choice("new", "button-use-new-words"),
            turn.choice("keep", "button-keep-answer", aside=True),
        ],
        asked=wording(turn, turn.position(response).walk, item.label),
        answer=_quoted(said(turn, response, item, answer)),
        words=_quoted(turn.place.data["words"]),
    )


@router.answering("edited")
async def choose_words(turn: Turn) -> None:
    found = _answer_of(turn, turn.place.data["message"])
    match turn.chosen():
        case "new" if found:
            await _take_new_words(turn, found[0], found[1])
        case "new" | "keep":
            await turn.leave()
        case _:
            await turn.misunderstood("expected-choice", count=2)


async def _take_new_words(turn: Turn, response: Response, item: Item) -> None:
    """As if they had been written in answer to the question, which is put anew if they are none."""
    message, words = turn.place.data["message"], turn.place.data["words"]
    turn.heard = replace(turn.heard, kind=IncomingKind.TEXT, text=words, message=message)
    turn.stand_at(Place("survey", {"instrument": response.instrument, "at": item.code}))
    await accept_answer(turn)


def _answer_of(turn: Turn, message: str | None) -> tuple[Response, Item, Answer] | None:
    """The answer that stands and was given by the words of `message`, if there is one."""
    participant = turn.participant
    if participant is None or participant.status is ParticipantStatus.WITHDRAWN:
        return None
    for typed, response_id, code in turn.conversation.typed:
        for response in turn.state.responses.values():
            if typed != message or response.id != response_id:
                continue
            item = turn.questionnaire(response).by_code.get(code)
            answer = turn.position(response).walk.answers.get(code)
            if item is not None and item.asked and answer is not None:
                return response, item, known(response, item, answer)
    return None


def _says(words: str, item: Item, answer: Answer, language: str) -> bool:
    """Whether `words` say what was answered: Telegram calls a message edited for other reasons
    too, such as a preview of a link."""
    if isinstance(answer.value, str) and not item.choices:
        return words.strip() == answer.value
    if isinstance(answer.value, int | float):
        return number_in(words) == answer.value
    return folded(words) == folded(display(item, answer, language) or "")


def _quoted(words: str) -> str:
    return words if len(words) <= QUOTED else words[: QUOTED - 1] + "…"
