"""Which language a person is met in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.languages import best_language, direction, own_name

OFFERED = ["en", "fr", "pt-BR", "ar", "zh-Hant"]
TAGS = st.from_regex(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", fullmatch=True)


@pytest.mark.parametrize(
    ("hint", "language"),
    [
        ("fr", "fr"),
        ("FR-ca", "fr"),
        ("fr_CM", "fr"),
        ("pt-br", "pt-BR"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh", "zh-Hant"),
        ("fro", None),  # another language, which only begins alike
        ("f", None),
        ("sw", None),
        ("", None),
        (None, None),
    ],
)
def test_the_nearest_offered_language_is_taken(hint: str | None, language: str | None) -> None:
    assert best_language(hint, OFFERED) == language


def test_the_exact_one_goes_before_another_of_the_same_language() -> None:
    assert best_language("pt-BR", ["pt", "pt-BR"]) == "pt-BR"
    assert best_language("pt-AO", ["pt-BR", "pt"]) == "pt-BR"


@given(st.one_of(TAGS, st.text(max_size=12)), st.lists(TAGS, max_size=5))
def test_only_what_is_offered_is_ever_taken(hint: str, offered: list[str]) -> None:
    assert best_language(hint, offered) in (None, *offered)


@given(st.lists(TAGS, min_size=1, max_size=5))
def test_whoever_names_an_offered_language_gets_it(offered: list[str]) -> None:
    for language in offered:
        for hint in (language, language.replace("-", "_").upper()):
            taken = best_language(hint, offered)
            assert taken is not None and taken.lower() == language.lower()


def test_arabic_and_hebrew_run_from_right_to_left() -> None:
    assert {language: direction(language) for language in ("ar", "he", "ar-EG", "fr", "sw")} == {
        "ar": "rtl", "he": "rtl", "ar-EG": "rtl", "fr": "ltr", "sw": "ltr"
    }  # fmt: skip
    assert direction("no language") == "ltr"


def test_a_language_is_called_as_its_speakers_call_it() -> None:
    names = [own_name(language) for language in ("sw", "es", "ar", "fr", "nowhere-at-all")]
    assert names == ["Kiswahili", "Español", "العربية", "Français", "nowhere-at-all"]
