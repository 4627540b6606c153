"""What typed words name in a list: exactly, or perhaps. No guess is ever taken for an answer."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.choosing import picked_choices
from bot.domain.naming import Tongue, named, resembling
from bot.domain.questionnaire import ANY_LANGUAGE, ItemChoice
from bot.domain.words import bare, folded

ENGLISH = Tongue("en", articles=("the",), leads=("I live in", "I am from"), plain=("no", "yes"))
FRENCH = Tongue("fr", articles=("le", "la", "les", "l'"), leads=("j'habite en", "j'habite"))
ARABIC = Tongue("ar", articles=("ال-",), leads=("أعيش في",))


def place(code: str, words: str | Mapping[str, str], **aliases: str) -> ItemChoice:
    label = {"en": words} if isinstance(words, str) else words
    names = {spoken: tuple(names.split("|")) for spoken, names in aliases.items()}
    if "every" in names:
        names[ANY_LANGUAGE] = names.pop("every")
    return ItemChoice(code, label, aliases=names)


PLACES = (
    place("no", {"en": "Norway", "fr": "Norvège", "ar": "النرويج"}, every="NO"),
    place(
        "gb", {"en": "United Kingdom", "fr": "Royaume-Uni"}, every="GB|UK|uk", en="Great Britain"
    ),
    place("cd", {"en": "Congo - Kinshasa", "fr": "Congo-Kinshasa"}, en="Congo", fr="Congo"),
    place("cg", {"en": "Congo - Brazzaville", "fr": "Congo-Brazzaville"}, en="Congo", fr="Congo"),
    place("gm", {"en": "The Gambia", "fr": "Gambie"}),
    place("in", {"en": "India", "fr": "Inde", "ar": "الهند"}),
    place("de", {"en": "Germany", "fr": "Allemagne", "ar": "ألمانيا"}, every="DE"),
    place("eh", {"en": "Western Sahara", "fr": "Sahara occidental", "ar": "الصحراء الغربية"}),
    place("ci", {"en": "Côte d’Ivoire", "fr": "Côte d’Ivoire"}),
    place("us", {"en": "United States", "fr": "États-Unis"}, every="US|USA", en="America"),
    place("as", {"en": "American Samoa", "fr": "Samoa américaines"}),
    place("gw", {"en": "Guinea-Bissau"}),
    place("gn", {"en": "Guinea"}),
)


@pytest.mark.parametrize(
    ("words", "tongue", "code"),
    [
        ("norway", ENGLISH, "no"),
        ("  “NORWAY”. ", ENGLISH, "no"),
        ("DE", ENGLISH, "de"),
        ("U.S.", ENGLISH, "us"),
        ("U. S. A.", ENGLISH, "us"),
        ("U.K.", FRENCH, "gb"),
        ("America", ENGLISH, "us"),
        ("I live in the UK!", ENGLISH, "gb"),
        ("i live in gambia", ENGLISH, "gm"),
        ("cote d'ivoire", ENGLISH, "ci"),
        ("Cote d Ivoire", ENGLISH, "ci"),
        ("guinea bissau", ENGLISH, "gw"),
        ("Guinea", ENGLISH, "gn"),
        ("J’habite en Inde", FRENCH, "in"),
        ("l’Inde", FRENCH, "in"),
        ("la Gambie", FRENCH, "gm"),
        ("المانيا", ARABIC, "de"),
        ("أعيش في المانيا", ARABIC, "de"),
        ("أعيش في الهند", ARABIC, "in"),
        ("هند", ARABIC, "in"),
        ("الصحراء الغربيه", ARABIC, "eh"),
        ("النرويـج", ARABIC, "no"),
        ("Allemagne", ENGLISH, "de"),  # in another language of the pack
    ],
)
def test_what_is_exact_counts_at_once(words: str, tongue: Tongue, code: str) -> None:
    assert picked_choices(words, PLACES, (), tongue) == (code,)


@pytest.mark.parametrize(
    ("words", "tongue", "codes"),
    [
        ("Congo", ENGLISH, ["cd", "cg"]),
        ("Congo.", FRENCH, ["cd", "cg"]),
        ("no", ENGLISH, ["no"]),  # a word, and no code
        ("NO", ENGLISH, ["no"]),  # even when it is shouted
        ("de", FRENCH, ["de"]),
        ("us", ENGLISH, ["us"]),
        ("amer", ENGLISH, ["us", "as"]),
        ("America", FRENCH, ["us", "as"]),  # as another language calls it
        ("Untied States", ENGLISH, ["us"]),
        ("Norwya", ENGLISH, ["no"]),
        ("kingdom", ENGLISH, ["gb"]),
        ("guinee", ENGLISH, ["gn"]),
        ("Oslo, Norway", ENGLISH, ["no"]),
        ("Nort", ENGLISH, []),
        ("way", ENGLISH, []),  # words are known by their beginnings
        ("oui", FRENCH, []),
        ("?!", ENGLISH, []),
        ("", ENGLISH, []),
    ],
)
def test_what_is_not_exact_is_offered(words: str, tongue: Tongue, codes: list[str]) -> None:
    assert picked_choices(words, PLACES, (), tongue) == ()
    offered = list(resembling(words, PLACES, tongue))
    assert offered[: len(codes)] == codes and bool(offered) is bool(codes)


def test_what_punctuation_tells_apart_stays_apart() -> None:
    groups = tuple(
        place(f"g{n}", label) for n, label in enumerate(("A", "A-", "A+", "-1", "1", "1.5"))
    )
    for choice in groups:
        assert named(choice.label["en"], groups, ENGLISH) == (choice.code,)
    assert named("15", groups, ENGLISH) == named("B-", groups, ENGLISH) == ()
    assert named("A.", groups, ENGLISH) == ("g0",)
    assert named("*", (place("x", "*"), place("y", "**")), ENGLISH) == ("x",)


def test_the_vowel_signs_of_devanagari_tell_words_apart() -> None:
    fair, capital = "मेला", "मूला"
    assert folded(fair) != folded(capital)
    assert named(fair, (place("a", capital), place("b", fair)), ENGLISH) == ("b",)


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([name for c in PLACES for name in (c.code, *c.label.values())]).flatmap(
        lambda name: st.tuples(
            st.integers(0, len(name)), st.integers(0, 3), st.text(max_size=1)
        ).map(lambda cut: name[: cut[0]] + cut[2] + name[cut[0] + cut[1] :])
    ),
)


@given(WORDS, st.sampled_from([ENGLISH, FRENCH, ARABIC]))
def test_nothing_is_taken_that_is_not_written_exactly(words: str, tongue: Tongue) -> None:
    """Whatever is typed, a name of the choice that it counts for stands at its end."""
    for code in picked_choices(words, PLACES, (), tongue):
        choice = next(c for c in PLACES if c.code == code)
        names = [*choice.label.values(), *(n for each in choice.aliases.values() for n in each)]
        plain = [bare(name).replace(" ", "") for name in names]
        plain += [name.removeprefix("the").removeprefix("ال") for name in plain]
        assert any(name and bare(words).replace(" ", "").endswith(name) for name in plain), words


@given(st.text(max_size=30))
def test_baring_twice_bares_no_more(text: str) -> None:
    assert bare(bare(text)) == bare(text)
