"""Both sides of a conversation in order, as a page that is loaded again shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.webchat.transcript import entries

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    id: int
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class Said:
    external_id: str
    kind: str
    text: str
    pressed_message: str | None
    at: datetime


def told(number: int, second: float, html: str = "", **more: Any) -> Told:
    body = {"html": html or f"message {number}", "lang": "en", "dir": "ltr", **more}
    return Told(number, body, NOON + timedelta(seconds=second))


def said(second: float, text: str, pressed: int | None = None, name: str = "u1") -> Said:
    return Said(
        f"0123456789abcdef:{name}",
        "text" if pressed is None else "choice",
        text,
        None if pressed is None else str(pressed),
        NOON + timedelta(seconds=second),
    )


def choices(**labels: str) -> list[dict[str, str]]:
    """`n17_agree="I agree"` is a button with the value `17:agree`."""
    return [{"value": name[1:].replace("_", ":"), "label": label} for name, label in labels.items()]


def seen(*items: Told | Said) -> list[str]:
    return [
        entry.get("html") or f"> {entry['text']}"
        for entry in entries(
            [i for i in items if isinstance(i, Told)], [i for i in items if isinstance(i, Said)]
        )
    ]


def test_both_sides_are_told_in_the_order_of_time() -> None:
    assert seen(
        told(1, 0, "How do you travel?"),
        said(5, "Bus"),
        told(2, 6, "And how far?"),
        said(9, "Far"),
        told(3, 10, "Thank you."),
    ) == ["How do you travel?", "> Bus", "And how far?", "> Far", "Thank you."]


def test_a_start_that_the_page_sent_is_not_shown_and_one_that_was_typed_is() -> None:
    assert seen(
        said(0, "/start", name="start-u0"), told(1, 1, "Welcome."), said(2, "/start", name="u1")
    ) == ["Welcome.", "> /start"]


def test_a_press_is_shown_with_the_words_on_the_button() -> None:
    offered = choices(n17_agree="I agree", n17_decline="I do not agree")
    assert seen(told(1, 0, "Do you?", choices=offered), said(2, "17:agree", pressed=1)) == [
        "Do you?",
        "> I agree",
    ]


def test_a_press_of_a_message_that_is_on_an_earlier_page_keeps_no_number() -> None:
    assert seen(told(7, 0), said(2, "17:agree", pressed=1)) == ["message 7", "> agree"]
    assert seen(told(7, 0), said(2, "/briefings", pressed=1)) == ["message 7", "> /briefings"]


def test_an_edit_is_shown_in_the_old_place_under_the_old_id() -> None:
    found = entries([told(1, 0, "old"), told(2, 1, "between"), told(3, 2, "new", replaces="1")], [])
    assert [(entry["id"], entry["html"]) for entry in found] == [("1", "new"), ("2", "between")]
    assert found[0]["edited"] is True
    assert "replaces" not in found[0]


def test_an_edit_whose_original_is_on_an_earlier_page_stands_for_it() -> None:
    found = entries([told(3, 2, "new", replaces="1"), told(4, 3, "next")], [])
    assert [(entry["id"], entry["html"]) for entry in found] == [("1", "new"), ("4", "next")]


def test_switching_choices_on_and_off_leaves_only_the_press_that_went_on() -> None:
    assert seen(
        told(1, 0, "Which?", choices=choices(n5_a="Parks", n5_done="Done")),
        said(1, "5:a", pressed=1, name="u1"),
        told(2, 2, "Which?!", choices=choices(n6_a="✓ Parks", n6_done="Done"), replaces="1"),
        said(3, "6:done", pressed=1, name="u2"),
        told(3, 4, "Thank you."),
    ) == ["Which?!", "> Done", "Thank you."]


def test_a_press_follows_its_message_even_where_the_clocks_of_two_machines_differ() -> None:
    offered = choices(n2_yes="Yes")
    assert seen(
        told(1, 10, "Really?", choices=offered),
        said(4, "2:yes", pressed=1),
        told(2, 14, "So be it."),
    ) == ["Really?", "> Yes", "So be it."]


def test_what_is_made_for_one_citizen_is_offered_by_address_not_by_content() -> None:
    [entry] = entries(
        [told(9, 0, document={"filename": "my-data.json", "of": "secret"}, key="mydata-file")], []
    )
    assert entry["document"] == {"url": "/chat/documents/9", "name": "my-data.json"}
    assert "secret" not in str(entry)
