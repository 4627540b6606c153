"""Invitation codes: made without look-alikes, and found in whatever people write."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codes import (
    ALPHABET,
    MOST_CHARACTERS,
    argument_of_start,
    is_attempt,
    is_nothing_but_a_code,
    new_code,
    presented,
)

CODE = "K7QM-3XWP-9T4C"  # its last symbol is right
OLD = "xA9dKqPz3mLw"  # as they were made before
codes = st.integers().map(lambda seed: new_code(random.Random(seed).randrange))


@given(codes)
def test_a_new_code_is_found_as_it_stands(code: str) -> None:
    assert presented(code)[0] == code
    assert is_nothing_but_a_code(code) and is_attempt(code)


@given(codes, st.data())
def test_look_alikes_case_and_separators_are_forgiven(code: str, data: st.DataObject) -> None:
    alike = {"0": "0Oo０٠", "1": "1IilL１۱", "V": "VvUu"}
    written = "".join(
        data.draw(st.sampled_from(["", " ", "-", "–", " - ", "."]))
        if symbol == "-"
        else data.draw(st.sampled_from(alike.get(symbol, symbol + symbol.lower())))
        for symbol in code
    )
    assert code in presented(written)
    assert code in presented(f"Hello! My code is {written}, thank you")
    assert code in presented(f"الرمز: {written}")


@given(codes, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_a_wrong_symbol_is_known_without_the_database(code: str, at: int, other: str) -> None:
    symbols = list(code.replace("-", ""))
    if other == symbols[at] or {other, symbols[at]} == {"0", "Z"}:
        return
    symbols[at] = other
    assert not presented(" ".join(symbols))


@given(codes, st.integers(0, 10))
def test_so_are_two_that_changed_places(code: str, at: int) -> None:
    symbols = list(code.replace("-", ""))
    if symbols[at] == symbols[at + 1] or {*symbols[at : at + 2]} == {"0", "Z"}:
        return
    symbols[at], symbols[at + 1] = symbols[at + 1], symbols[at]
    assert code not in presented("".join(symbols))


@pytest.mark.parametrize("code", [CODE, OLD])
@pytest.mark.parametrize(
    "words",
    [
        "/start {}",
        "/START {}",
        "/Start@parks_bot   {}",
        "https://t.me/parks_bot?start={}",
        "https://parks.example/d/parks?kiosk&code={}",
        "I got this: https://parks.example/?code={}, what now?",
        "/start https://t.me/parks_bot?start={}",
        "{}",
        "my code is {}.",
    ],
)
def test_where_a_code_may_stand(words: str, code: str) -> None:
    assert code in presented(words.format(code))


@pytest.mark.parametrize("code", ["welcome1", "old", "org-0123456789abcdef", "-dash_es-"])
def test_codes_from_before_keep_their_exact_form(code: str) -> None:
    assert presented(f"/start {code}")[0] == code
    assert f"/start {code.upper()}" not in presented(f"/start {code}")


@pytest.mark.parametrize(
    "words",
    [
        "hello everyone",
        "7",
        "1, 2",
        "Wanjiku",
        "/help",
        "/survey t1",
        "a" * 4000,
        "مرحبا بكم جميعا",
    ],
)
def test_what_holds_no_code_asks_nothing_of_the_database(words: str) -> None:
    assert not presented(words) or words == "Wanjiku"
    assert not is_attempt(words)


@pytest.mark.parametrize("words", [CODE[:-1], CODE.replace("Q", "R"), "/start whatever"])
def test_a_slip_is_an_attempt_all_the_same(words: str) -> None:
    assert is_attempt(words)


def test_a_long_text_is_no_code() -> None:
    assert presented("x " * MOST_CHARACTERS + CODE) == ()


def test_the_argument_of_start() -> None:
    assert argument_of_start("/start  ab ") == "ab"
    assert argument_of_start("/start") is None
    assert argument_of_start("/started ab") is None
