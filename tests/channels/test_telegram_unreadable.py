"""Updates that are not as the manual says: whatever else is in them, what was said is heard."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.incoming import Reader
from bot.conversation.messages import Incoming, IncomingKind

ANA = {"id": 5000000001, "is_bot": False, "first_name": "Ana", "language_code": "pt-br"}
PRIVATE = {"id": 5000000001, "first_name": "Ana", "type": "private"}
FILE = {"file_id": "AgAC", "file_unique_id": "AQAD"}
BOT = {"id": 42, "is_bot": True, "first_name": "Bot"}
HIDDEN = {"type": "hidden_user", "sender_user_name": "Somebody", "date": 1790000000}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 17, "from": ANA, "chat": PRIVATE, "date": 1790000000, **content}


def update(**content: Any) -> dict[str, Any]:
    return {"update_id": 700000001, **content}


#: Real ones, with what in them must be as it is for anybody to understand them.
SAID = [
    update(message=message(text="nine", entities=[{"type": "bold", "offset": 0, "length": 4}])),
    update(message=message(text="nine", forward_origin=HIDDEN, forward_date=1790000000)),
    update(message=message(caption="nine", photo=[FILE | {"width": 90, "height": 90}])),
    update(message=message(caption="nine", photo=[], media_group_id="13000")),
    update(message=message(text="nine", reply_to_message=message(text="Do you?") | {"from": BOT})),
    update(edited_message=message(text="nine", edit_date=1790000009)),
    update(
        callback_query={
            "id": "4711", "from": ANA, "chat_instance": "-33", "data": "nine",
            "message": message(text="How many?") | {"from": BOT},
        }
    ),
]  # fmt: skip
KEPT = {
    *[("message",), ("message", "chat"), ("message", "chat", "id"), ("message", "text")],
    *[("edited_message",), ("edited_message", "chat"), ("edited_message", "chat", "id")],
    *[("edited_message", "text"), ("edited_message", "message_id"), ("message", "caption")],
    *[("callback_query",), ("callback_query", "data")],
    *[("callback_query", "from"), ("callback_query", "from", "id")],
}

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else ()
    for key, each in inner:
        yield from paths(each, (*at, key))


@st.composite
def damaged(draw: st.DrawFn, kept: set[tuple[Any, ...]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A real update, and the same with fields removed, of other types, or that nobody knows."""
    whole = draw(st.sampled_from(SAID))
    broken = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.sampled_from([path for path in paths(broken) if path not in kept] or [()]))
        if not at:
            continue
        inside = broken
        for key in at[:-1]:
            inside = inside[key]
        match draw(st.sampled_from(["remove", "replace", "add"])):
            case "remove":
                del inside[at[-1]]
            case "replace":
                inside[at[-1]] = draw(JUNK)
            case _:
                inside[draw(st.sampled_from(["of_next_year", "edit_date", "x"]))] = draw(JUNK)
    return whole, broken


@settings(max_examples=600, deadline=None)
@given(damaged(KEPT))
def test_what_was_said_is_heard_whatever_else_is_broken(
    updates: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    reader = Reader("42")
    whole, broken = (reader.read(each) for each in updates)
    assert whole is not None and broken is not None
    assert (broken.kind, broken.text, broken.sender) == (whole.kind, whole.text, whole.sender)
    assert reader.read(updates[1]) == broken, "a redelivery has the same key"


@settings(max_examples=600, deadline=None)
@given(damaged(set()) | JUNK.map(lambda junk: (junk, junk)))
def test_nothing_that_comes_breaks_the_reader(updates: tuple[Any, Any]) -> None:
    read = Reader("42").read(updates[1])
    assert read is None or isinstance(read.body(), dict)


def heard(**content: Any) -> Incoming | None:
    return Reader("42").read(update(**content))


@pytest.mark.parametrize("text", [None, 9, ["nine"], {"nine": 9}])
def test_words_that_cannot_be_read_are_asked_for_again(text: Any) -> None:
    said = heard(message=message(text=text))
    assert said is not None and said.kind is IncomingKind.OTHER
    pressed = heard(callback_query={"id": "4711", "from": ANA, "data": text})
    assert pressed is not None and (pressed.kind, pressed.text) == (IncomingKind.CHOICE, "")


def test_a_chat_of_no_known_kind_is_a_persons_if_its_id_is() -> None:
    odd = {"id": 5000000001, "type": "of_next_year"}
    said = heard(message=message(text="nine", chat=odd))
    assert said is not None and said.kind is IncomingKind.TEXT
    assert heard(message=message(text="nine", chat=odd | {"id": -100})) is None
