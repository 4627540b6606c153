"""Sending: what a citizen sees of each kind of message."""

import asyncio
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from bot.channels.telegram.outgoing import TelegramChannel
from bot.channels.telegram.requests import AiohttpRequest
from bot.conversation.messages import Choice, Document, MessageKind, Outgoing
from bot.conversation.ports import Destination, Media, Parcel, StoreUnavailable
from bot.domain.delivery import (
    ChannelMisconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unreachable,
)
from tests.cast.telegram_chats import SeenMessage
from tests.cast.telegram_people import PICTURE, Person
from tests.cast.telegram_server import TelegramServer

TOKENS = {"42": "42:TEST", "43": "43:OTHER"}


class Written:
    """Files of everybody but `nobody`; `away` like a database."""

    away = False

    async def pieces(self, document: Document) -> AsyncIterator[bytes]:
        if self.away:
            raise StoreUnavailable
        if document.of == "nobody":
            raise LookupError("not known")
        for piece in ('{"é":', " 1}"):
            yield piece.encode()


class Shelf:
    """Media in memory, counting how often each is fetched."""

    def __init__(self, **contents: tuple[str, bytes]) -> None:
        self.contents = contents
        self.fetched: list[str] = []
        self.away = False

    async def fetch(self, digest: str) -> Media:
        if self.away:
            raise StoreUnavailable("the connection was closed")
        self.fetched.append(digest)
        filename, content = self.contents[digest]
        return Media(digest, filename, content)


@dataclass
class Post:
    """The channel, with parcels to Ana."""

    telegram: TelegramServer
    channel: TelegramChannel
    shelf: Shelf
    ana: Person
    _last: int = field(default=0)

    async def brings(self, text: str = "", *, again: bool = False, **how: Any) -> str | None:
        self._last += not again
        bot = how.pop("bot", "42")
        message = Outgoing(text=text, language="en", **how)
        to = Destination("telegram", bot, str(self.ana.id))
        return (await self.channel.send(Parcel(self._last, 7, to, message, tries=1))).external_id

    def calls(self, *methods: str) -> list[str]:
        return [r.method for r in self.telegram.requests if not methods or r.method in methods]


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    shelf = Shelf(
        picture=("map.png", PICTURE),
        song=("song.mp3", b"ID3"),
        tune=("song.m4a", b"\x00\x00\x00\x20ftypM4A "),
        voice=("word.ogg", b"OggS"),
        moving=("moving.gif", b"GIF89a"),
        film=("film.MP4", b"\x00\x00\x00\x20ftypisom"),
        light=("map.webp", b"RIFF\x04\x00\x00\x00WEBP"),
        paper=("plan.pdf", b"%PDF"),
        banner=("banner.png", PICTURE[:16] + struct.pack(">II", 3000, 100) + PICTURE[24:]),
        poster=("poster.webp", b"RIFF" + bytes(10_000_001)),
    )
    async with TelegramServer(TOKENS.values()) as telegram:
        channel = TelegramChannel(
            TOKENS, telegram.url, shelf, Written(), AiohttpRequest(read_timeout=0.3)
        )
        ana = telegram.person()
        for token in TOKENS.values():
            await ana.says("/start", to=token)
        yield Post(telegram, channel, shelf, ana)
        await channel.close()


async def sees(post: Post, text: str) -> SeenMessage:
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.text == text
    return seen


async def test_a_text_is_shown_as_it_stands_with_its_buttons(post: Post) -> None:
    sent = await post.brings("2 < 3 & **4**", choices=(Choice("yes", "Yes"), Choice("no", "No")))
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.text == "2 < 3 & **4**"
    assert [[button.data for button in row] for row in seen.keyboard] == [["yes", "no"]]
    assert sent == str(seen.message_id)


async def test_markdown_is_shown_styled(post: Post) -> None:
    await post.brings("# Hello\n\n*you*", markdown=True)
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.text == "Hello\n\nyou"
    assert [entity["type"] for entity in seen.raw["entities"]] == ["bold", "italic"]


async def test_a_long_text_comes_in_parts_with_the_buttons_under_the_last(post: Post) -> None:
    sent = await post.brings("word " * 1500, choices=(Choice("ok", "Go on please"),))
    first = await post.ana.next_message(to="42:TEST")
    last = await post.ana.next_message(to="42:TEST")
    assert f"{first.text} {last.text}" == ("word " * 1500).strip()
    assert not first.keyboard and last.keyboard
    assert sent == str(last.message_id)


