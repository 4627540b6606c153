"""`regex`: what Python's own engine says where both can, and never slow."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.patterns import BadPattern, whole_match

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\.", "[a-b0-9]", r"\x61", "]"])
QUANTIFIERS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "{1,2}?"])


def larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.tuples(parts, parts).map("".join)
        | st.tuples(parts, parts).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(parts, QUANTIFIERS).map(lambda two: f"(?:{two[0]}){two[1]}")
    )


PATTERNS = st.recursive(
    st.tuples(ATOMS, QUANTIFIERS | st.just("")).map("".join), larger, max_leaves=8
)
TEXTS = st.text("ab0.]\n", max_size=8)


@given(PATTERNS, st.lists(TEXTS, min_size=1))
def test_it_agrees_with_the_usual_engine(source: str, texts: list[str]) -> None:
    usual = re.compile(source, re.ASCII)
    fits = whole_match(source)
    for text in texts:
        assert fits(text) is (usual.fullmatch(text) is not None), (source, text)


@given(st.text() | st.lists(st.sampled_from([*"ab()[]{}|*+?^$\\.,-0129:=!<dwbQu"])).map("".join))
def test_whatever_is_written_is_understood_or_refused(source: str) -> None:
    try:
        fits = whole_match(source)
    except BadPattern as refusal:
        assert str(refusal)
    else:
        assert fits("ab0") in (True, False)


@pytest.mark.parametrize(
    ("source", "fits", "fails"),
    [
        (r"^[0-9]{9,15}$", "123456789", "12345678"),
        (r"[A-Za-z .'-]{2,60}", "Mary O'Neil", "M"),
        (r"(^\d{2}$)|(^[a-z]+$)", "42", "4a"),
        (r"^(yes|no)$", "no", "noyes"),
        (r"[^@]+@[^@]+\.[a-z]{2,}", "a@b.org", "a@b"),
        (r"[\u0600-\u06FF ]+", "نعم لا", "yes"),
        (r"\\u0061", r"\u0061", "a"),
        (r"\p{Arabic}+", "نعم", "yes"),
        (r".{1,1000}", "x" * 1000, "x" * 1001),
        (r"\d+", "12", "١٢"),
        ("", "", " "),
        (".", "\ud800", ""),
    ],
)
def test_patterns_of_forms(source: str, fits: str, fails: str) -> None:
    matches = whole_match(source)
    assert matches(fits)
    assert not matches(fails)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a(b", "missing )"),
        ("[a", "missing ]"),
        ("[z-a]", "range"),
        ("*a", "no argument for repetition"),
        ("a*+", "repetition operator"),
        (r"(a)\1", "escape"),
        ("(?=a)b", "(?="),
        ("((a{99}){99}){99}", "repetition"),
    ],
)
def test_a_bad_pattern_says_why(source: str, message: str) -> None:
    with pytest.raises(BadPattern) as refusal:
        whole_match(source)
    assert message in str(refusal.value)


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
    ],
)
def test_no_text_holds_it_up(source: str, text: str) -> None:
    """Each takes the usual engine between seconds and the age of the universe."""
    started = time.process_time()
    assert not whole_match(source)(text)
    assert time.process_time() - started < 2
