"""What citizens type, compared as people compare it: words, numbers, lists."""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache


@lru_cache(maxsize=16384)
def folded(text: str) -> str:
    """`text` as compared: compatibility forms, case, accents, vowel signs, invisible marks, kinds
    of apostrophe and surrounding space do not count."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("\u2019", "'")
    kept = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join("".join(kept).split())


def without_marks(text: str) -> str:
    """`text` without the invisible direction marks that come along when words are copied."""
    return text.strip(" \n\t\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")


def command_in(text: str) -> tuple[str, str]:
    """Name and argument of a command: any case, any space, with or without a bot's name.

    >>> command_in("/START@Some_bot  ab12")
    ('start', 'ab12')
    """
    name, *argument = text.removeprefix("/").split(maxsplit=1) or [""]
    return name.partition("@")[0].lower(), argument[0].strip() if argument else ""


def number_in(text: str) -> float | None:
    """The number that `text` is, in any script's digits, with a point or comma; else None.

    An exponent or a group separator is refused rather than guessed at.
    """
    words = unicodedata.normalize("NFKC", text).strip().replace("٫", ".").replace(",", ".")
    bare = words.lstrip("+-\u2212")
    whole, _, fraction = bare.partition(".")
    if len(words) - len(bare) > 1 or not whole.isdecimal() or len(bare) > 15:
        return None
    if fraction and not fraction.isdecimal():
        return None
    value = float(bare)
    return -value if words[0] in "-\u2212" else value


def picked(text: str, labels: Sequence[str]) -> int | None:
    """Which of the offered `labels` was typed, as its label or as its number from 1."""
    wanted = folded(text)
    for index, label in enumerate(labels):
        if folded(label) == wanted:
            return index
    number = number_in(text)
    if number is not None and number == int(number) and 1 <= number <= len(labels):
        return int(number) - 1
    return None


def listed(text: str) -> list[str]:
    """The parts of a list: by comma or semicolon of any script, else numbers by space."""
    for separator in ("\n", ";", "؛", ",", "،"):
        if separator in text:
            return [part for part in text.split(separator) if part.strip()]
    parts = text.split()
    return parts if all(number_in(part) is not None for part in parts) else [text]


def label_in(texts: Mapping[str, str], language: str) -> str:
    """The wording in `language`, else in the first language there is (the source)."""
    return texts.get(language) or next(iter(texts.values()), "")
