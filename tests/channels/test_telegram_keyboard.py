"""The layout of buttons."""

import pytest

from bot.channels.telegram.keyboard import keyboard, spelled_out
from bot.conversation.messages import Choice
from bot.domain.delivery import Rejected


def layout(*labels: str, asides: tuple[str, ...] = ()) -> list[list[str]]:
    choices = [*(Choice(n, n) for n in labels), *(Choice(f"!{n}", n, aside=True) for n in asides)]
    made = keyboard(choices)
    assert made
    return [[button.text for button in row] for row in made.inline_keyboard]


def test_a_scale_is_packed() -> None:
    assert layout(*map(str, range(11)), asides=("Skip", "Later", "Back")) == [
        ["0", "1", "2", "3", "4", "5"],
        ["6", "7", "8", "9", "10"],
        ["Skip", "Later"],
        ["Back"],
    ]
    assert layout(*"1234567") == [["1", "2", "3", "4"], ["5", "6", "7"]]


def test_short_answers_stand_in_pairs_and_long_ones_alone() -> None:
    assert layout("Bus and tram", "Bicycle", "Somewhere in between", "Car", "On foot") == [
        ["Bus and tram", "Bicycle"],
        ["Somewhere in between"],
        ["Car"],
        ["On foot"],
    ]
    assert layout("Strongly agree", "Neither agree nor disagree", "Disagree") == [
        ["Strongly agree"],
        ["Neither agree nor disagree"],
        ["Disagree"],
    ]


def test_asides_stay_below_whatever_their_order() -> None:
    choices = [Choice("!skip", "Skip", aside=True), Choice("yes", "Yes, I do agree")]
    made = keyboard(choices)
    assert made
    assert [[b.callback_data for b in row] for row in made.inline_keyboard] == [["yes"], ["!skip"]]


def test_no_choices_no_keyboard() -> None:
    assert keyboard([]) is None


@pytest.mark.parametrize("value", ["é" * 33, ""])
def test_a_value_that_telegram_cannot_carry_is_rejected(value: str) -> None:
    with pytest.raises(Rejected, match="64 bytes"):
        keyboard([Choice(value, "label")])
    assert keyboard([Choice("é" * 32, "label")])


def test_labels_that_a_phone_would_cut_are_spelled_out_in_the_message() -> None:
    short = [Choice("1:a", "Bus"), Choice("1:!skip", "Skip", aside=True)]
    assert spelled_out(short) == ""
    long = [Choice("1:a", "By a means of transport of my own"), *short]
    assert spelled_out(long) == "\n\n1. By a means of transport of my own\n2. Bus"
