"""Words that say what a button says: `yes`, `skip`, `I don't know`."""

from bot.domain.choosing import picked_choice
from bot.domain.questionnaire import ACKNOWLEDGED, AnswerKind, ItemType
from bot.domain.reading import Misunderstood
from handlers.survey_asked import Aside, Asked, misunderstood
from handlers.survey_lists import tongue_of


def plainly(asked: Asked) -> str | None:
    """The button that the citizen's plain words stand for, if there is one.

    A choice that is called so goes before, and so does an answer in the citizen's own words:
    there no more counts than not to know, where that can be said.
    """
    turn, item = asked.turn, asked.item
    buttons = [value for value, _ in turn.conversation.offered]
    if picked_choice(turn.heard.text, asked.choices, (), tongue_of(turn)):
        return None
    agrees, declines = turn.says("words-yes") or turn.says("words-agreed"), turn.says("words-no")
    if Aside.YES in buttons and (agrees or declines):
        return Aside.YES if agrees else Aside.NO
    if Aside.NONE in buttons and declines:
        return Aside.NONE
    if agrees and len(asked.found) == 1:
        return asked.found[0]
    if agrees and Aside.DONE in buttons and asked.codes:
        return Aside.DONE
    if agrees and item.type is ItemType.ACKNOWLEDGE:
        return ACKNOWLEDGED
    if turn.says("words-dont-know"):
        return _not_knowing(asked)
    if turn.says("words-skip") and item.type is not ItemType.TEXT:
        return Aside.DONE if Aside.DONE in buttons and asked.codes else Aside.SKIP
    return None


def _not_knowing(asked: Asked) -> str | None:
    if asked.item.dont_know:
        return Aside.DONT_KNOW
    codes = [c.code for c in asked.choices if c.missing is AnswerKind.DONT_KNOW]
    return codes[0] if len(codes) == 1 else None


async def explain_not_knowing(asked: Asked) -> None:
    await misunderstood(asked, Misunderstood("dont-know-not-offered"))
