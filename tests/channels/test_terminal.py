"""The terminal: what is printed of each kind of message."""

import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from rich.console import Console

from bot.channels.terminal import Terminal
from bot.conversation.messages import Choice, Document, Incoming, Outgoing
from bot.conversation.ports import Destination, Media, Parcel
from bot.domain.delivery import Rejected


class Shelf:
    async def fetch(self, digest: str) -> Media:
        return {"film": Media("film", "tram[1].mp4", b"")}[digest]


class Written:
    async def pieces(self, document: Document) -> AsyncIterator[bytes]:
        yield '{"é": 1}'.encode()


class NoInbox:
    async def store(self, messages: Sequence[Incoming]) -> None:
        raise AssertionError("nothing is typed")


async def printed(text: str = "", **how: Any) -> list[str]:
    paper = io.StringIO()
    terminal = Terminal(NoInbox(), Shelf(), Written(), Console(file=paper, width=80))
    message = Outgoing(text=text, language="en", **how)
    await terminal.send(Parcel(1, 1, Destination("terminal", "", "ana"), message, tries=1))
    return [line.rstrip() for line in paper.getvalue().splitlines() if line.strip()]


async def test_a_document_is_printed() -> None:
    assert await printed(document=Document("my-data.json", "p1")) == ['{"é": 1}']


async def test_a_medium_is_its_name_and_its_words() -> None:
    assert await printed(media="film", media_alt="The tram [/dim] :tram:") == [
        "[tram[1].mp4] The tram [/dim] :tram:"
    ]
    assert await printed("Look", media="film") == ["[tram[1].mp4]", "Look"]


async def test_a_medium_that_is_not_stored_is_rejected() -> None:
    with pytest.raises(Rejected):
        await printed(media="nothing", media_alt="The tram")


async def test_points_stand_in_a_row_and_answers_below_each_other() -> None:
    points = tuple(Choice(str(n), str(n)) for n in range(3))
    assert await printed(choices=points) == ["  [0] [1] [2]"]
    minus = tuple(Choice(str(n), str(n)) for n in (-1, 0.5))
    assert await printed(choices=minus) == ["  [-1] [0.5]"]
    ranked = (Choice("a", "2. Jobs"), Choice("b", "Homes"), Choice("!u", "Undo", aside=True))
    assert await printed(choices=ranked) == ["  1) 2. Jobs", "  2) Homes", "  [Undo]"]
