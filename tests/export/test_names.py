"""Names and labels within a format's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.export.names import short_name
from bot.export.texts import cut_bytes, cut_characters
from tests.export.sample import FAMILY

names = st.from_regex(r"[a-z][a-z0-9_]{0,90}", fullmatch=True)


@given(names)
def test_a_name_within_the_limit_stays(name: str) -> None:
    assert short_name(name, len(name)) == name


@given(names, st.sampled_from([32, 64]))
def test_a_shortened_name_fits_and_begins_alike(name: str, limit: int) -> None:
    short = short_name(name, limit)

    assert len(short) <= limit
    assert short[:20] == name[:20]
    assert short == short_name(name, limit)


@given(st.lists(names, unique=True), names)
def test_names_that_end_differently_stay_apart(ends: list[str], start: str) -> None:
    long = [f"t1_{start}_and_then_some_more_words_{end}" for end in ends]

    assert len({short_name(name, 32) for name in long}) == len(long)


def test_a_name_is_shortened_the_same_in_every_version() -> None:
    assert short_name("t1_q07_" + "x" * 40, 32) == "t1_q07_xxxxxxxxxxxxxx_74c581f7c8"


@given(st.text(), st.integers(4, 50))
def test_a_label_is_cut_to_bytes_between_characters(label: str, limit: int) -> None:
    cut = cut_bytes(label, limit)

    assert label.startswith(cut)
    assert len(cut.encode()) <= limit
    assert bool(cut) == bool(label)


@pytest.mark.parametrize(
    ("label", "characters", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("re\u0301sume\u0301", 2, "r"),
        (f"ab{FAMILY}", 5, "ab"),
        (f"{FAMILY}{FAMILY}", len(FAMILY) + 3, FAMILY),
        ("👍🏽👍🏽", 3, "👍🏽"),
    ],
)
def test_no_accent_and_no_sign_is_cut_in_two(label: str, characters: int, cut: str) -> None:
    assert cut_characters(label, characters) == cut
