"""A day as people type it: in digits, or with the month's name in their language."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from enum import Enum, auto
from functools import lru_cache

from bot.domain.formats import day_in_words, day_order, locale_of
from bot.domain.words import folded

#: A year of two digits lies at most so many years ahead, else in the century before: what CLDR
#: recommends (Unicode Technical Standard 35, part 4, "Parsing Dates and Times").
YEARS_AHEAD = 20

_SEPARATORS = r"[\s./\\\-\u2013,،年月日년월일\u200e\u200f]+"
_DIGITS = re.compile(rf"(\d+){_SEPARATORS}(\d+){_SEPARATORS}(\d+)(?:{_SEPARATORS})?")
_NUMBER = re.compile(r"\d+")
#: Names of months that are used beside the usual ones: of the Levant, Morocco and Algeria; of Peru.
_ALSO = {"ar": ("ar-LB", "ar-MA", "ar-DZ"), "es": ("es-PE",)}
#: Letters that a typed month must have, and that a month's name must have if more follow it.
_SHORTEST, _SHORTEST_STEM = 3, 4


class NoDate(Enum):
    """Why words are no day."""

    UNREADABLE = auto()
    IMPOSSIBLE = auto()  #: There is no such day in the calendar.
    NO_YEAR = auto()  #: Before the year 1 or after 9999.


def read_date(text: str, language: str, today: date) -> date | NoDate:
    """The day that `text` names.

    Where digits may be read in two ways, the language's order decides, unless only one of them is
    a day. Whoever calls confirms the day in words.
    """
    words = unicodedata.normalize("NFKC", text).strip()
    if in_digits := _DIGITS.fullmatch(words):
        return _from_digits(*in_digits.groups(), language=language, today=today)
    return _from_words(folded(words), language, today)


def _from_digits(
    first: str, second: str, third: str, *, language: str, today: date
) -> date | NoDate:
    day_first = day_order(language).index("d") < day_order(language).index("M")
    if len(first) > 2 or (len(third) <= 2 and day_order(language)[0] == "y"):
        year, orders = first, [(third, second), (second, third)]
    elif day_first:
        year, orders = third, [(first, second), (second, first)]
    else:
        year, orders = third, [(second, first), (first, second)]
    return _first_that_exists(year, [(int(day), int(month)) for day, month in orders], today)


def _from_words(words: str, language: str, today: date) -> date | NoDate:
    found = _month_in(words, language)
    if found is None:
        return NoDate.UNREADABLE
    month, rest = found
    numbers = _NUMBER.findall(rest)
    if len(numbers) != 2:
        return NoDate.UNREADABLE
    day, year = numbers
    if len(day) > 2 or (len(year) <= 2 and day_order(language)[0] == "y"):
        day, year = year, day
    return _first_that_exists(year, [(int(day), month)], today)


def _first_that_exists(
    written_year: str, orders: list[tuple[int, int]], today: date
) -> date | NoDate:
    year = int(written_year) if len(written_year) <= 4 else 0
    if len(written_year) <= 2:
        year += today.year // 100 * 100
        year -= 100 if year > today.year + YEARS_AHEAD else 0
    if not date.min.year <= year <= date.max.year:
        return NoDate.NO_YEAR
    for day, month in orders:
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return NoDate.IMPOSSIBLE


def _month_in(words: str, language: str) -> tuple[int, str] | None:
    """The one month that is named, and the other words. A beginning is enough if it fits one, and a
    name may have grown together with what stands around it, as in Hebrew and Mongolian."""
    names = _months(language)
    longest_first = sorted(names, key=len, reverse=True)
    stems = [name for name in longest_first if len(name) >= _SHORTEST_STEM]
    for name, around in (*((n, r"\w") for n in longest_first), *((n, r"\d") for n in stems)):
        if found := re.search(rf"(?<!{around}){re.escape(name)}(?!{around})", words):
            return names[name], words[: found.start()] + " " + words[found.end() :]
    meant = {month for word in re.findall(r"[^\W\d]+", words) for month in _begun(word, names)}
    return (meant.pop(), words) if len(meant) == 1 else None


def _begun(word: str, names: dict[str, int]) -> Iterator[int]:
    if len(word) < _SHORTEST:
        return
    fitting = {
        month
        for name, month in names.items()
        if name.startswith(word) or (len(name) >= _SHORTEST_STEM and word.startswith(name))
    }
    if len(fitting) == 1:
        yield from fitting


@lru_cache(maxsize=128)
def _months(language: str) -> dict[str, int]:
    """Names and abbreviations, as compared → number of the month."""
    also = _ALSO.get(language.partition("-")[0], ())
    names = {
        folded(name).rstrip("."): number
        for months in (locale_of(each).months for each in (*also, language))
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in months[context][width].items()
    }
    written = {folded(_as_written(number, language)): number for number in range(1, 13)}
    return {name: number for name, number in {**written, **names}.items() if name}


def _as_written(month: int, language: str) -> str:
    """What stands around the numbers of a day: `de marzo de`, and Hebrew's `in March`, one word."""
    return _NUMBER.sub(" ", day_in_words(date(2026, month, 22), language)).strip(" ,.")
