"""A number as people write it where one is asked for: `4`, `three`, `4 times`, `2,5 km`."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from bot.domain.words import bare, number_in

#: What the numerals of a catalogue say, in their order.
_COUNTED = (*range(21), *range(30, 101, 10))

_FIGURES = re.compile(r"[+\-\u2212]?\d+(?:[.,٫]\d+)*[.,]?")


@dataclass(frozen=True, slots=True)
class NumberWords:
    """What has to be known of a language to read its numbers."""

    numerals: Mapping[str, int] = field(default_factory=dict)  #: `bare`.
    around: frozenset[str] = frozenset()  #: `bare`: they stand by a number and change nothing.


@dataclass(frozen=True, slots=True)
class Said:
    figures: str | None  #: As they were written; None, if it was a word.
    number: float
    certain: bool  #: Whether what stands behind is known to change nothing.


@lru_cache(maxsize=64)
def numerals(listed: str) -> Mapping[str, int]:
    """Of a catalogue's list: `zero/none|one|two|...`, from 0 to 20, then by tens to 100."""
    return {
        bare(word): number
        for number, words in zip(_COUNTED, listed.split("|"), strict=False)
        for word in words.split("/")
    }


def number_said(text: str, words: NumberWords, question: str) -> Said | None:
    """The one number that `text` names, if nothing beside it makes it another.

    Behind it may stand what is known to change nothing, or a word of `question`. Any other single
    word, such as `km`, leaves it uncertain; more words, or one before, such as `about`, say
    something else.
    """
    if (number := number_in(text)) is not None:
        return Said(text.strip(), number, certain=True)
    before, found, behind = _parted(text, words.numerals)
    if found is None or _counts(before, words.numerals) or _counts(behind, words.numerals):
        return None
    said = words.numerals.get(bare(found))
    figures = found if said is None else None
    number = number_in(found) if said is None else float(said)
    beside = bare(behind).split()
    if number is None or not set(bare(before).split()) <= words.around:
        return None
    if set(beside) <= words.around or (len(beside) == 1 and _asked_for(beside[0], question)):
        return Said(figures, number, certain=True)
    return (
        Said(figures, number, certain=False) if beside[0].isalpha() and len(beside) == 1 else None
    )


def names_numbers(text: str, words: NumberWords) -> bool:
    """Whether there are several numbers in `text`, or one among words."""
    alone = not any(c.isalpha() or c.isspace() for c in text.strip())
    return len(_FIGURES.findall(text)) > 1 or (not alone and _counts(text, words.numerals))


def _parted(text: str, known: Mapping[str, int]) -> tuple[str, str | None, str]:
    """What stands before the first number, the number, and what stands behind it."""
    if figures := _FIGURES.search(text):
        return text[: figures.start()], figures[0], text[figures.end() :]
    tokens = bare(text).split()
    for start in range(len(tokens)):
        for end in range(len(tokens), start, -1):
            if (numeral := " ".join(tokens[start:end])) in known:
                return " ".join(tokens[:start]), numeral, " ".join(tokens[end:])
    return text, None, ""


def _counts(text: str, known: Collection[str]) -> bool:
    return any(c.isdecimal() for c in text) or any(word in known for word in bare(text).split())


def _asked_for(word: str, question: str) -> bool:
    """Whether `question` has the word, in the singular or plural."""
    return any(
        word == asked
        or (
            min(len(word), len(asked)) >= 3
            and abs(len(word) - len(asked)) <= 2
            and (word.startswith(asked) or asked.startswith(word))
        )
        for asked in bare(question).split()
    )
