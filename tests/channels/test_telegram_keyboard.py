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


def test_a_long_scale_is_packed_in_rows_of_one_length() -> None:
    assert [len(row) for row in layout(*map(str, range(-10, 11)))] == [7, 7, 7]
    assert [len(row) for row in layout(*map(str, range(13)))] == [7, 6]


def test_wide_numbers_of_a_scale_have_the_room_that_they_need() -> None:
    assert layout("0", "250.5", "501", "751.5", "1002") == [
        ["0", "250.5", "501"],
        ["751.5", "1002"],
    ]
    assert layout("1984", "2026", "Never or later") == [["1984", "2026"], ["Never or later"]]


def test_pressing_moves_no_button() -> None:
    labels = ["Clean air here", "Jobs", "Safety"]
    for mark in ("✓ ", "1. "):
        marked = layout(mark + labels[0], *labels[1:])
        assert [[label.removeprefix(mark) for label in row] for row in marked] == layout(*labels)
    assert spelled_out([Choice("1:a", "✓ " + "a" * 32)]) == ""


def test_long_asides_stand_alone() -> None:
    assert layout("Yes", asides=("I would rather not say", "Skip", "Later")) == [
        ["Yes"],
        ["I would rather not say"],
        ["Skip", "Later"],
    ]


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
    ranked = [Choice("1:a", "2. By a means of transport of my own"), Choice("1:b", "1. Bus")]
    assert spelled_out(ranked) == "\n\n1) 2. By a means of transport of my own\n2) 1. Bus"
