"""The stand-in for Telegram, driven by two real clients: is it as strict as Telegram itself?

python-telegram-bot sends; aiogram asks for updates and sets webhooks.
"""

import asyncio
import os
import random
import struct
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import telegram
from aiogram import Bot as AiogramBot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError, TelegramUnauthorizedError
from aiogram.types import BufferedInputFile
from aiogram.types import InlineKeyboardButton as AiogramButton
from aiogram.types import InlineKeyboardMarkup as AiogramMarkup
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest

from tests.cast.telegram_chats import Impossible
from tests.cast.telegram_html import parse_html
from tests.cast.telegram_people import PICTURE
from tests.cast.telegram_schema import check_update
from tests.cast.telegram_server import TelegramServer

TOKEN = "42:TEST"
YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="y"),
            InlineKeyboardButton("No", callback_data="n"),
        ]
    ]
)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer([TOKEN]) as running:
        yield running


@pytest_asyncio.fixture
async def sender(
    server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[telegram.Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the library warns of its own future
    request = HTTPXRequest(250, read_timeout=30, connect_timeout=30, pool_timeout=30)
    bot = telegram.Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=request,
    )
    async with bot:
        yield bot


@pytest_asyncio.fixture
async def poller(server: TelegramServer) -> AsyncIterator[AiogramBot]:
    bot = aiogram_bot(server)
    yield bot
    await bot.session.close()


def aiogram_bot(server: TelegramServer, token: str = TOKEN) -> AiogramBot:
    return AiogramBot(token, AiohttpSession(api=TelegramAPIServer.from_base(server.url)))


async def call(server: TelegramServer, method: str, **params: Any) -> dict[str, Any]:
    """A request in JSON that no client library has tidied up."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/bot{TOKEN}/{method}", json=params) as answer,
    ):
        body: dict[str, Any] = await answer.json()
        assert answer.status == body.get("error_code", 200)
        return body


async def refusal(server: TelegramServer, method: str = "sendMessage", **params: Any) -> str:
    body = await call(server, method, **params)
    assert not body["ok"], f"not refused: {body}"
    return str(body["description"])


class Hook:
    """A bot's web server; it answers with the given statuses in turn, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.calls: list[tuple[str | None, dict[str, Any]]] = []

    async def __aenter__(self) -> "Hook":
        app = web.Application()
        app.router.add_post("/hook", self.answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.runner.cleanup()

    async def answer(self, request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.calls.append((secret, await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.calls]


# sends


async def test_a_message_arrives_as_the_person_sees_it(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    sent = await sender.send_message(
        ana.id, "<b>5 &lt; 6</b> &#128522; ok", parse_mode="HTML", reply_markup=YES_NO
    )
    seen = await ana.next_message(timeout=1)
    assert (seen.text, seen.html) == ("5 < 6 😊 ok", "<b>5 &lt; 6</b> &#128522; ok")
    assert seen.keyboard == [[("Yes", "y"), ("No", "n")]]
    assert sent.message_id == seen.message_id
    assert sent.parse_entities() == {sent.entities[0]: "5 < 6"}
    assert sent.reply_markup == YES_NO
    assert ana.unread == []


async def test_the_other_library_sends_too(server: TelegramServer, poller: AiogramBot) -> None:
    ana = server.person()
    await ana.says("/start")
    rows = [[AiogramButton(text="Yes", callback_data="y")]]
    markup = AiogramMarkup(inline_keyboard=rows)
    await poller.send_message(ana.id, "Tea?", reply_markup=markup, disable_notification=True)
    await poller.send_photo(ana.id, BufferedInputFile(PICTURE, "plan.png"))
    question, picture = ana.unread
    assert question.keyboard == [[("Yes", "y")]]
    assert picture.media and (picture.media.name, picture.media.content) == ("plan.png", PICTURE)


async def test_a_chat_opens_by_the_persons_first_message(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    with pytest.raises(TimeoutError):
        await ana.next_message(timeout=0.01)
    with pytest.raises(BadRequest, match="Chat not found"):
        await sender.send_message(ana.id, "Hello")
    await ana.says("/start")
    await sender.send_message(ana.id, "Hello")
    assert [message.text for message in server.messages(ana.id)] == ["Hello"]


async def test_who_blocks_the_bot_gets_nothing_until_unblocking(
    server: TelegramServer, sender: telegram.Bot, poller: AiogramBot
) -> None:
    ana = server.person()
    await ana.says("/start")
    await ana.blocks()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await sender.send_message(ana.id, "Hello")
    with pytest.raises(Impossible):
        await ana.says("Hello?")
    await ana.unblocks()
    await sender.send_message(ana.id, "Hello")
    assert [message.text for message in ana.unread] == ["Hello"]
    changes = [update.my_chat_member for update in await poller.get_updates()]
    statuses = [change.new_chat_member.status for change in changes if change]
    assert statuses == ["kicked", "member"]


async def test_edits_replace_what_the_person_sees(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    sent = await sender.send_message(ana.id, "Tea?", reply_markup=YES_NO)
    await sender.edit_message_text("Tea.", ana.id, sent.message_id, reply_markup=YES_NO)
    await sender.edit_message_reply_markup(ana.id, sent.message_id)
    events = [await ana.next_message(timeout=1) for _ in range(3)]
    assert [(seen.text, bool(seen.keyboard), seen.edited) for seen in events] == [
        ("Tea?", True, False),
        ("Tea.", True, True),
        ("Tea.", False, True),
    ]
    assert server.messages(ana.id) == [events[2]]


async def test_an_edit_that_changes_nothing_is_refused(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    said = await ana.says("/start")
    sent = await sender.send_message(ana.id, "Tea?", reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sender.edit_message_text("Tea?", ana.id, sent.message_id, reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sender.edit_message_reply_markup(ana.id, sent.message_id, reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sender.edit_message_text("Tea?", ana.id, sent.message_id + 1)
    with pytest.raises(BadRequest, match="can't be edited"):
        await sender.edit_message_text("Tea?", ana.id, said["message"]["message_id"])
    assert len(ana.unread) == 1


@pytest.mark.parametrize("kind", ["photo", "audio", "document", "voice"])
async def test_files_arrive_and_are_sent_again_by_their_identifier(
    server: TelegramServer, sender: telegram.Bot, kind: str
) -> None:
    ana = server.person()
    await ana.says("/start")
    send = getattr(sender, f"send_{kind}")
    sent = await send(ana.id, PICTURE, caption="<i>plan</i>", parse_mode="HTML", filename="p.png")
    effective = sent.effective_attachment
    file_id = (effective[0] if kind == "photo" else effective).file_id
    await send(ana.id, file_id)
    first, second = ana.unread
    assert first.media is not None and second.media == first.media
    assert (first.media.kind, first.media.name, first.text) == (kind, "p.png", "plan")
    file = await sender.get_file(file_id)
    assert bytes(await file.download_as_bytearray()) == PICTURE == first.media.content


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        ("video", b"\x00\x00\x00\x18ftypmp42", "video"),
        ("video", b"\x1aE\xdf\xa3webm", "document"),
        ("animation", b"GIF89a", "animation"),
        ("animation", b"no GIF", "document"),
    ],
)
async def test_films_of_other_formats_arrive_as_documents(
    server: TelegramServer, sender: telegram.Bot, kind: str, content: bytes, shown: str
) -> None:
    ana = server.person()
    await ana.says("/start")
    send = getattr(sender, f"send_{kind}")
    sent = await send(ana.id, content, filename="tram")
    assert getattr(sent, shown).file_name == "tram"
    (seen,) = ana.unread
    assert seen.media is not None and (seen.media.kind, seen.media.content) == (shown, content)


async def test_files_that_telegram_cannot_take_are_refused(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await sender.send_photo(ana.id, "photo-77")
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await sender.send_photo(ana.id, b"no picture")
    for width, height in [(3000, 100), (5001, 5000)]:
        shape = PICTURE[:16] + struct.pack(">II", width, height) + PICTURE[24:]
        with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
            await sender.send_photo(ana.id, shape)
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await sender.send_photo(ana.id, b"")
    with pytest.raises(BadRequest, match="caption is too long"):
        await sender.send_photo(ana.id, PICTURE, caption="x" * 1025)
    with pytest.raises(NetworkError, match="Too Large"):
        await sender.send_photo(ana.id, PICTURE + bytes(10_000_000))
    assert ana.unread == []


async def test_replies_need_a_message_to_reply_to(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    said = await ana.says("/start")
    message_id = said["message"]["message_id"]
    sent = await sender.send_message(ana.id, "Hello", reply_to_message_id=message_id)
    assert sent.reply_to_message and sent.reply_to_message.text == "/start"
    with pytest.raises(BadRequest, match="to be replied not found"):
        await sender.send_message(ana.id, "Hello", reply_to_message_id=99)


# strictness


@pytest.fixture(params=["aiogram alone", "with the specification"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of reading Telegram's types; the second only where the specification is."""
    folder = os.environ.get("MINIPUBLIC_API_SPECS")
    if request.param == "aiogram alone":
        monkeypatch.delenv("MINIPUBLIC_API_SPECS", raising=False)
    elif not folder or not (Path(folder) / "telegram-bot-api.json").exists():
        pytest.skip("MINIPUBLIC_API_SPECS names no folder with telegram-bot-api.json")


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "Hi", "colour": "red"}, 'unknown field "colour"'),
        ({"text": "Hi", "disable_web_page_preview": True}, "disable_web_page_preview"),
        ({"text": "Hi", "link_preview_options": {"of": 1}}, "link_preview_options.of"),
        ({"text": 5}, 'field "text"'),
        ({"text": "Hi", "disable_notification": "yes"}, 'field "disable_notification"'),
        ({"text": "Hi", "reply_markup": "none"}, 'field "reply_markup"'),
        ({}, 'field "text" is required'),
        ({"text": "Hi", "reply_markup": {"inline_keyboard": [[{"url": "x"}]]}}, "0.0.text"),
        (
            {"text": "Hi", "reply_markup": {"inline_keyboard": [[{"text": "A", "to": "b"}]]}},
            'unknown field "reply_markup.inline_keyboard.0.0.to"',
        ),
        ({"text": "Hi", "message_thread_id": 4}, '"message_thread_id" is not played'),
    ],
)
async def test_a_request_of_the_wrong_shape_is_refused_by_name(
    server: TelegramServer, params: dict[str, Any], words: str
) -> None:
    ana = server.person()
    await ana.says("/start")
    assert words in await refusal(server, chat_id=ana.id, **params)
    assert (await call(server, "sendMessage", chat_id=ana.id, text="Hi"))["ok"]
    assert [message.text for message in ana.unread] == ["Hi"]


async def test_the_specification_reads_on_its_own(
    server: TelegramServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "telegram-bot-api.json").write_text(
        '{"types": {}, "methods": {"sendChatAction": {"fields": ['
        '{"name": "chat_id", "types": ["Integer", "String"], "required": true},'
        '{"name": "action", "types": ["Integer"], "required": true}]}}}'
    )
    ana = server.person()
    await ana.says("/start")
    monkeypatch.setenv("MINIPUBLIC_API_SPECS", str(tmp_path))
    found = await refusal(server, "sendChatAction", chat_id=ana.id, action="typing")
    assert found == 'Bad Request: field "action" must be of type Integer'


@pytest.mark.parametrize("length", [4096, 4097])
async def test_a_text_has_at_most_4096_characters_after_parsing(
    server: TelegramServer, sender: telegram.Bot, length: int
) -> None:
    ana = server.person()
    await ana.says("/start")
    text = f"<b>{'ñ' * length}</b>"
    if length == 4096:
        await sender.send_message(ana.id, text, parse_mode="HTML")
    else:
        with pytest.raises(BadRequest, match="Message is too long"):
            await sender.send_message(ana.id, text, parse_mode="HTML")
    assert len(ana.unread) == (length == 4096)


@pytest.mark.parametrize("text", ["", "  \n", "<b> </b>"])
async def test_a_text_that_shows_nothing_is_refused(server: TelegramServer, text: str) -> None:
    ana = server.person()
    await ana.says("/start")
    words = await refusal(server, chat_id=ana.id, text=text, parse_mode="HTML")
    assert words == "Bad Request: message text is empty"


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("ñ<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("a&nbsp;b", "Unsupported character reference at byte offset 1"),
        ("R & D", "Unsupported character reference at byte offset 2"),
    ],
)
async def test_markup_that_cannot_be_parsed_is_refused_in_telegrams_words(
    server: TelegramServer, markup: str, words: str
) -> None:
    ana = server.person()
    await ana.says("/start")
    description = await refusal(server, chat_id=ana.id, text=markup, parse_mode="HTML")
    assert description == f"Bad Request: can't parse entities: {words}"
    assert (await call(server, "sendMessage", chat_id=ana.id, text=markup))["ok"]
    assert ana.unread[0].text == markup


def test_markup_becomes_entities() -> None:
    formatted = parse_html(
        '😊<b>a<i>b</i></b> <a href="https://x.org/?a=1&amp;b=2&#43;1">c</a>'
        '<a href="nowhere">d</a><span class="tg-spoiler">e</span>'
        "<blockquote expandable>f</blockquote>"
    )
    assert formatted.text == "😊ab cdef"
    assert formatted.entities == [
        {"type": "bold", "offset": 2, "length": 2},
        {"type": "italic", "offset": 3, "length": 1},
        {"type": "text_link", "offset": 5, "length": 1, "url": "https://x.org/?a=1&b=2+1"},
        {"type": "spoiler", "offset": 7, "length": 1},
        {"type": "expandable_blockquote", "offset": 8, "length": 1},
    ]


async def test_other_markups_are_not_read(server: TelegramServer, sender: telegram.Bot) -> None:
    ana = server.person()
    await ana.says("/start")
    with pytest.raises(BadRequest, match="Unsupported parse_mode"):
        await sender.send_message(ana.id, "*x*", parse_mode="MarkdownV2")


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (keyboard([{"text": "A", "callback_data": "ñ" * 33}]), "BUTTON_DATA_INVALID"),
        (keyboard([{"text": "A", "callback_data": ""}]), "Text buttons are unallowed"),
        (keyboard([{"text": "A"}]), "Text buttons are unallowed"),
        (keyboard([{"text": " ", "callback_data": "a"}]), "text must be non-empty"),
        (keyboard([{"text": "A", "callback_data": "a", "url": "https://x.org"}]), "exactly one"),
        (keyboard([{"text": "A", "callback_data": "a"}] * 9), "too many buttons in a row: 9"),
        (keyboard(*[[{"text": "A", "callback_data": "a"}]] * 101), "reply markup is too long"),
    ],
)
async def test_keyboards_beyond_the_limits_are_refused(
    server: TelegramServer, markup: dict[str, Any], words: str
) -> None:
    ana = server.person()
    await ana.says("/start")
    assert words in await refusal(server, chat_id=ana.id, text="Hi", reply_markup=markup)


async def test_the_largest_keyboard_is_taken(server: TelegramServer) -> None:
    ana = server.person()
    await ana.says("/start")
    row = [{"text": "A", "callback_data": "ñ" * 32}] * 8
    markup = keyboard(*[row] * 12, row[:4])
    assert (await call(server, "sendMessage", chat_id=ana.id, text="Hi", reply_markup=markup))["ok"]
    assert sum(map(len, ana.unread[0].keyboard)) == 100


async def test_unknown_tokens_and_methods_are_refused(
    server: TelegramServer, poller: AiogramBot
) -> None:
    stranger = aiogram_bot(server, "43:TEST")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()
    assert (await call(server, "sendPigeon"))["error_code"] == 404
    assert (await poller.get_me()).id == 42


@pytest.mark.parametrize(
    ("command", "description", "words"),
    [
        ("Help", "h", "BOT_COMMAND_INVALID"),
        ("h" * 33, "h", "BOT_COMMAND_INVALID"),
        ("help", "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("help", "h" * 257, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_menus_beyond_the_limits_are_refused(
    server: TelegramServer, command: str, description: str, words: str
) -> None:
    commands = [{"command": command, "description": description}]
    assert words in await refusal(server, "setMyCommands", commands=commands)


async def test_menus_are_kept_by_language_and_scope(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    private = telegram.BotCommandScopeAllPrivateChats()
    await sender.set_my_commands([("help", "Help")])
    await sender.set_my_commands([("help", "Ayuda")], scope=private, language_code="es")
    assert [c.description for c in await sender.get_my_commands()] == ["Help"]
    assert not await sender.get_my_commands(language_code="es")
    spanish = await sender.get_my_commands(scope=private, language_code="es")
    assert [c.description for c in spanish] == ["Ayuda"]
    await sender.delete_my_commands(scope=private, language_code="es")
    assert not await sender.get_my_commands(scope=private, language_code="es")
    with pytest.raises(BadRequest, match="language code"):
        await sender.set_my_commands([("help", "Help")], language_code="spanish")
    with pytest.raises(BadRequest, match="Bot_commands_too_much"):
        await sender.set_my_commands([(f"c{n}", "x") for n in range(101)])


async def test_chat_actions_are_checked(server: TelegramServer, sender: telegram.Bot) -> None:
    ana = server.person()
    await ana.says("/start")
    await sender.send_chat_action(ana.id, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action"):
        await sender.send_chat_action(ana.id, "dancing")
    assert ana.unread == []


# buttons


async def test_a_press_reaches_the_bot_and_is_answered_once(
    server: TelegramServer, sender: telegram.Bot, poller: AiogramBot
) -> None:
    ana = server.person()
    await ana.says("/start")
    await sender.send_message(ana.id, "Tea?", reply_markup=YES_NO)
    await ana.presses("No")
    query = (await poller.get_updates())[-1].callback_query
    assert query and query.message and query.data == "n"
    assert (query.from_user.id, query.message.message_id) == (ana.id, ana.unread[0].message_id)
    await query.answer("Noted").as_(poller)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await query.answer().as_(poller)
    with pytest.raises(BadRequest, match="Query is too old"):
        await sender.answer_callback_query("1")
    assert ana.notices == ["Noted"]


async def test_a_press_is_answered_too_late() -> None:
    async with TelegramServer([TOKEN], callback_seconds=0.05) as server:
        ana = server.person()
        await ana.says("/start")
        await call(
            server,
            "sendMessage",
            chat_id=ana.id,
            text="Tea?",
            reply_markup=keyboard([{"text": "Yes", "callback_data": "y"}]),
        )
        update = await ana.presses("y")
        await asyncio.sleep(0.06)
        query_id = update["callback_query"]["id"]
        words = await refusal(server, "answerCallbackQuery", callback_query_id=query_id)
        assert "query is too old" in words


async def test_only_buttons_that_stand_now_can_be_pressed(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    first = await sender.send_message(ana.id, "Tea?", reply_markup=YES_NO)
    await sender.send_message(ana.id, "Milk?", reply_markup=YES_NO)
    assert (await ana.presses("y"))["callback_query"]["message"]["text"] == "Milk?"
    pressed = await ana.presses("y", ana.unread[0])
    assert pressed["callback_query"]["message"]["text"] == "Tea?"
    await sender.edit_message_reply_markup(ana.id, first.message_id)
    with pytest.raises(Impossible, match="Milk"):
        await ana.presses("y", ana.unread[0])


async def test_a_keyboard_in_place_of_letters_says_its_label(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    markup = telegram.ReplyKeyboardMarkup([["Tea", "Coffee"]])
    await sender.send_message(ana.id, "Which?", reply_markup=markup)
    assert (await ana.presses("Tea"))["message"]["text"] == "Tea"


# updates


async def test_updates_stay_until_a_higher_offset_confirms_them(
    server: TelegramServer, poller: AiogramBot
) -> None:
    ana = server.person(language_code="es", first_name="Inés")
    for text in ("/start x", "b", "c"):
        await ana.says(text)
    first = await poller.get_updates(limit=2)
    assert [update.message and update.message.text for update in first] == ["/start x", "b"]
    assert await poller.get_updates(limit=2) == first
    assert first[0].message and first[0].message.from_user
    assert first[0].message.from_user.language_code == "es"
    assert first[0].message.entities and first[0].message.entities[0].type == "bot_command"
    rest = await poller.get_updates(offset=first[-1].update_id + 1)
    assert [update.message and update.message.text for update in rest] == ["c"]
    assert await poller.get_updates(offset=rest[-1].update_id + 1) == []
    assert server.pending() == []


async def test_a_long_poll_ends_as_soon_as_there_is_something(
    server: TelegramServer, poller: AiogramBot
) -> None:
    ana = server.person()
    waiting = asyncio.create_task(poller.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    begins = time.monotonic()
    await ana.says("Hi")
    assert len(await waiting) == 1
    assert time.monotonic() - begins < 1


async def test_two_pollers_are_in_conflict(server: TelegramServer, poller: AiogramBot) -> None:
    ana = server.person()
    first = asyncio.create_task(poller.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(poller.get_updates(timeout=20))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await asyncio.wait_for(first, 5)
    await ana.says("Hi")
    assert len(await second) == 1


async def test_polling_is_refused_while_a_webhook_is_set(
    server: TelegramServer, poller: AiogramBot
) -> None:
    async with Hook() as hook:
        waiting = asyncio.create_task(poller.get_updates(timeout=20))
        await asyncio.sleep(0.05)
        await poller.set_webhook(hook.url)
        with pytest.raises(TelegramConflictError, match="terminated by setWebhook"):
            await waiting
        with pytest.raises(TelegramConflictError, match="while webhook is active"):
            await poller.get_updates()
        await poller.delete_webhook()
        assert await poller.get_updates() == []


async def test_only_allowed_updates_come(server: TelegramServer, poller: AiogramBot) -> None:
    await poller.get_updates(allowed_updates=["my_chat_member"])
    ana = server.person()
    await ana.says("/start")
    await ana.blocks()
    assert [update.event_type for update in await poller.get_updates()] == ["my_chat_member"]


@pytest.mark.parametrize("limit", [0, 101])
async def test_at_most_a_hundred_updates_at_once(server: TelegramServer, limit: int) -> None:
    assert "limit" in await refusal(server, "getUpdates", limit=limit)


async def test_a_webhook_is_called_with_its_secret_until_it_acknowledges(
    server: TelegramServer, poller: AiogramBot
) -> None:
    ana, ben = server.person(), server.person()
    async with Hook(500, 302) as hook:
        await ana.says("1")
        await ana.says("2")
        await poller.set_webhook(hook.url, secret_token="s-e_C", max_connections=1)
        await server.settles()
        await ben.says("3")
        await ana.says("4")
        await server.settles()
        assert hook.texts() == ["1", "1", "1", "2", "3", "4"]
        assert {secret for secret, _ in hook.calls} == {"s-e_C"}
        info = await poller.get_webhook_info()
        assert (info.url, info.max_connections) == (hook.url, 1)
        assert info.last_error_message and "302" in info.last_error_message


async def test_an_update_can_come_twice(server: TelegramServer, poller: AiogramBot) -> None:
    ana = server.person()
    async with Hook() as hook:
        await poller.set_webhook(hook.url)
        await ana.says("1", duplicate=True)
        await server.settles()
        await poller.delete_webhook()
        assert hook.texts() == ["1", "1"]
        assert hook.calls[0][1] == hook.calls[1][1]
    await ana.says("2", duplicate=True)
    first, second = await poller.get_updates()
    assert first == second
    assert await poller.get_updates(offset=first.update_id + 1) == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "https://minipublic.example/hook"}, "loopback"),
        ({"url": "http://127.0.0.1.example/hook"}, "loopback"),
        ({"url": "http://127.0.0.1/", "secret_token": "s p"}, "unallowed characters"),
        ({"url": "http://127.0.0.1/", "secret_token": "s" * 257}, "secret token is too long"),
        ({"url": "http://127.0.0.1/", "max_connections": 101}, "max_connections"),
    ],
)
async def test_a_webhook_that_telegram_would_not_call_is_refused(
    server: TelegramServer, params: dict[str, Any], words: str
) -> None:
    assert words in await refusal(server, "setWebhook", **params)
    assert (await call(server, "getWebhookInfo"))["result"]["url"] == ""


async def test_everything_outlives_a_restart_on_the_same_port(
    server: TelegramServer, sender: telegram.Bot, poller: AiogramBot
) -> None:
    ana, url = server.person(), server.url
    async with Hook() as hook:
        await poller.set_webhook(hook.url)
        await server.stop()
        await ana.says("1")
        await asyncio.sleep(0.1)
        assert hook.calls == []
        with pytest.raises(NetworkError):
            await sender.send_message(ana.id, "Hello")
        await server.start()
        await server.settles()
        await sender.send_message(ana.id, "Hello")
        assert (server.url, hook.texts(), len(ana.unread)) == (url, ["1"], 1)


async def test_people_send_more_than_text(server: TelegramServer, poller: AiogramBot) -> None:
    ana = server.person()
    await ana.sends_sticker()
    await ana.sends_photo(caption="plan")
    await ana.sends_voice(content=b"OggS...")
    sticker, photo, voice = (update.message for update in await poller.get_updates())
    assert sticker and sticker.sticker and sticker.sticker.emoji
    assert photo and photo.photo and photo.caption == "plan"
    assert voice and voice.voice
    file = await poller.get_file(voice.voice.file_id)
    assert file.file_path
    content = await poller.download_file(file.file_path)
    assert content and content.read() == b"OggS..."


async def test_a_group_takes_part_once_the_bot_is_added(
    server: TelegramServer, sender: telegram.Bot, poller: AiogramBot
) -> None:
    ana, ben = server.person(), server.person(first_name="Ben")
    group = server.group(ana, title="Jury")
    with pytest.raises(BadRequest, match="Chat not found"):
        await sender.send_message(group.id, "Hello")
    await group.adds()
    await group.says(ben, "Hi all")
    await sender.send_message(group.id, "Tea?", reply_markup=YES_NO)
    assert (await group.next_message(timeout=1)).text == "Tea?"
    await ben.presses("Yes", to=group)
    await group.removes()
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await sender.send_message(group.id, "Bye")
    updates = await poller.get_updates()
    kinds = ["my_chat_member", "message", "message", "callback_query", "my_chat_member"]
    assert [update.event_type for update in updates] == kinds
    assert updates[2].message and updates[2].message.chat.title == "Jury"
    assert (ana.unread, ben.unread, group.unread) == ([], [], [])


async def test_two_bots_have_their_own_chats() -> None:
    async with TelegramServer([TOKEN, "43:TEST"]) as server:
        ana = server.person()
        with pytest.raises(ValueError, match="several bots"):
            await ana.says("Hi")
        await ana.says("Hi", to="43:TEST")
        assert (await call(server, "getUpdates"))["result"] == []
        assert "chat not found" in await refusal(server, chat_id=ana.id, text="Hi")
        assert len(server.pending("43:TEST")) == 1


def test_an_update_that_telegram_would_not_send_is_an_error() -> None:
    with pytest.raises(ValueError, match="message_id"):
        check_update({"update_id": 1, "message": {"date": 1, "chat": {"id": 1, "type": "private"}}})


# failures


async def test_a_throttle_halts_every_send_and_notes_who_goes_on(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana, ben = server.person(), server.person()
    await ana.says("/start")
    await ben.says("/start")
    server.throttles(for_seconds=1)
    with pytest.raises(RetryAfter) as throttled:
        await sender.send_message(ana.id, "1")
    assert throttled.value.retry_after == timedelta(seconds=1)
    with pytest.raises(RetryAfter):
        await sender.send_message(ben.id, "2")
    assert server.requests_during_throttle == []  # it may have been on its way
    await asyncio.sleep(0.3)
    with pytest.raises(RetryAfter):
        await sender.send_message(ben.id, "3")
    assert [r.params["text"] for r in server.requests_during_throttle] == ["3"]
    await sender.get_me()
    await asyncio.sleep(0.8)
    await sender.send_message(ben.id, "4")
    assert [message.text for message in ben.unread] == ["4"]
    assert len(server.requests_during_throttle) == 1


async def test_a_throttle_of_one_chat_spares_the_others(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana, ben = server.person(), server.person()
    await ana.says("/start")
    await ben.says("/start")
    server.throttles(for_seconds=5, chat=ana.id)
    await sender.send_message(ben.id, "1")
    with pytest.raises(RetryAfter):
        await sender.send_message(ana.id, "2")
    await sender.send_message(ben.id, "3")
    with pytest.raises(RetryAfter):
        await sender.send_message(ana.id, "4")
    server.heals()
    await sender.send_message(ana.id, "5")
    assert ([m.text for m in ana.unread], [m.text for m in ben.unread]) == (["5"], ["1", "3"])


async def test_a_throttle_can_strike_a_share(server: TelegramServer, sender: telegram.Bot) -> None:
    ana = server.person()
    await ana.says("/start")
    server.throttles(for_seconds=5, share=0.3, rng=random.Random(7))  # it draws 0.32, 0.15
    await sender.send_message(ana.id, "1")
    with pytest.raises(RetryAfter):
        await sender.send_message(ana.id, "2")
    assert [message.text for message in ana.unread] == ["1"]


async def test_errors_of_telegrams_own(server: TelegramServer, sender: telegram.Bot) -> None:
    ana = server.person()
    await ana.says("/start")
    server.fails(status=502, times=2)
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await sender.send_message(ana.id, "Hello")
    await sender.send_message(ana.id, "Hello")
    assert len(ana.unread) == 1
    assert [r.status for r in server.requests if r.method == "sendMessage"] == [502, 502, 200]


async def test_other_methods_fail_only_by_name(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    server.fails(method="getUpdates")
    await sender.get_me()
    with pytest.raises(NetworkError):
        await sender.get_updates()
    assert await sender.get_updates() == ()


async def test_one_chat_is_refused_in_the_given_words(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana, ben = server.person(), server.person()
    await ana.says("/start")
    await ben.says("/start")
    server.refuses(ana.id, "Forbidden: user is deactivated")
    for _ in range(2):
        with pytest.raises(Forbidden, match="user is deactivated"):
            await sender.send_message(ana.id, "Hello")
    await sender.send_message(ben.id, "Hello")
    assert (ana.unread, len(ben.unread)) == ([], 1)
    with pytest.raises(ValueError, match="begin with"):
        server.refuses(ana.id, "no such words")


async def test_a_group_that_moved_tells_where(server: TelegramServer, sender: telegram.Bot) -> None:
    group = server.group(server.person())
    await group.adds()
    moved = "Bad Request: group chat was upgraded to a supergroup chat"
    server.refuses(group.id, moved, parameters={"migrate_to_chat_id": -100123})
    with pytest.raises(telegram.error.ChatMigrated) as migrated:
        await sender.send_message(group.id, "Hello")
    assert migrated.value.new_chat_id == -100123


async def test_who_gives_up_on_a_hanging_send_has_sent_nothing(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    server.hangs(0.3, times=2)
    with pytest.raises(TimedOut):
        await sender.send_message(ana.id, "1", read_timeout=0.1)
    await sender.send_message(ana.id, "2")
    await asyncio.sleep(0.2)
    assert [message.text for message in ana.unread] == ["2"]


async def test_a_message_arrives_though_the_answer_does_not(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    server.cuts_after_send()
    with pytest.raises(NetworkError):
        await sender.send_message(ana.id, "1")
    await sender.send_message(ana.id, "2")
    assert [message.text for message in ana.unread] == ["1", "2"]


async def test_a_random_share_fails_the_same_way_each_time(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    ana = server.person()
    await ana.says("/start")
    server.drops_share("fails", 0.3, random.Random(7), status=500)
    outcomes = []
    for _ in range(40):
        try:
            await sender.send_message(ana.id, "Hello")
            outcomes.append(True)
        except NetworkError:
            outcomes.append(False)
    rng = random.Random(7)
    assert outcomes == [rng.random() >= 0.3 for _ in range(40)]
    assert len(ana.unread) == outcomes.count(True)


# by hand


async def test_a_person_can_talk_through_a_terminal() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.cast.telegram_server", "--port", "0", "--token", TOKEN),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin and process.stdout
    try:
        async with asyncio.timeout(60):
            url = (await process.stdout.readline()).decode().strip()
            bot = AiogramBot(TOKEN, AiohttpSession(api=TelegramAPIServer.from_base(url)))
            async with bot:
                process.stdin.write(b"/start\n")
                (update,) = await bot.get_updates(timeout=10)
                assert update.message and update.message.text == "/start"
                markup = AiogramMarkup(
                    inline_keyboard=[[AiogramButton(text="Yes", callback_data="y")]]
                )
                await bot.send_message(update.message.chat.id, "Tea?", reply_markup=markup)
                shown = [await process.stdout.readline() for _ in range(2)]
                assert shown == [b"bot: Tea?\n", b"  1 Yes\n"]
                process.stdin.write(b"1\n")
                (update,) = await bot.get_updates(offset=update.update_id + 1, timeout=10)
                assert update.callback_query and update.callback_query.data == "y"
    finally:
        process.kill()
        await process.communicate()


# what is recorded


async def test_every_request_is_recorded_whatever_became_of_it(
    server: TelegramServer, sender: telegram.Bot
) -> None:
    begins = time.monotonic()
    ana = server.person()
    await ana.says("/start")
    await sender.send_message(ana.id, "Hello", reply_markup=YES_NO)
    await refusal(server, chat_id=1, text="Hello")
    sent, refused = server.requests[-2:]
    assert (sent.method, sent.status, sent.params["chat_id"]) == ("sendMessage", 200, ana.id)
    assert sent.params["reply_markup"] == YES_NO.to_dict()
    assert (refused.status, refused.description) == (400, "Bad Request: chat not found")
    assert begins < sent.when < refused.when < time.monotonic()


async def test_two_hundred_people_at_once(server: TelegramServer, sender: telegram.Bot) -> None:
    people = [server.person() for _ in range(200)]

    async def bot_echoes(request: web.Request) -> web.Response:
        message = (await request.json())["message"]
        await sender.send_message(message["chat"]["id"], message["text"], reply_markup=YES_NO)
        return web.Response()

    hook = Hook()
    hook.answer = bot_echoes  # type: ignore[method-assign]
    async with hook:
        await call(server, "setWebhook", url=hook.url, max_connections=100)
        await asyncio.gather(*(person.says(f"I am {person.id}") for person in people))
        seen = await asyncio.gather(*(person.next_message(timeout=60) for person in people))
    assert [message.text for message in seen] == [f"I am {person.id}" for person in people]
