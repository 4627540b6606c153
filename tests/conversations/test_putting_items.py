"""An item is put without a database: whoever previews a questionnaire needs a turn in memory."""

from datetime import UTC, datetime

import pytest

import handlers
from bot.conversation.messages import Heard, IncomingKind, Outgoing
from bot.conversation.state import Conversation, Deliberation, State, StoredConsent
from bot.conversation.turn import Turn
from bot.domain.questionnaire import Item, ItemType, MediaKind, Scale
from bot.domain.survey import Position, Walk
from handlers.survey_asked import Unfinished
from handlers.survey_items import put_item
from tests.cast.town import CATALOGUES, choices, item, plain

NOON = datetime(2030, 1, 15, 12, tzinfo=UTC)
LIST = choices("Red", "Green", "Blue")


def put(asked: Item, language: str = "en", unfinished: Unfinished | None = None) -> list[Outgoing]:
    """What a citizen would be sent."""
    conversation = Conversation(
        id=0, channel="preview", bot="", deliberation_id=1, participant_id=None, language=language,
        hint=None, places=(), asked=0, asked_at=None, offered=(), strikes=0, blocked=False,
    )  # fmt: skip
    deliberation = Deliberation(
        id=1, code="d", revision=1, title={}, languages=("en", "es"), timezone="UTC",
        invited_only=False, on_erase="remove", consent=StoredConsent(1, 1, {}), profile_id=None,
        questionnaires={}, newest={}, briefings=(), waves=(),
    )  # fmt: skip
    turn = Turn(
        heard=Heard(0, "preview", IncomingKind.TEXT, "", None, None, NOON),
        state=State(conversation),
        deliberation=deliberation,
        codes={},
        library={},
        catalogues=CATALOGUES,
        router=handlers.router,
        now=NOON,
    )
    where = Position(asked, (), 1, 9, None, Walk((asked,), {}, {}))
    put_item(turn, where, unfinished or Unfinished())
    return turn.effects.messages


@pytest.mark.parametrize(
    ("asked", "says", "buttons"),
    [
        (item(ItemType.SELECT_ONE, "q", choices=LIST), "", ["Red", "Green", "Blue"]),
        (item(ItemType.SELECT_MULTIPLE, "q", choices=LIST), "Press each", ["Red", "Green", "Blue"]),
        (item(ItemType.RANK, "q", choices=LIST), "one after the other", ["Red", "Green", "Blue"]),
        (item(ItemType.INTEGER, "q"), "a whole number", []),
        (item(ItemType.DECIMAL, "q"), "a number", []),
        (item(ItemType.RANGE, "q", scale=Scale(1, 3)), "", ["1", "2", "3"]),
        (item(ItemType.RANGE, "q", scale=Scale(0, 100)), "whole number from 0 to 100", []),
        (item(ItemType.RANGE, "q", scale=Scale(0, 9e9, 5)), "to 9000000000, in steps of 5", []),
        (item(ItemType.TEXT, "q"), "in your own words", []),
        (item(ItemType.DATE, "q"), "22/11/2026 or 22 November 2026", []),
        (item(ItemType.ACKNOWLEDGE, "q"), "", ["I have read this"]),
    ],
)
def test_every_type_is_put_with_its_words_and_buttons(
    asked: Item, says: str, buttons: list[str]
) -> None:
    (message,) = put(asked)
    assert message.text.startswith("\u20681\u2069 of \u20689\u2069\n\nq?")
    assert says in plain(message.text)
    labels = [choice.label for choice in message.choices]
    assert labels[: len(buttons)] == buttons
    assert labels[-2:] == ["Skip", "Go on later"]


def test_a_scale_of_21_points_has_buttons_and_one_of_22_has_none() -> None:
    def points(end: float) -> int:
        (message,) = put(item(ItemType.RANGE, "q", scale=Scale(0, end), required=True))
        return len(message.choices) - 1

    assert points(20) == 21
    assert points(21) == 0


def test_what_is_unfinished_is_put_too() -> None:
    ranking = item(ItemType.RANK, "q", choices=LIST)
    (message,) = put(ranking, unfinished=Unfinished(codes=("blue",)))
    assert [choice.label for choice in message.choices][:3] == ["Red", "Green", "1. Blue"]
    (message,) = put(item(ItemType.DATE, "q"), "es", Unfinished(day="2026-11-22"))
    assert "22 de noviembre de 2026" in message.text


def test_unfinished_business_is_kept_with_its_item_only() -> None:
    ranking = item(ItemType.RANK, "q", choices=LIST)
    begun = Unfinished(("blue",), 3, ("red", "blue"), "2026-11-22")
    data = {"unfinished": begun.data(ranking)}
    assert Unfinished.of(data, ranking) == begun
    assert Unfinished.of(data, item(ItemType.DATE, "other")) == Unfinished()


def test_media_come_first_in_their_order_and_in_the_language() -> None:
    media = {
        MediaKind.VIDEO: {"en": "v"},
        MediaKind.AUDIO: {"en": "a", "es": "a-es"},
        MediaKind.IMAGE: {"en": "i"},
    }
    *shown, question = put(item(ItemType.TEXT, "q", media=media), "es")
    assert [message.media for message in shown] == ["i", "a-es", "v"]
    assert {message.media_alt for message in shown} == {"¿q?"}
    assert question.media is None and question.choices
