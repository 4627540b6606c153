"""How a language writes numbers and days (CLDR, through Babel)."""

import math
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_decimal_symbol

from bot.domain.languages import known_locale

#: English without a region is the world's: day before month, as all but one country write it.
_ENGLISH = "en-001"

#: A day that can be read in one way only, for examples.
_EXAMPLE = date(2026, 11, 22)


@lru_cache(maxsize=512)
def locale_of(language: str) -> Locale:
    """Of a BCP 47 language; English for one that CLDR does not know."""
    known = None if language == "en" else known_locale(language)
    return known or Locale.parse(_ENGLISH, sep="-")


@lru_cache(maxsize=4096)
def number_in_words(number: float, language: str) -> str:
    """All its digits, with the language's decimal sign. Thousands are not grouped, for a number may
    be a year."""
    if not math.isfinite(number):
        return str(number)
    return format_decimal(
        Decimal(plain_number(number)),
        locale=locale_of(language),
        decimal_quantization=False,
        group_separator=False,
    )


def plain_number(number: float) -> str:
    """A finite number as a button carries it: a point, no exponent, no trailing zeros.

    >>> plain_number(1000000.0), plain_number(0.5)
    ('1000000', '0.5')
    """
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def decimal_sign(language: str) -> str:
    """The point or comma that parts whole from fraction."""
    return get_decimal_symbol(locale_of(language))


def day_in_words(day: date, language: str) -> str:
    """In the long form: `22 November 2026`."""
    return format_date(day, "long", locale=locale_of(language))


@lru_cache(maxsize=512)
def day_order(language: str) -> str:
    """The order of day, month and year in digits: `dMy`, `Mdy` or `yMd`."""
    pattern = str(locale_of(language).date_formats["short"].pattern)
    return "".join(dict.fromkeys(re.findall("[dMy]", pattern)))


def example_days(language: str) -> tuple[str, str]:
    """One day as it may be typed, in digits and in words."""
    parts = {"d": "22", "M": "11", "y": "2026"}
    order = day_order(language)
    digits = ("-" if order[0] == "y" else "/").join(parts[part] for part in order)
    return digits, day_in_words(_EXAMPLE, language)