async def test_each_bot_sends_with_its_own_token(post: Post) -> None:
    await post.brings("from the other", bot="43")
    assert post.telegram.requests[-1].token == "43:OTHER"
    with pytest.raises(ChannelMisconfigured, match="MINIPUBLIC_TELEGRAM_TOKENS"):
        await post.brings("from nobody", bot="44")


async def test_a_press_is_acknowledged_first(post: Post) -> None:
    await post.brings("?", choices=(Choice("a", "A"),))
    press = (await post.ana.presses("a", to="42:TEST"))["callback_query"]["id"]
    await post.brings("Noted.", press=press, toast="An answer in words. " * 20)
    assert post.ana.notices == ["An answer in words. " * 9 + "An answer in words.…"]
    assert post.calls()[-2:] == ["answerCallbackQuery", "sendMessage"]


async def test_a_press_alone_sends_no_message(post: Post) -> None:
    await post.brings("?", choices=(Choice("a", "A"),))
    press = (await post.ana.presses("a", to="42:TEST"))["callback_query"]["id"]
    assert await post.brings(press=press, toast="Saved") is None
    assert post.ana.notices == ["Saved"]
    assert post.calls()[-2:] == ["sendMessage", "answerCallbackQuery"]


async def test_a_press_that_is_too_old_does_not_hold_up_the_message(post: Post) -> None:
    with structlog.testing.capture_logs() as logs:
        await post.brings("Noted.", press="4711")
    await sees(post, "Noted.")
    assert [log["log_level"] for log in logs] == ["info"]


async def test_a_message_is_replaced_in_place(post: Post) -> None:
    old = await post.brings("1", choices=(Choice("a", "A"),))
    await sees(post, "1")
    assert await post.brings("2", replaces=old, choices=(Choice("b", "B"),)) == old
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.edited and seen.text == "2" and seen.keyboard[0][0].data == "b"


async def test_replacing_by_the_same_is_no_failure(post: Post) -> None:
    old = await post.brings("1", choices=(Choice("a", "A"),))
    assert await post.brings("1", replaces=old, choices=(Choice("a", "A"),)) == old


async def test_what_cannot_be_replaced_is_followed_by_a_new_message(post: Post) -> None:
    await post.brings("1")
    await sees(post, "1")
    for gone in ("4711", "1"):  # nobody's message; the citizen's own
        sent = await post.brings("2", replaces=gone)
        seen = await post.ana.next_message(to="42:TEST")
        assert not seen.edited and sent == str(seen.message_id)


async def test_a_picture_stands_before_its_text(post: Post) -> None:
    sent = await post.brings("Look", media="picture", media_alt="A <map>")
    picture = await post.ana.next_message(to="42:TEST")
    assert picture.media and picture.media.kind == "photo" and picture.media.content == PICTURE
    assert picture.text == "A <map>"
    assert sent == str(picture.message_id + 1)
    await sees(post, "Look")


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("song", "audio"),
        ("tune", "audio"),
        ("voice", "voice"),
        ("moving", "animation"),
        ("film", "video"),
        ("light", "photo"),
        ("paper", "document"),
    ],
)
async def test_a_file_goes_by_the_method_for_its_ending(post: Post, media: str, kind: str) -> None:
    await post.brings(media=media, choices=(Choice("on", "Go on"),), media_alt="a" * 2000)
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.media and seen.media.kind == kind
    assert seen.text == "a" * 1023 + "…"
    assert seen.keyboard[0][0].text == "Go on"
    await post.brings(media=media)
    again = await post.ana.next_message(to="42:TEST")
    assert again.media == seen.media  # by its identifier
    assert post.shelf.fetched == [media]


async def test_a_film_plays_while_it_loads(post: Post) -> None:
    alt = "The tram, " * 200
    await post.brings(media="film", media_alt=alt)
    assert post.telegram.requests[-1].params["supports_streaming"] is True
    seen = await post.ana.next_message(to="42:TEST")
    assert len(seen.text) <= 1024 and seen.text.endswith("…")
    assert alt.startswith(seen.text.removesuffix("…") + " ")  # whole words


