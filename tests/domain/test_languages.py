"""Which language a person is met in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.languages import best_language, direction, is_known, own_name

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
    assert best_language("pt-AO", ["pt-BR", "pt"]) == "pt"


@pytest.mark.parametrize(
    ("hint", "offered", "language"),
    [
        ("zh-TW", ["zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh-TW", ["zh-Hans"], "zh-Hans"),
        ("zh-hans", ["zh-Hant", "zh"], "zh"),
        ("zh-HK", ["zh-CN", "zh-TW"], "zh-TW"),
        ("zh-MO", ["zh-TW", "zh-HK"], "zh-HK"),
        ("zh-cmn-Hans-CN", ["zh-Hant", "zh-Hans"], "zh-Hans"),
        ("es-MX", ["es-ES", "es-419"], "es-419"),
        ("es-MX", ["es-ES", "es-CO"], "es-CO"),
        ("es-MX", ["es-ES", "es"], "es"),
        ("es", ["es-419", "es-ES"], "es-ES"),
        ("pt", ["pt-PT", "pt-BR"], "pt-BR"),
        ("pt-AO", ["pt-BR", "pt", "pt-PT"], "pt-PT"),
        ("en-IN", ["en-US", "en-GB"], "en-GB"),
        ("sr-Latn", ["sr", "sr-Latn"], "sr-Latn"),
        ("sr", ["sr-Latn", "sr-Cyrl"], "sr-Cyrl"),
        ("sh", ["sr", "sr-Latn"], "sr-Latn"),
        ("pa-PK", ["pa", "pa-Arab"], "pa-Arab"),
        ("nb", ["no"], "no"),
        ("no", ["nn", "nb"], "nb"),
        ("nn-NO", ["nb", "nn"], "nn"),
        ("nn", ["nb"], "nb"),
        ("iw", ["en", "he"], "he"),
        ("he", ["iw"], "iw"),
        ("in", ["en", "id"], "id"),
        ("tl-PH", ["en", "fil"], "fil"),
        ("fil", ["tl"], "tl"),
        ("de-CH-1996", ["en", "de"], "de"),
        ("en-US-u-hc-h12", ["en-GB", "en-US"], "en-US"),
    ],
)
def test_script_and_region_tell_which_is_nearest(
    hint: str, offered: list[str], language: str
) -> None:
    assert best_language(hint, offered) == language


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
    scripts = ("ur", "ur-Latn", "pa", "pa-Arab", "ckb", "dv", "nqo", "prs-Arab", "mn-Mong")
    assert [direction(language) for language in scripts] == [
        "rtl", "ltr", "ltr", "rtl", "rtl", "rtl", "rtl", "rtl", "ltr"
    ]  # fmt: skip


def test_a_language_is_called_as_its_speakers_call_it() -> None:
    names = [own_name(language) for language in ("sw", "es", "ar", "fr", "nowhere-at-all")]
    assert names == ["Kiswahili", "Español", "العربية", "Français", "nowhere-at-all"]
    names = [own_name(language) for language in ("pt-BR", "es-419", "zh-Hans", "sr-Latn", "sw-RW")]
    assert names == [
        "Português (Brasil)", "Español (Latinoamérica)", "中文 (简体)", "Srpski (latinica)",
        "Kiswahili (Rwanda)",
    ]  # fmt: skip
    assert own_name("ka") == "ქართული"  # not in capitals, which no word begins with


def test_what_cldr_does_not_describe_is_not_known() -> None:
    known = {"en", "pt-BR", "es-419", "zh-Hant-HK", "sw-RW", "ur-Latn", "iw", "fil", "ckb"}
    assert {language for language in known if not is_known(language)} == set()
    unknown = ("ay", "tlh", "und", "en-XX", "mn-Mong", "zz")
    assert [language for language in unknown if is_known(language)] == []
