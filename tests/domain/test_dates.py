"""A day reads back in whatever form it was written."""

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dates import YEARS_AHEAD, NoDate, read_date
from bot.domain.formats import day_in_words, day_order, example_days, locale_of

TODAY = date(2026, 11, 22)
LANGUAGES = ("en", "es", "fr", "ar", "sw")
YEARS = st.dates(date(1000, 1, 1), date(9999, 12, 31))
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def in_digits(day: date, language: str, separator: str) -> str:
    parts = {"d": f"{day.day}", "M": f"{day.month}", "y": f"{day.year:04}"}
    return separator.join(parts[part] for part in day_order(language))


@pytest.mark.parametrize("language", (*LANGUAGES, "en-US", "zh", "ko", "hu", "vi", "lt"))
@given(day=YEARS)
def test_the_long_form_of_the_language_reads_back(language: str, day: date) -> None:
    assert read_date(day_in_words(day, language), language, TODAY) == day


@pytest.mark.parametrize("language", LANGUAGES)
@given(day=YEARS)
def test_names_and_abbreviations_of_months_read_back(language: str, day: date) -> None:
    locale = locale_of(language)
    for pattern in ("d MMM y", "d. MMMM y", "MMMM d, y", "d LLLL y", "y MMM d", "EEEE d MMMM y"):
        written = format_date(day, pattern, locale=locale)
        assert read_date(written, language, TODAY) == day, written
        assert read_date(written.upper(), language, TODAY) == day
        assert read_date(written.translate(ARABIC_DIGITS), language, TODAY) == day


@pytest.mark.parametrize("language", (*LANGUAGES, "en-US", "en-GB", "zh"))
@pytest.mark.parametrize("separator", ["/", ".", "-", " ", ". ", "/ "])
@given(day=YEARS)
def test_digits_in_the_order_of_the_language_read_back(
    language: str, separator: str, day: date
) -> None:
    written = in_digits(day, language, separator)
    assert read_date(written, language, TODAY) == day
    assert read_date(written.translate(ARABIC_DIGITS), language, TODAY) == day


@pytest.mark.parametrize("language", (*LANGUAGES, "en-US", "zh"))
@given(day=st.dates())
def test_iso_8601_is_read_in_every_language(language: str, day: date) -> None:
    assert read_date(day.isoformat(), language, TODAY) == day


@pytest.mark.parametrize("language", LANGUAGES)
@given(day=st.dates(date(1947, 1, 1), date(2026 + YEARS_AHEAD, 12, 31)))
def test_a_year_of_two_digits_is_the_nearest(language: str, day: date) -> None:
    written = f"{day.day}/{day.month}/{day.year % 100:02}"
    assert read_date(written, language, TODAY) == day


@given(st.text(max_size=30), st.sampled_from(LANGUAGES))
def test_no_words_break_the_reading_of_a_day(text: str, language: str) -> None:
    assert isinstance(read_date(text, language, TODAY), date | NoDate)


def test_the_order_of_the_language_decides_unless_only_one_is_a_day() -> None:
    assert read_date("03/04/2026", "en", TODAY) == date(2026, 4, 3)
    assert read_date("03/04/2026", "en-GB", TODAY) == date(2026, 4, 3)
    assert read_date("03/04/2026", "en-US", TODAY) == date(2026, 3, 4)
    assert read_date("11/22/2026", "en", TODAY) == TODAY
    assert read_date("22/11/2026", "en-US", TODAY) == TODAY


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("22nd of November, 2026", "en"),
        ("Sunday 22 Nov. '26", "en"),
        ("sept 22 2026", "en"),
        ("22 de Setiembre del 2026", "es"),
        ("1er janvier 2026", "fr"),
        ("22 AOUT 2026", "fr"),
        ("22 تشرين الثاني 2026", "ar"),
        ("22 نونبر 2026", "ar"),
        ("tarehe 22 Novemba 2026", "sw"),
        ("2026年11月22日", "zh"),
        ("2026년 11월 22일", "ko"),
    ],
)
def test_what_stands_around_a_day_does_no_harm(written: str, language: str) -> None:
    assert isinstance(read_date(written, language, TODAY), date)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("30 February 2026", NoDate.IMPOSSIBLE),
        ("2026-02-29", NoDate.IMPOSSIBLE),
        ("31/11/2026", NoDate.IMPOSSIBLE),
        ("0/11/2026", NoDate.IMPOSSIBLE),
        ("1/1/0000", NoDate.NO_YEAR),
        ("1 May 10000", NoDate.NO_YEAR),
        ("", NoDate.UNREADABLE),
        ("November", NoDate.UNREADABLE),
        ("22 November", NoDate.UNREADABLE),
        ("2 or 3 May 2026", NoDate.UNREADABLE),
        ("22 ju 2026", NoDate.UNREADABLE),
        ("between May and June 2026", NoDate.UNREADABLE),
        ("22.11", NoDate.UNREADABLE),
    ],
)
def test_what_is_no_day_is_told_apart(written: str, why: NoDate) -> None:
    assert read_date(written, "en", TODAY) is why


@pytest.mark.parametrize("language", (*LANGUAGES, "en-US", "zh"))
def test_the_examples_are_days_themselves(language: str) -> None:
    for written in example_days(language):
        assert read_date(written, language, TODAY) == date(2026, 11, 22)


def test_english_without_a_region_is_the_worlds() -> None:
    assert day_in_words(TODAY, "en") == "22 November 2026"
    assert day_in_words(TODAY, "en-US") == "November 22, 2026"
