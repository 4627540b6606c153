"""Which `SendFailure` a failed request to Telegram is."""

import re
from datetime import timedelta
from http import HTTPStatus

from telegram.error import TelegramError

from bot.channels.telegram.requests import NoAnswer, NotSent, Refused
from bot.domain.delivery import (
    ChannelMisconfigured,
    OutcomeUnknown,
    ParticipantLeft,
    Rejected,
    SendFailure,
    Throttled,
    Unreachable,
)

#: Of a 429 that does not say how long to wait.
SHORT_WAIT = timedelta(seconds=5)

#: Descriptions with status 400 of an account that is no more. Others of them come with 403.
_GONE = ("chat not found", "user not found", "deactivated", "peer_id_invalid")

_IDENTITY = re.compile(r'"[^"]*"|\d{5,}(?::[\w-]+)?')


def classify(error: TelegramError) -> SendFailure:
    """The failure, with a reason that holds neither texts nor anything that identifies."""
    match error:
        case Refused():
            return _refusal(error)
        case NotSent():
            return Unreachable(f"Telegram was not reached: {error}")
        case NoAnswer():
            return OutcomeUnknown(f"Telegram's answer did not arrive: {error}")
        case _:
            return OutcomeUnknown(f"an unforeseen {type(error).__name__}")


def _refusal(refused: Refused) -> SendFailure:
    reason = words(refused.description)
    match refused.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            wait = refused.retry_after
            return Throttled(SHORT_WAIT if wait is None else timedelta(seconds=wait))
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            return ChannelMisconfigured(f"Telegram refuses the bot's token: {reason}")
        case HTTPStatus.FORBIDDEN:
            return ParticipantLeft(reason)
        case HTTPStatus.CONFLICT:
            return Unreachable(reason)
        case _ if refused.migrated:
            return Rejected("the group became a supergroup")
        case _ if any(gone in refused.description.lower() for gone in _GONE):
            return ParticipantLeft(reason)
        case _:
            return Rejected(reason)


def words(description: str) -> str:
    """Telegram's description of an error without quotations, numbers and tokens."""
    return _IDENTITY.sub("…", description)[:200]
