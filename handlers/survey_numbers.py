"""A citizen writes a number, with a numeral or a unit perhaps, and confirms what is uncertain."""

from bot.conversation.turn import Turn
from bot.domain.formats import number_in_words
from bot.domain.numbers import NumberWords, numerals
from bot.domain.reading import Misunderstood, number_answer, read_answer
from bot.domain.words import bare
from handlers.survey_asked import Asked, fits, keep, misunderstood, stay


async def read_number(asked: Asked, text: str) -> None:
    """Take a number that is certain; have another confirmed, if the constraint lets it through."""
    turn = asked.turn
    read = read_answer(asked.item, text, turn.language, turn.today, _number_words(turn))
    if not isinstance(read, Misunderstood):
        await keep(asked, read)
    elif read.guess is None:
        await misunderstood(asked, read)
    elif await fits(asked, read.guess):
        await stay(asked, number=read.guess.value)


def _number_words(turn: Turn) -> NumberWords:
    own, english = turn.lists("words-numbers")
    around = frozenset(bare(word) for word in turn.words("words-around-a-number"))
    return NumberWords({**numerals(english), **numerals(own)}, around)


def number_understood(asked: Asked) -> str:
    return number_in_words(asked.unfinished.number or 0, asked.turn.language)


async def confirm_number(asked: Asked) -> None:
    if asked.unfinished.number is None:
        await asked.turn.show()
    else:
        await keep(asked, number_answer(asked.unfinished.number))


async def drop_number(asked: Asked) -> None:
    await stay(asked, number=None)
