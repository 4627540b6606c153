"""A citizen writes a day, and confirms it in words before it is recorded."""

from datetime import date, timedelta

from bot.domain.answers import Answer
from bot.domain.formats import day_in_words
from bot.domain.questionnaire import AnswerKind
from bot.domain.reading import Misunderstood, read_answer
from bot.domain.words import bare
from handlers.survey_asked import Asked, fits, keep, misunderstood, stay


async def read_day(asked: Asked, text: str) -> None:
    """Take a day in digits or words, if the constraint lets it through, and have it confirmed."""
    turn = asked.turn
    today = turn.today
    read: Answer | Misunderstood
    if bare(text) == bare(turn.text("word-today")):
        read = Answer(AnswerKind.VALUE, today.isoformat())
    elif bare(text) == bare(turn.text("word-yesterday")):
        read = Answer(AnswerKind.VALUE, (today - timedelta(days=1)).isoformat())
    else:
        read = read_answer(asked.item, text, turn.language, today)
    if isinstance(read, Misunderstood):
        await misunderstood(asked, read)
    elif await fits(asked, read):
        await stay(asked, day=read.value)


def day_understood(asked: Asked) -> str:
    """In words, so that nobody takes March for April."""
    return day_in_words(date.fromisoformat(asked.unfinished.day or ""), asked.turn.language)


async def confirm_day(asked: Asked) -> None:
    await keep(asked, Answer(AnswerKind.VALUE, asked.unfinished.day))


async def drop_day(asked: Asked) -> None:
    await stay(asked, day="")
