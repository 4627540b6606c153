"""The countries of the example: what people call theirs, in five languages."""

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.catalogue import LOCALES, SOURCE, Catalogues
from bot.domain.choosing import picked_choices
from bot.domain.naming import Tongue, named, resembling
from bot.domain.questionnaire import ANY_LANGUAGE
from bot.domain.words import bare
from bot.packs.load import read_pack
from tests.promises.documents import ROOT

COUNTRIES = (
    read_pack(ROOT / "examples" / "inclusive-ai").questionnaires["profile"].item("country").choices
)
LANGUAGES = ("en", "fr", "es", "ar", "sw")

#: Other names that two places share: whoever types one is asked which.
SHARED = [
    {"cd", "cg"},
    {"kr", "kp"},
    {"vi", "vg"},
    {"za", "sa"},
    {"gb", "ni"},
    {"lk", "sl"},
    {"kr", "sk"},
]


@cache
def tongue(language: str) -> Tongue:
    """As a conversation in it would find names."""
    catalogues = Catalogues(LOCALES)

    def words(*keys: str) -> tuple[str, ...]:
        spoken = (catalogues.text(each, key) for key in keys for each in (language, SOURCE))
        return tuple(word for words in spoken for word in words.split("|"))

    plain = words("words-yes", "words-no", "words-agreed")
    return Tongue(language, words("words-articles"), words("words-before-an-answer"), plain)


@pytest.mark.parametrize(
    ("language", "words", "code"),
    [
        ("en", "UK", "gb"),
        ("en", "u.k.", "gb"),
        ("en", "I live in the UK.", "gb"),
        ("en", "England", "gb"),
        ("en", "U.S.", "us"),
        ("en", "usa", "us"),
        ("en", "America", "us"),
        ("en", "DE", "de"),
        ("en", "NZ", "nz"),
        ("en", "the Netherlands", "nl"),
        ("en", "holland", "nl"),
        ("en", "Turkey", "tr"),
        ("en", "Turkiye", "tr"),
        ("en", "ivory coast", "ci"),
        ("en", "Cote d'Ivoire", "ci"),
        ("en", "Palestine", "ps"),
        ("en", "UAE", "ae"),
        ("en", "D.R.C.", "cd"),
        ("en", "Trinidad and Tobago", "tt"),
        ("en", "saint vincent and the grenadines", "vc"),
        ("en", "Burma", "mm"),
        ("en", "Vatican", "va"),
        ("en", "Niger", "ne"),
        ("en", "Guinea", "gn"),
        ("fr", "J’habite en Angleterre", "gb"),
        ("fr", "les Pays-Bas", "nl"),
        ("fr", "guinee bissau", "gw"),
        ("fr", "République Tchèque", "cz"),
        ("fr", "Palestine", "ps"),
        ("fr", "RDC", "cd"),
        ("es", "EE.UU.", "us"),
        ("es", "EEUU", "us"),
        ("es", "vivo en Holanda", "nl"),
        ("es", "Costa de Marfil", "ci"),
        ("es", "Gran Bretaña", "gb"),
        ("ar", "بريطانيا", "gb"),
        ("ar", "أعيش في السعوديه", "sa"),
        ("ar", "فلسطين", "ps"),
        ("ar", "امريكا", "us"),
        ("ar", "الامارات", "ae"),
        ("sw", "Uingereza", "gb"),
        ("sw", "ninaishi Kenya", "ke"),
        ("sw", "Marekani", "us"),
        ("sw", "Falme za kiarabu", "ae"),
    ],
)
def test_what_people_call_their_country_counts(language: str, words: str, code: str) -> None:
    assert picked_choices(words, COUNTRIES, (), tongue(language)) == (code,)


@pytest.mark.parametrize(
    ("language", "words", "first"),
    [
        ("sw", "Kongo", {"cd", "cg"}),
        ("en", "Congo", {"cd", "cg"}),
        ("es", "el Congo", {"cd", "cg"}),
        ("en", "Korea", {"kr", "kp"}),
        ("en", "de", {"de"}),
        ("en", "Keneya", {"ke"}),
        ("en", "Ukrain", {"ua"}),
        ("es", "no", {"no"}),
        ("es", "NO", {"no"}),
        ("en", "no", {"no"}),
        ("en", "SA", {"sa", "za"}),
        ("fr", "oui", set()),
        ("ar", "نعم", set()),
        ("sw", "ndiyo", set()),
        ("en", "Atlantis", set()),
    ],
)
def test_what_may_be_meant_is_offered(language: str, words: str, first: set[str]) -> None:
    assert picked_choices(words, COUNTRIES, (), tongue(language)) == ()
    offered = resembling(words, COUNTRIES, tongue(language))
    assert set(offered[: len(first)]) == first and bool(offered) is bool(first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_is_that_of_its_country(language: str) -> None:
    """`NO`, and what else means yes or no in a language, is a word first."""
    for country in COUNTRIES:
        assert named(country.label[language], COUNTRIES, tongue(language)) == (country.code,)
        for spoken in (language, ANY_LANGUAGE):
            for alias in country.aliases.get(spoken, ()):
                found = named(alias, COUNTRIES, tongue(language))
                assert country.code in found or (alias in ("NO", "SI", "LA") and not found)
                assert len(found) < 2 or set(found) in SHARED


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("other", LANGUAGES)
def test_no_name_of_another_language_leads_elsewhere(language: str, other: str) -> None:
    for country in COUNTRIES:
        for name in (country.label[other], *country.aliases.get(other, ())):
            found = named(name, COUNTRIES, tongue(language))
            assert not found or country.code in found


def _names(spoken: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    return [n for words in spoken.values() for n in ((words,) if isinstance(words, str) else words)]


NAMES = [name for c in COUNTRIES for each in (c.label, c.aliases) for name in _names(each)]


@settings(deadline=None)  # the first look at a list folds all its names
@given(
    st.sampled_from(LANGUAGES),
    st.sampled_from(NAMES),
    st.integers(0, 20),
    st.integers(0, 2),
    st.text(st.characters(categories=["L"]), max_size=1),
)
def test_a_slip_is_never_recorded(
    language: str, name: str, place: int, lost: int, other: str
) -> None:
    """Whatever counts at once is exactly a name of its country, or one behind an article."""
    typed = name[:place] + other + name[place + lost :]
    for code in picked_choices(typed, COUNTRIES, (), tongue(language)):
        country = next(c for c in COUNTRIES if c.code == code)
        known = {bare(n) for each in (country.label, country.aliases) for n in _names(each)}
        assert {bare(typed), bare(typed).removeprefix("ال"), "ال" + bare(typed)} & known or any(
            bare(typed).endswith(f" {n}") for n in known
        )
