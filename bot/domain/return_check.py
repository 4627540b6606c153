"""What a citizen answers, beside the code, to come back on another device."""

import hashlib
import hmac
from enum import StrEnum

from bot.domain.words import folded, number_in


class ReturnCheck(StrEnum):
    """What a deliberation asks of who comes back by a code."""

    NONE = "none"  #: The code is enough.
    BIRTH_YEAR = "birth-year"
    WORD = "word"  #: One that the citizen chose when joining.


#: So many wrong answers in a row, then the code leads nobody back until staff issue another.
MOST_WRONG_CHECKS = 4

#: A word of fewer characters is guessed too soon.
LEAST_CHARACTERS = 3
MOST_CHARACTERS = 64

#: Makes each guess take some milliseconds: a birth year has few values.
_COST = {"n": 2**12, "r": 8, "p": 1}


def read_check(kind: ReturnCheck, text: str, this_year: int) -> str | None:
    """The answer as it is compared: case, accents and spaces do not count. None if it is none."""
    if kind is ReturnCheck.WORD:
        word = folded(text).replace(" ", "")
        return word if LEAST_CHARACTERS <= len(word) <= MOST_CHARACTERS else None
    year = number_in(text)
    if year is None or year != int(year) or not this_year - 130 <= year <= this_year:
        return None
    return str(int(year))


def sealed(answer: str, salt: str) -> str:
    """What is stored in stead of the answer, from which nobody can read it."""
    digest = hashlib.scrypt(answer.encode(), salt=salt.encode(), dklen=16, **_COST)
    return f"{salt}:{digest.hex()}"


def proves(seal: str, answer: str) -> bool:
    """Whether `seal` was made of this answer."""
    return hmac.compare_digest(seal, sealed(answer, seal.partition(":")[0]))
