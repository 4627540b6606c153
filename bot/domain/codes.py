"""Invitation codes: how they are made, and how they are found in what people write.

A code is twelve symbols in groups of four, such as `K7QM-3XWP-9T4C`. The alphabet is Crockford's
base 32, which has no I, L, O and U, https://www.crockford.com/base32.html. The last symbol is
computed from the others, so that a slip of the pen is known as one without asking the database.
"""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

from bot.domain.words import command_in

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 12
GROUP = 4

#: Nobody looks for a code in what is longer than this.
MOST_CHARACTERS = 400

#: What is read or typed in stead of a symbol.
_LOOK_ALIKES = str.maketrans("OILU", "011V")
_BETWEEN = r"[\s._\-\u2010-\u2015\u2212]*"
_IN_GROUPS = re.compile(rf"(?<![^\W_])(?=([^\W_](?:{_BETWEEN}[^\W_]){{{SYMBOLS - 1}}})(?![^\W_]))")
_OF_LINK = re.compile(r"[?&](?:start|code)=([^\s&#]+)")
_OLD_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OLD_CODE_IN_WORDS = re.compile(
    r"(?<![\w-])(?=[\w-]*(?:\d|[a-z][A-Z]))[A-Za-z0-9_-]{8,64}(?![\w-])"
)


def new_code(below: Callable[[int], int]) -> str:
    """A code that nobody can guess, if `below(n)` gives unforeseeable numbers below n. It has a
    digit, as words have none."""
    body = "".join(ALPHABET[below(len(ALPHABET))] for _ in range(SYMBOLS - 1))
    return grouped(body + check_symbol(body)) if _has_digit(body) else new_code(below)


def check_symbol(body: str) -> str:
    """It is another one if a symbol is wrong (but for 0 and Z), or if two neighbours have changed
    places: 31 is a prime, and the weights of neighbours differ by one."""
    total = sum((place + 1) * ALPHABET.index(symbol) for place, symbol in enumerate(body))
    return ALPHABET[total % 31]


def grouped(symbols: str) -> str:
    return "-".join(symbols[at : at + GROUP] for at in range(0, len(symbols), GROUP))


def argument_of_start(text: str) -> str | None:
    """What follows `/start`; None if `text` is no such command, or nothing follows it."""
    name, argument = command_in(text) if text.startswith("/") else ("", "")
    return argument if name == "start" and argument else None


def presented(text: str) -> tuple[str, ...]:
    """What in `text` may be a code, in the forms in which codes are stored, likeliest first.

    Codes from before this alphabet have no form of their own. They are taken as they stand: behind
    `/start`, in a link, alone, or in a sentence where they look like no word.
    """
    argument = argument_of_start(text)
    words = (text if argument is None else argument).strip()
    if len(words) > MOST_CHARACTERS:
        return ()
    found = [unquote(code) for code in _OF_LINK.findall(words)]
    found += [code for link in found for code in _in_groups(link)]
    if _OLD_CODE.fullmatch(words) and (argument is not None or len(words) >= 6):
        found.append(words)
    found += _in_groups(words)
    found += _OLD_CODE_IN_WORDS.findall(words)
    return tuple(dict.fromkeys(code for code in found if _OLD_CODE.fullmatch(code)))


def is_nothing_but_a_code(text: str) -> bool:
    """Whether all of `text` is what may be a code, or a link with one."""
    alone = text.strip()
    in_a_link = _OF_LINK.search(alone) and len(alone.split()) == 1
    return bool(in_a_link or _OLD_CODE.fullmatch(alone) or _in_groups(alone, whole=True))


def is_attempt(text: str) -> bool:
    """Whether somebody who writes `text` means it as a code, known or not: it is nothing else, or
    it follows `/start`, or it is a link with a code, or it has the form of one."""
    alone = text.strip()
    if argument_of_start(text) or _OF_LINK.search(text):
        return True
    if len(alone) > MOST_CHARACTERS or not _has_digit(alone):
        return False  # twelve letters are a word or two
    if _in_groups(alone):
        return True
    return bool(_OLD_CODE_IN_WORDS.fullmatch(alone)) or _has_the_shape(alone)


def _has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)


def _has_the_shape(alone: str) -> bool:
    """Whether it is a code with a slip in it."""
    symbols = _plain(re.sub(_BETWEEN, "", alone))
    return abs(len(symbols) - SYMBOLS) <= 1 and all(c in ALPHABET for c in symbols)


def _in_groups(text: str, whole: bool = False) -> list[str]:
    codes = []
    for match in _IN_GROUPS.finditer(text):
        if whole and match[1] != text:
            continue
        symbols = _plain(re.sub(_BETWEEN, "", match[1]))
        if all(c in ALPHABET for c in symbols) and check_symbol(symbols[:-1]) == symbols[-1]:
            codes.append(grouped(symbols))
    return codes


def _plain(symbols: str) -> str:
    """Capitals and ASCII digits, without look-alikes."""
    wide = unicodedata.normalize("NFKC", symbols).upper()
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in wide)
    return "".join(digits).translate(_LOOK_ALIKES)
