"""The edge out: a parcel as calls to the Bot API."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.markdown import clip
from bot.channels.telegram.failures import classify, words
from bot.channels.telegram.html import parts_of_markdown, parts_of_plain
from bot.channels.telegram.keyboard import Keyboard, keyboard_of, spelled_out
from bot.channels.telegram.media import LONGEST_CAPTION, MediaSender
from bot.channels.telegram.plain import is_of_content, plain_parts
from bot.channels.telegram.requests import AiohttpRequest, Refused
from bot.conversation.messages import MessageKind, Outgoing
from bot.conversation.ports import DocumentStore, MediaStore, Parcel
from bot.domain.delivery import ChannelMisconfigured, Receipt, Rejected

#: https://core.telegram.org/bots/api#answercallbackquery
LONGEST_TOAST = 200
#: Of how many parcels that failed half-way it is remembered how far they got.
MOST_UNFINISHED = 1024

log = structlog.get_logger()

#: Makes one call, with the keyboard if it is the last one. Returns the id of the message.
Step = Callable[[Keyboard | None], Awaitable[str | None]]

#: Calls one method of the Bot API with its fields, and returns the result.
Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


class TelegramChannel:
    """Sends through one bot for each token.

    A parcel may take several calls. When one of them fails, another try in the same process goes on
    from there; in another process it begins anew.
    """

    name = "telegram"

    def __init__(
        self,
        tokens: Mapping[str, str],
        api_url: str,
        media: MediaStore,
        documents: DocumentStore,
        request: AiohttpRequest | None = None,
        paid_broadcasts: bool = False,
    ) -> None:
        """`tokens` by bot id. With `paid_broadcasts` the bot's owner pays for the pace of
        broadcasts: https://core.telegram.org/bots/api#paid-broadcasts."""
        self._paid_broadcasts = paid_broadcasts
        self._request = request or AiohttpRequest()
        self._bots = {
            bot_id: Bot(
                token,
                base_url=f"{api_url.rstrip('/')}/bot",
                request=self._request,
                get_updates_request=self._request,
            )
            for bot_id, token in tokens.items()
        }
        self._media = MediaSender(media, documents)
        self._unfinished: OrderedDict[tuple[int, int], int] = OrderedDict()

    async def send(self, parcel: Parcel) -> Receipt:
        bot = self._bots.get(parcel.to.bot)
        if bot is None:
            raise ChannelMisconfigured(
                f"no token for bot {parcel.to.bot}: add it to MINIPUBLIC_TELEGRAM_TOKENS"
            )
        buttons = keyboard_of(parcel.message.choices, parcel.message.link)
        steps = self._steps(bot, parcel.to.external_id, parcel.message)
        # SQLite gives the id of a deleted row to a new one, hence the message in the key.
        key = parcel.id, hash(parcel.message)
        done = self._unfinished.pop(key, 0)
        sent = None
        try:
            for step in steps[done:]:
                sent = await step(buttons if done == len(steps) - 1 else None)
                done += 1
        except TelegramError as error:
            raise classify(error) from None
        finally:
            if 0 < done < len(steps):
                self._unfinished[key] = done
                if len(self._unfinished) > MOST_UNFINISHED:
                    self._unfinished.popitem(last=False)
        return Receipt(sent)

    def count(self, message: Outgoing) -> int:
        """How many messages Telegram counts for it; acknowledging a press is none."""
        if message.media and message.kind is MessageKind.BROADCAST:
            return 1
        return bool(message.media) + bool(message.document) + len(_texts(message))

    async def close(self) -> None:
        await self._request.shutdown()

    def _steps(self, bot: Bot, chat: str, message: Outgoing) -> list[Step]:
        steps: list[Step] = []
        paid = message.kind is MessageKind.BROADCAST and self._paid_broadcasts
        if message.media and message.kind is MessageKind.BROADCAST:
            return [self._captioned(bot, chat, message, message.media, paid)]
        texts = _texts(message)
        if message.media:
            shown: Step = partial(self._media.send, bot, chat, message.media, message.caption)
            # What is asked matters more than the picture beside it.
            steps.append(partial(_unless_refused, shown) if message.text else shown)
        if document := message.document:
            steps.append(partial(self._media.send_document, bot, chat, document))
        call = partial(self._call, bot)
        if message.replaces and texts and not steps:
            steps.append(partial(_edit, call, chat, message.replaces, texts.pop(0)))
        steps += [partial(_send_text, call, chat, html, paid=paid) for html in texts]
        if message.leaves:
            steps = [partial(_unless_refused, step) for step in steps]
            steps.append(partial(_leave, call, chat))
        if not steps and (message.choices or not message.press):
            raise Rejected("a message without text, media and document")
        if message.press:
            steps.insert(0, partial(_acknowledge, call, message.press, message.toast))
        return steps

    async def _call(self, bot: Bot, method: str, fields: Mapping[str, Any]) -> Any:
        return await self._request.call(f"{bot.base_url}/{method}", fields)

    def _captioned(self, bot: Bot, chat: str, message: Outgoing, media: str, paid: bool) -> Step:
        """A picture or file and its words in one message, for a broadcast must be one."""
        cut = parts_of_markdown if message.markdown else parts_of_plain
        words = cut(message.text, LONGEST_CAPTION)
        alt = parts_of_plain(clip(message.media_alt, LONGEST_CAPTION), LONGEST_CAPTION)
        caption, *more = words or alt or ("",)
        if more:
            raise Rejected(f"a caption has more than {LONGEST_CAPTION} characters")
        return partial(self._media.send, bot, chat, media, caption, html=True, paid=paid)


