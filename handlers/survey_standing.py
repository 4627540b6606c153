"""The answer that stands: shown where a citizen comes back to its item, kept, or changed."""

from dataclasses import replace

from bot.conversation.messages import Choice
from bot.conversation.state import Response
from bot.conversation.turn import Turn
from bot.domain.answers import Answer, display
from bot.domain.questionnaire import Item
from bot.domain.survey import position, stands
from bot.domain.telling_apart import clipped
from handlers.survey_asked import Aside, Asked, place_in, response_here, survey_place
from handlers.survey_words import in_words

#: Characters of an earlier answer that are shown again.
LONGEST_ANSWER = 300


def said(turn: Turn, response: Response, item: Item, answer: Answer) -> str:
    """`answer` in words of the citizen's language; what identifies, too: nobody else reads it."""
    answer = known(response, item, answer)
    return display(item, answer, turn.language) or turn.text(f"said-{answer.kind.value}")


def known(response: Response, item: Item, answer: Answer) -> Answer:
    """`answer` with its value, where that identifies and is kept apart."""
    if answer.value is None and item.code in response.identifying:
        return replace(answer, value=response.identifying[item.code])
    return answer


def answer_so_far(asked: Asked) -> list[str]:
    """What was answered before, and if that cannot stay so, why; until another one is begun."""
    turn, item, walk = asked.turn, asked.item, asked.where.walk
    response = turn.response(turn.place.data.get("instrument", ""))
    earlier = response.answers.get(item.code) if response else None
    if response is None or earlier is None or asked.unfinished.codes is not None:
        return []
    answer = clipped(said(turn, response, item, earlier), LONGEST_ANSWER)
    if item.code not in walk.answers:
        return [turn.text("answer-not-offered", answer=answer)]
    if stands(item, walk, turn.today):
        return [turn.text("answer-so-far", answer=answer)]
    reason = turn.deliberation.words(item.constraint_message, turn.language)
    lines = [turn.text("answer-no-longer-fits", answer=answer), in_words(turn, walk, reason)]
    return ["\n".join(line for line in lines if line)]


def keep_button(asked: Asked) -> list[Choice]:
    turn = asked.turn
    if asked.unfinished.codes is not None or not stands(asked.item, asked.where.walk, turn.today):
        return []
    return [turn.choice(Aside.KEEP, "button-keep-answer", aside=True)]


async def keep_standing(asked: Asked) -> None:
    """Go on without a new answer."""
    await asked.turn.go(survey_place(asked.turn))


def is_looking_back(asked: Asked) -> bool:
    """Whether all is answered, so that the citizen came from the summary."""
    turn = asked.turn
    if not turn.place.data.get("at"):
        return False
    response = response_here(turn)
    return position(turn.questionnaire(response), response.answers, turn.today).item is None


def back_button(asked: Asked) -> list[Choice]:
    if asked.where.before is None and not is_looking_back(asked):
        return []
    return [asked.turn.choice(Aside.BACK, "button-back", aside=True)]


async def go_back(asked: Asked) -> None:
    """To the item before, or to the summary from where the citizen came."""
    turn, before = asked.turn, asked.where.before
    if is_looking_back(asked):
        await turn.go(place_in(turn, "summary"))
    else:
        await turn.go(survey_place(turn, before.code if before else None))
