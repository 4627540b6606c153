"""The methods of the Bot API that the stand-in plays, as core.telegram.org/bots/api tells them."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.cast import telegram_rules as rules
from tests.cast.telegram_bots import BotAccount, media_fields
from tests.cast.telegram_chats import Chat, Media, SeenMessage
from tests.cast.telegram_delivery import Webhook
from tests.cast.telegram_errors import bad_request
from tests.cast.telegram_html import Formatted
from tests.cast.telegram_members import membership
from tests.cast.telegram_requests import Request

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
QUERY_INVALID = "query is too old and response timeout expired or query ID is invalid"


async def perform(bot: BotAccount, request: Request) -> Any:
    """Does what a request asks and returns Telegram's result; raises Refused."""
    rules.check_played(request.params)
    rules.check_markup(request.params.get("reply_markup"))
    return await METHODS[request.method](bot, request)


async def get_me(bot: BotAccount, request: Request) -> Any:
    return bot.user | {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
    }


# updates


async def get_updates(bot: BotAccount, request: Request) -> Any:
    params = request.params
    if "allowed_updates" in params:
        bot.delivery.allowed = params["allowed_updates"]
    offset, limit, wait = (
        params.get("offset", 0),
        params.get("limit", 100),
        params.get("timeout", 0),
    )
    return await bot.delivery.poll(offset, limit, wait)


async def set_webhook(bot: BotAccount, request: Request) -> Any:
    params = request.params
    rules.check_webhook(params)
    _drop_if_asked(bot, params)
    if "allowed_updates" in params:
        bot.delivery.allowed = params["allowed_updates"]
    webhook = Webhook(
        params["url"], params.get("secret_token", ""), params.get("max_connections", 40)
    )
    bot.delivery.set_webhook(webhook if webhook.url else None)
    return True


async def delete_webhook(bot: BotAccount, request: Request) -> Any:
    bot.delivery.set_webhook(None)
    _drop_if_asked(bot, request.params)
    return True


def _drop_if_asked(bot: BotAccount, params: dict[str, Any]) -> None:
    if params.get("drop_pending_updates"):
        bot.delivery.set_webhook(None)
        bot.delivery.drop_all()


async def get_webhook_info(bot: BotAccount, request: Request) -> Any:
    delivery = bot.delivery
    info: dict[str, Any] = {
        "url": delivery.webhook.url if delivery.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(delivery.pending()),
    }
    if delivery.webhook:
        info["max_connections"] = delivery.webhook.max_connections
        info["ip_address"] = "127.0.0.1"
        if delivery.last_error:
            info["last_error_date"], info["last_error_message"] = delivery.last_error
    if delivery.allowed:
        info["allowed_updates"] = delivery.allowed
    return info


async def answer_callback_query(bot: BotAccount, request: Request) -> Any:
    text = request.params.get("text", "")
    if len(text) > rules.CALLBACK_ANSWER_CHARACTERS:
        raise bad_request("MESSAGE_TOO_LONG")
    press = bot.presses.pop(request.params["callback_query_id"], None)
    if press is None or press.expires < time.monotonic():
        raise bad_request(QUERY_INVALID)
    if text:
        press.notices.append(text)
    return True


# messages


async def send_message(bot: BotAccount, request: Request) -> Any:
    text = rules.text_of(request.params)
    return _enter(bot, request.params, _text_fields(text, "text", "entities"), text)


async def send_media(bot: BotAccount, request: Request) -> Any:
    """sendPhoto, sendVideo and their like, whose field bears the kind's name."""
    kind, params = request.method.removeprefix("send").lower(), request.params
    caption = rules.caption_of(params)
    bot.chat(params["chat_id"])
    media = bot.file_from(kind, params[kind], request.files)
    content = media_fields(media, params)
    if caption.text:
        content |= _text_fields(caption, "caption", "caption_entities")
    return _enter(bot, params, content, caption, media)


