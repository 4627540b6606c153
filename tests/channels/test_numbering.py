"""Choices as numbered lines."""

import pytest

from bot.channels.numbering import numbered


@pytest.mark.parametrize(
    ("labels", "lines"),
    [
        ([], []),
        (["Jobs", "Homes"], ["1. Jobs", "2. Homes"]),
        (["1. Jobs", "2. Homes"], ["1. Jobs", "2. Homes"]),
        (["Jobs", "1. Homes"], ["1) Jobs", "2) 1. Homes"]),
        (["2. Jobs", "1. Homes"], ["1) 2. Jobs", "2) 1. Homes"]),
        (["3.5 hours", "4"], ["1. 3.5 hours", "2. 4"]),
    ],
)
def test_a_number_is_told_once_and_never_confused(labels: list[str], lines: list[str]) -> None:
    assert numbered(labels) == lines