@pytest.mark.parametrize("media", ["banner", "poster"])
async def test_a_picture_that_telegram_does_not_show_goes_as_a_file(post: Post, media: str) -> None:
    for _ in range(2):
        await post.brings(media=media, media_alt="A plan")
        seen = await post.ana.next_message(to="42:TEST")
        assert seen.media and seen.media.kind == "document" and seen.text == "A plan"
    assert post.shelf.fetched == [media]


async def test_who_takes_no_voice_messages_gets_the_sound_as_a_file(post: Post) -> None:
    for kind in ("document", "voice", "document", "voice"):
        if kind == "document":
            refusal = "Bad Request: VOICE_MESSAGES_FORBIDDEN"
            post.telegram.refuses(post.ana.id, refusal, times=1)
        await post.brings(media="voice")
        seen = await post.ana.next_message(to="42:TEST")
        assert seen.media and seen.media.kind == kind


async def test_another_refusal_of_a_medium_is_a_refusal(post: Post) -> None:
    await post.brings(media="voice")
    for media in ("picture", "voice"):
        post.telegram.refuses(post.ana.id, "Bad Request: no rights to send", times=1)
        with pytest.raises(Rejected, match="no rights"):
            await post.brings(media=media)
    assert post.calls("sendDocument") == []


async def test_a_broadcast_may_be_a_medium_with_its_words_alone(post: Post) -> None:
    await post.brings(media="film", media_alt="2 < 3 " * 300, kind=MessageKind.BROADCAST)
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.text.startswith("2 < 3 2 < 3") and seen.text.endswith("…")
    await post.brings(media="film", kind=MessageKind.BROADCAST)
    assert (await post.ana.next_message(to="42:TEST")).text == ""


async def test_a_file_is_uploaded_once_for_each_bot(post: Post) -> None:
    await asyncio.gather(*(post.brings(f"{n}", media="picture") for n in range(5)))
    await post.brings("6", media="picture", bot="43")
    assert post.shelf.fetched == ["picture", "picture"]
    assert sum(bool(request.files) for request in post.telegram.requests) == 2
    assert post.calls().count("sendPhoto") == 6


async def test_an_upload_that_fails_does_not_fail_those_that_wait_for_it(post: Post) -> None:
    post.telegram.fails(method="sendPhoto")
    sends = (post.brings(f"{n}", media="picture") for n in range(3))
    results = await asyncio.gather(*sends, return_exceptions=True)
    assert [isinstance(result, str) for result in results] == [False, True, True]


def test_a_process_that_only_sends_is_spared_the_library_for_updates() -> None:
    code = "import bot.channels.telegram, sys; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_file_that_is_not_stored_is_left_out_or_rejected_alone(post: Post) -> None:
    with structlog.testing.capture_logs() as logs:
        await post.brings("Look", media="nothing")
    await sees(post, "Look")
    assert "not stored" in logs[0]["reason"]
    with pytest.raises(Rejected, match="not stored"):
        await post.brings(media="nothing")


YES_NO = (Choice("1:y", "Yes"), Choice("1:n", "No"), Choice("1:!skip", "Skip", aside=True))
SCALE = (*(Choice(f"1:{n}", str(n)) for n in range(3)), Choice("1:!dk", "Don't know", aside=True))


@pytest.mark.parametrize(
    ("choices", "spelled_out"),
    [((), ""), (YES_NO, "\n\n1. Yes\n2. No\n3. Skip"), (SCALE, "\n\n0\n1\n2\nDon't know")],
)
@pytest.mark.parametrize(
    "refusal",
    ["can't parse entities", "BUTTON_DATA_INVALID", "message is too long", "Wrong HTTP URL"],
)
async def test_a_refused_question_goes_in_a_plainer_form(
    post: Post, refusal: str, choices: tuple[Choice, ...], spelled_out: str
) -> None:
    post.telegram.refuses(post.ana.id, f"Bad Request: {refusal}", times=1)
    sent = await post.brings("Is **2 < 3**?", markdown=True, choices=choices)
    seen = await sees(post, "Is 2 < 3?" + spelled_out)
    assert not seen.keyboard and sent == str(seen.message_id)
    assert "parse_mode" not in post.telegram.requests[-1].params


