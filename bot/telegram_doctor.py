"""What `minipublic doctor` finds about the Telegram bots: the token, the way to Telegram, and
whether what citizens say arrives."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from telegram.error import TelegramError

from bot.channels.telegram import bots_of
from bot.channels.telegram.requests import AiohttpRequest, Refused
from bot.channels.telegram.watching import WEBHOOK_PATH, Arrivals, arrivals
from bot.settings import PREFIX, Settings

Finding = tuple[bool, str]  #: Whether all is well, and what was found.

#: A poll lasts up to a minute. Telegram keeps updates for a day.
SILENCE = timedelta(minutes=5)
#: A failure this long ago is over.
RECENT = timedelta(hours=1)
#: More updates that wait than this are not taken in as fast as they come.
BACKLOG = 100


async def examine_bots(
    settings: Settings, heard: Mapping[str, datetime], now: datetime
) -> AsyncIterator[Finding]:
    """`heard` is when each bot last heard Telegram."""
    request = AiohttpRequest(read_timeout=10, proxy=settings.proxy)
    try:
        tokens = [token.get_secret_value() for token in settings.telegram_tokens]
        for bot, token in bots_of(tokens).items():
            try:
                me = await request.call(f"{settings.telegram_api_url}/bot{token}/getMe", {})
                told = await arrivals(request, settings.telegram_api_url, token)
            except TelegramError as error:
                yield False, _why(settings, bot, error)
                continue
            name = me.get("username")
            yield True, f"Telegram bot {bot}: reached, its link is https://t.me/{name}"
            if settings.public_url is None:
                yield _polled(bot, told, heard.get(bot), now)
            else:
                url = settings.public_url + WEBHOOK_PATH.format(bot_id=bot)
                yield _posted(bot, told, url, heard.get(bot), now)
    finally:
        await request.shutdown()


def _why(settings: Settings, bot: str, error: TelegramError) -> str:
    if isinstance(error, Refused):
        refused = f"Telegram refuses the token of bot {bot} ({error.status})"
        return f"{refused}: copy it anew from @BotFather"
    through = f" and {PREFIX}TELEGRAM_PROXY" if settings.telegram_proxy else ""
    return (
        f"Telegram bot {bot}: {settings.telegram_api_url} cannot be reached ({error}); "
        f"see {PREFIX}TELEGRAM_API_URL{through}"
    )


def _polled(bot: str, told: Arrivals, heard_at: datetime | None, now: datetime) -> Finding:
    if told.url:
        return False, (
            f"bot {bot} has a webhook, so nothing can be polled: start `minipublic run`, which "
            f"deletes it, or stop the deployment that sets it; it is {told.url}"
        )
    if heard_at is None:
        return True, f"bot {bot} was never polled: start `minipublic run`; {_waiting(told)}"
    polled = f"bot {bot} was last polled {_ago(heard_at, now)}; {_waiting(told)}"
    if now - heard_at > SILENCE:
        return False, (
            f"{polled}: see whether `minipublic run` with the role web is running, and what it "
            "logs; Telegram keeps updates for a day"
        )
    return not _is_backlog(told), polled


def _posted(
    bot: str, told: Arrivals, url: str, heard_at: datetime | None, now: datetime
) -> Finding:
    if told.url != url:
        where = f"to {told.url}" if told.url else "nowhere"
        return False, (
            f"bot {bot}: Telegram posts {where}, not to {url}: start `minipublic run`, which "
            "registers it, or stop the deployment that registers the other"
        )
    if told.failed_at is not None and now - told.failed_at < RECENT:
        return False, (
            f"bot {bot}: a webhook failed {_ago(told.failed_at, now)} ({told.error}); "
            f"{_waiting(told)}: see whether {url} is reached from outside, by https"
        )
    received = f"last received {_ago(heard_at, now)}" if heard_at else "none received yet"
    return not _is_backlog(told), f"bot {bot} has its webhook, {received}; {_waiting(told)}"


def _is_backlog(told: Arrivals) -> bool:
    return told.pending > BACKLOG


def _waiting(told: Arrivals) -> str:
    more = ", more than are taken in: see what the log says" if _is_backlog(told) else ""
    return f"{told.pending} update(s) wait at Telegram{more}"


def _ago(then: datetime, now: datetime) -> str:
    """In the largest unit of which there are two: 90 s, 12 min, 30 h, 3 d."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