def _text_fields(text: Formatted, name: str, entities_name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {name: text.text}
    return fields | ({entities_name: text.entities} if text.entities else {})


def _enter(
    bot: BotAccount,
    params: dict[str, Any],
    content: dict[str, Any],
    text: Formatted,
    media: Media | None = None,
) -> dict[str, Any]:
    chat, markup = bot.chat(params["chat_id"]), params.get("reply_markup")
    message: dict[str, Any] = {
        "message_id": chat.next_message_id(),
        "from": bot.user,
        "chat": chat.info,
        "date": int(time.time()),
        **_reply_fields(chat, params.get("reply_parameters")),
        **content,
        **_markup_fields(markup),
    }
    chat.enter(SeenMessage(message, text.html, markup, media))
    return message


def _reply_fields(chat: Chat, reply: dict[str, Any] | None) -> dict[str, Any]:
    if reply is None:
        return {}
    if original := chat.log.get(reply["message_id"]):
        return {"reply_to_message": original.raw}
    if reply.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def _markup_fields(markup: dict[str, Any] | None) -> dict[str, Any]:
    """Telegram shows inline keyboards only in the messages that it returns."""
    rows = [row for row in (markup or {}).get("inline_keyboard", []) if row]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


async def edit_message_text(bot: BotAccount, request: Request) -> Any:
    text = rules.text_of(request.params)
    message = _message_to_edit(bot, request.params)
    if "text" not in message.raw:
        raise bad_request("there is no text in the message to edit")
    content = _text_fields(text, "text", "entities")
    kept = {k: v for k, v in message.raw.items() if k not in ("text", "entities")}
    return _edit(bot, message, kept | content, request.params, html=text.html)


async def edit_message_reply_markup(bot: BotAccount, request: Request) -> Any:
    message = _message_to_edit(bot, request.params)
    return _edit(bot, message, message.raw, request.params, html=message.html)


def _message_to_edit(bot: BotAccount, params: dict[str, Any]) -> SeenMessage:
    if "chat_id" not in params:
        raise bad_request("chat_id is empty")
    if "message_id" not in params:
        raise bad_request("message identifier is not specified")
    message = bot.chat(params["chat_id"]).log.get(params["message_id"])
    if message is None:
        raise bad_request("message to edit not found")
    if not message.by_bot:
        raise bad_request("message can't be edited")
    return message


def _edit(
    bot: BotAccount, old: SeenMessage, raw: dict[str, Any], params: dict[str, Any], html: str
) -> dict[str, Any]:
    markup = params.get("reply_markup")
    dated = {"edit_date": int(time.time())}
    kept = {k: v for k, v in raw.items() if k not in ("reply_markup", "edit_date")}
    changed = kept | _markup_fields(markup)
    if changed | dated == old.raw | dated:
        raise bad_request(NOT_MODIFIED)
    bot.chat(old.chat_id).edit(old.message_id, raw=changed | dated, markup=markup, html=html)
    return changed | dated


async def send_chat_action(bot: BotAccount, request: Request) -> Any:
    if request.params["action"] not in rules.CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    bot.chat(request.params["chat_id"])
    return True


async def get_file(bot: BotAccount, request: Request) -> Any:
    media = bot.files.get(request.params["file_id"])
    if media is None or media.content is None:
        raise bad_request("invalid file_id")
    return {
        "file_id": media.file_id,
        "file_unique_id": f"u-{media.file_id}",
        "file_size": len(media.content),
        "file_path": f"{media.kind}/{media.file_id}",
    }


async def leave_chat(bot: BotAccount, request: Request) -> Any:
    chat = bot.chat(request.params["chat_id"])
    if chat.info["type"] == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.refusal = f"Forbidden: bot is not a member of the {chat.info['type']} chat"
    membership(bot, chat, bot.user, "member", "left")
    return True


# menus of commands


async def set_my_commands(bot: BotAccount, request: Request) -> Any:
    rules.check_commands(request.params["commands"])
    bot.commands[_commands_key(bot, request)] = request.params["commands"]
    return True


async def get_my_commands(bot: BotAccount, request: Request) -> Any:
    return bot.commands.get(_commands_key(bot, request), [])


async def delete_my_commands(bot: BotAccount, request: Request) -> Any:
    bot.commands.pop(_commands_key(bot, request), None)
    return True


# what a bot is for


async def set_description(bot: BotAccount, request: Request) -> Any:
    """setMyDescription and setMyShortDescription, whose field bears the kind's name."""
    kind = rules.description_kind(request.method)
    bot.descriptions[kind, rules.language_of(request.params)] = rules.description_of(
        kind, request.params
    )
    return True


async def get_description(bot: BotAccount, request: Request) -> Any:
    """For the user's language: that of its own, or what is for all."""
    kind, language = rules.description_kind(request.method), rules.language_of(request.params)
    held = bot.descriptions
    return {kind: held.get((kind, language)) or held.get((kind, ""), "")}


def _commands_key(bot: BotAccount, request: Request) -> tuple[str, str]:
    scope = request.params.get("scope", {})
    if "chat_id" in scope:
        bot.chat(scope["chat_id"])
    return rules.commands_key(request.params)


METHODS: dict[str, Callable[[BotAccount, Request], Awaitable[Any]]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
    "sendMessage": send_message,
    "sendPhoto": send_media,
    "sendAudio": send_media,
    "sendDocument": send_media,
    "sendVoice": send_media,
    "sendVideo": send_media,
    "sendAnimation": send_media,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "sendChatAction": send_chat_action,
    "getFile": get_file,
    "leaveChat": leave_chat,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": set_description,
    "getMyDescription": get_description,
    "setMyShortDescription": set_description,
    "getMyShortDescription": get_description,
}