def _texts(message: Outgoing) -> list[str]:
    """The HTML of its text, in as many parts as it takes."""
    if message.markdown:
        return list(parts_of_markdown(message.text))
    return list(parts_of_plain(message.text + spelled_out(message.choices)))


async def _acknowledge(call: Call, press: str, toast: str, buttons: Keyboard | None) -> None:
    """A courtesy, which Telegram refuses when it comes late: the message itself matters more."""
    fields = {"callback_query_id": press}
    if toast:
        fields["text"] = clip(toast, LONGEST_TOAST)
    try:
        await call("answerCallbackQuery", fields)
    except Refused as refused:
        if refused.status != HTTPStatus.BAD_REQUEST:
            raise
        log.info("a press was not acknowledged", reason=words(refused.description))


async def _unless_refused(step: Step, buttons: Keyboard | None) -> str | None:
    """What follows is done all the same."""
    try:
        return await step(buttons)
    except Rejected as rejected:
        log.warning("a part of a message is left out", reason=rejected.reason)
    except Refused as refused:
        if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise
        log.warning("a part of a message is left out", reason=words(refused.description))
    return None


async def _leave(call: Call, chat: str, buttons: Keyboard | None) -> None:
    await call("leaveChat", {"chat_id": int(chat)})


async def _send_text(
    call: Call,
    chat: str,
    html: str,
    buttons: Keyboard | None,
    *,
    paid: bool = False,
) -> str:
    fields = _text_fields(chat, html, buttons)
    if paid:
        fields["allow_paid_broadcast"] = True
    if buttons is not None and buttons.markup is None:
        return await _send_plain(call, fields, html, buttons)
    try:
        message = await call("sendMessage", fields)
    except Refused as refused:
        if not is_of_content(refused):
            raise
        log.warning("a message goes in a plainer form", reason=words(refused.description))
        return await _send_plain(call, fields, html, buttons)
    return str(message["message_id"])


async def _send_plain(
    call: Call, fields: Mapping[str, Any], html: str, buttons: Keyboard | None
) -> str:
    """Once more, so that a question is no dead end; what is refused even so is."""
    kept = {k: v for k, v in fields.items() if k not in ("text", "parse_mode", "reply_markup")}
    sent = ""
    for text in plain_parts(html, buttons.words if buttons else ""):
        sent = str((await call("sendMessage", {**kept, "text": text}))["message_id"])
    return sent


async def _edit(call: Call, chat: str, replaced: str, html: str, buttons: Keyboard | None) -> str:
    """In its place; anew where that is refused: it is gone, too old, or was no text."""
    fields = _text_fields(chat, html, buttons) | {"message_id": int(replaced)}
    try:
        await call("editMessageText", fields)
    except Refused as refused:
        if not is_of_content(refused):
            raise
        if "message is not modified" not in refused.description.lower():
            return await _send_text(call, chat, html, buttons)
    return replaced


def _text_fields(chat: str, html: str, buttons: Keyboard | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"chat_id": int(chat), "text": html, "parse_mode": "HTML"}
    if buttons is not None and buttons.markup:
        fields["reply_markup"] = buttons.fields
    return fields
