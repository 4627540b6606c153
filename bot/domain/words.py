"""What citizens type, compared as people compare it: words, numbers, lists."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

#: Letters of Arabic that are written one for the other, and the stroke that only lengthens.
_ALIKE = str.maketrans({"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ٱ": "ا", "ـ": None})
_DASHES = re.compile("[\u2010-\u2015\u2212]")
#: `U.S.` is one word; the point behind `St.` ends one.
_INITIAL = re.compile(r"(?<!\w)([^\W\d_])\.")
_RANGE = re.compile(r"(?<=\d) - (?=\d)")
#: What may stand within a number, or makes another mark of it, says something there: `1.5`, `-2`,
#: `18-24`, `A-`.
_PUNCTUATION = re.compile(
    r"""[;!?¡¿"“”„«»‹›()\[\]{}'‘‚`´&·•،؛؟。、|_*]"""
    r"|(?<!\d)[.,:/]|[.,:/](?!\d)"
    r"|(?<=[^\W\d])-(?=\w)|(?<=\w)-(?=[^\W\d])|(?<=\s)-(?=\s)"
)


@lru_cache(maxsize=16384)
def folded(text: str) -> str:
    """`text` as compared: compatibility forms, case, accents, vowel signs that may be left out,
    invisible marks, kinds of apostrophe and surrounding space do not count."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("\u2019", "'")
    return " ".join("".join(c for c in plain if _is_compared(c)).split())


def _is_compared(character: str) -> bool:
    """Whether it tells words apart: accents and the points of Arabic and Hebrew do not, the vowels
    and other signs of Devanagari or Thai, which have classes of their own, do."""
    match unicodedata.category(character):
        case "Cf":
            return False
        case "Mn":
            class_ = unicodedata.combining(character)
            selects = unicodedata.name(character, "").startswith("VARIATION SELECTOR")
            return not (10 <= class_ <= 36 or class_ >= 200 or selects)
        case _:
            return True


@lru_cache(maxsize=16384)
def bare(text: str) -> str:
    """`folded`, and neither punctuation nor hyphens nor the spelling of Arabic letters count.

    >>> bare("Guinée-Bissau!"), bare("U.S."), bare("-1.5")
    ('guinee bissau', 'us', '-1.5')
    """
    words = _RANGE.sub("-", _DASHES.sub("-", folded(text).translate(_ALIKE)))
    return " ".join(_PUNCTUATION.sub(" ", _INITIAL.sub(r"\1", words)).split())


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
    for alike in (folded, bare):
        wanted = alike(text)
        fitting = [index for index, label in enumerate(labels) if alike(label) == wanted]
        if wanted and len(fitting) == 1:
            return fitting[0]
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
