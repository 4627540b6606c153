"""`regex`: the same as Python's own engine where both can, and never slow."""

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.patterns import MAX_POSITIONS, BadPattern, Pattern

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\.", "[a-b0-9]", r"\x61", "]"])
QUANTIFIERS = st.sampled_from(
    ["*", "+", "?", "{2}", "{0}", "{1,3}", "{0,2}", "{2,}", "*?", "{1,2}?"]
)


def larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.tuples(parts, parts).map("".join)
        | st.tuples(parts, parts).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(parts, QUANTIFIERS).map(lambda two: f"(?:{two[0]}){two[1]}")
        | parts.map(lambda part: f"({part}|)")
    )


PATTERNS = st.recursive(
    st.tuples(ATOMS, QUANTIFIERS | st.just("")).map("".join), larger, max_leaves=8
)
TEXTS = st.text("ab0.]\n", max_size=8)


@given(PATTERNS, st.lists(TEXTS, min_size=1))
def test_it_agrees_with_the_usual_engine(source: str, texts: list[str]) -> None:
    usual = re.compile(source, re.ASCII)
    pattern = Pattern(source)
    for text in texts:
        assert pattern.matches(text) is (usual.fullmatch(text) is not None), (source, text)


@given(st.data(), PATTERNS)
def test_it_takes_what_the_usual_engine_makes_of_the_pattern(
    data: st.DataObject, source: str
) -> None:
    """Texts drawn at random seldom fit, so these are made to."""
    text = data.draw(st.from_regex(re.compile(source, re.ASCII), fullmatch=True))
    assert Pattern(source).matches(text)


@given(st.text() | st.lists(st.sampled_from([*"ab()[]{}|*+?^$\\.,-0129:=!<dwbQ"])).map("".join))
def test_whatever_is_written_is_understood_or_refused(source: str) -> None:
    try:
        pattern = Pattern(source)
    except BadPattern as refusal:
        assert 0 <= refusal.position <= len(source)
        return
    assume("^" not in source and "$" not in source)
    assert pattern.matches("ab0") is (re.fullmatch(source, "ab0", re.ASCII) is not None)


@pytest.mark.parametrize(
    ("source", "fits", "fails"),
    [
        (r"^[0-9]{9,15}$", "123456789", "12345678"),
        (r"[A-Za-z .'-]{2,60}", "Mary O'Neil", "M"),
        (r"(^\d{2}$)|(^[a-z]+$)", "42", "4a"),
        (r"^(yes|no)$", "no", "noyes"),
        (r"[^@]+@[^@]+\.[a-z]{2,}", "a@b.org", "a@b"),
        (r"[\u0600-\u06FF ]+", "نعم لا", "yes"),
        (r".{1,1000}", "x" * 1000, "x" * 1001),
        (r"\d+", "12", "١٢"),
        ("", "", " "),
        (r"()*a|(|b)+", "bb", "ab"),
    ],
)
def test_patterns_of_forms(source: str, fits: str, fails: str) -> None:
    pattern = Pattern(source)
    assert pattern.matches(fits)
    assert not pattern.matches(fails)


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("a(b", 1, "without its closing parenthesis"),
        ("a)b", 1, "a parenthesis too many"),
        ("[a", 0, "without its closing ]"),
        ("[z-a]", 0, "bad character range"),
        ("[[:alpha:]]", 0, "ossible nested set"),
        ("*a", 0, r"write \*"),
        ("a**", 2, "a repeat of a repeat"),
        ("a*+", 2, "a repeat of a repeat"),
        ("a{3,2}", 1, "the wrong way round"),
        ("a{,3}", 1, r"write \{"),
        ("a^b", 1, "leave it out"),
        ("(a$|b)c", 2, "leave it out"),
        (r"(a)\1", 3, r"\1 is not read"),
        (r"\bword", 0, r"\b is not read"),
        ("a\\", 1, "is not read"),
        ("(?=a)b", 1, "(?= is not read"),
        ("(?i)a", 1, "(?i is not read"),
        ("(" * 41 + ")" * 41, 41, "nested more than 40 deep"),
        ("a{1001}", 0, "more than 1,000 characters"),
        ("((a{99}){99}){99}", 0, "more than 1,000 characters"),
    ],
)
def test_a_bad_pattern_says_where_and_why(source: str, position: int, message: str) -> None:
    with pytest.raises(BadPattern) as refusal:
        Pattern(source)
    assert message in str(refusal.value)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("(a+)+", "a" * 4095 + "!"),
        ("(a|a)*b", "a" * 4096),
        (r".*@.*\..*", "@." * 2047 + "\n!"),
        (r"(.*,){10}x", "," * 4096),
        ("(a?){30}a{30}", "a" * 29),
        (".*a.{400}", "ab" * 2048),
        ("(.{0,30}a){0,30}b", "ba" * 2048),
        (f".{{0,{MAX_POSITIONS}}}", "x" * 4096),
        ("(((){999999999}){999999999}){999999999}", "x" * 4096),
    ],
)
def test_no_text_holds_it_up(source: str, text: str) -> None:
    """Each takes the usual engine between seconds and the age of the universe, or its memory."""
    started = time.process_time()
    assert not Pattern(source).matches(text)
    assert time.process_time() - started < 2


def test_what_it_remembers_is_bounded() -> None:
    pattern = Pattern("(.*a.{12}|[^z]+)z")
    for begin in range(0, 60_000, 100):
        text = "".join(chr(0x4E00 + (begin + step) % 20_000) for step in range(100))
        assert pattern.matches(f"{text}z")
        assert not pattern.matches(text)
    exits = sum(map(len, pattern._states.values()))
    assert exits <= 20_000