async def test_what_is_refused_even_in_a_plainer_form_is_rejected_with_the_reason(
    post: Post,
) -> None:
    post.telegram.refuses(post.ana.id, "Bad Request: can't parse entities")
    with pytest.raises(Rejected, match="parse entities"):
        await post.brings("Is 2 < 3?", choices=YES_NO)
    assert post.calls("sendMessage") == ["sendMessage"] * 2


async def test_a_button_that_telegram_cannot_carry_is_spelled_out(post: Post) -> None:
    await post.brings("Which?", choices=(Choice("é" * 33, "This"), Choice("1:b", "That")))
    assert not (await sees(post, "Which?\n\n1. This\n2. That")).keyboard


async def test_a_long_text_that_is_refused_is_sent_in_shorter_ones(post: Post) -> None:
    post.telegram.refuses(post.ana.id, "Bad Request: message is too long", times=1)
    await post.brings("long " * 600)
    texts = [await post.ana.next_message(to="42:TEST") for _ in range(2)]
    assert " ".join(seen.text for seen in texts).split() == ["long"] * 600


async def test_a_refused_edit_becomes_a_message(post: Post) -> None:
    first = await post.brings("Which?", choices=YES_NO)
    await sees(post, "Which?")
    post.telegram.refuses(post.ana.id, "Bad Request: can't parse entities", times=2)
    await post.brings("Which?", choices=YES_NO[:2], replaces=first)
    await sees(post, "Which?\n\n1. Yes\n2. No")


async def test_a_refused_picture_is_left_out_of_its_question(post: Post) -> None:
    post.telegram.refuses(post.ana.id, "Bad Request: wrong file identifier", times=1)
    await post.brings("Which?", media="picture", choices=YES_NO)
    assert (await sees(post, "Which?")).keyboard


async def test_a_file_in_a_database_that_is_away_is_sent_when_it_is_back(post: Post) -> None:
    post.shelf.away = True
    with pytest.raises(Unreachable, match="database"):  # surely not sent, so it is tried again
        await post.brings("Look", media="picture")
    post.shelf.away = False
    await post.brings("Look", media="picture", again=True)
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.media and seen.media.kind == "photo"
    await sees(post, "Look")


async def test_a_document_is_a_file_with_its_name(post: Post) -> None:
    await post.brings("Your data", document=Document("mes données.json", "p1"))
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.media and seen.media.name == "mes données.json"
    assert seen.media.content == '{"é": 1}'.encode()
    await sees(post, "Your data")


async def test_a_document_of_somebody_who_was_erased_is_rejected(post: Post) -> None:
    with pytest.raises(Rejected):
        await post.brings(document=Document("my-data.json", "nobody"))


async def test_a_document_waits_for_a_database_that_is_away(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Written, "away", True)
    with pytest.raises(Unreachable):
        await post.brings(document=Document("my-data.json", "p1"))


async def test_an_empty_message_is_rejected(post: Post) -> None:
    with pytest.raises(Rejected):
        await post.brings()
    with pytest.raises(Rejected):
        await post.brings(" \n", press="1", choices=(Choice("a", "A"),))
    assert post.calls() == []


async def test_another_try_goes_on_at_the_part_that_failed(post: Post) -> None:
    long = "first " * 682 + "second"
    how: dict[str, Any] = {"media": "picture", "choices": (Choice("a", "A"),)}
    post.telegram.hangs(1, method="sendMessage")
    with pytest.raises(OutcomeUnknown):
        await post.brings(long, **how)
    post.telegram.throttles(1)
    with pytest.raises(Throttled):
        await post.brings(long, again=True, **how)
    post.telegram.heals()
    sent = await post.brings(long, again=True, **how)
    assert post.calls("sendPhoto") == ["sendPhoto"]
    assert (await post.ana.next_message(to="42:TEST")).media
    await sees(post, ("first " * 682).strip())
    seen = await post.ana.next_message(to="42:TEST")
    assert seen.text == "second" and seen.keyboard and sent == str(seen.message_id)
    assert len(post.telegram.messages(post.ana.id, "42:TEST")) == 3


async def test_another_message_under_the_same_number_begins_anew(post: Post) -> None:
    post.telegram.fails(method="sendMessage")
    with pytest.raises(Unreachable, match="HTTP status 500"):
        await post.brings("one", media="picture")
    await post.brings("another", again=True, media="picture")
    assert post.calls("sendPhoto") == ["sendPhoto"] * 2
