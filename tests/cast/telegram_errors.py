"""Telegram's refusals: what the Bot API answers instead of a result."""

from collections.abc import Mapping
from typing import Any

CODES = {
    "Bad Request": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "Not Found": 404,
    "Conflict": 409,
    "Request Entity Too Large": 413,
    "Too Many Requests": 429,
}


class Refused(Exception):
    """A request is refused, in Telegram's words; the code follows from how the words begin."""

    def __init__(
        self,
        description: str,
        *,
        code: int | None = None,
        parameters: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(description)
        self.description = description
        self.code = code or CODES[description.partition(":")[0]]
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The refusal as Telegram writes it, see core.telegram.org/bots/api#making-requests."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = dict(self.parameters)
        return body


def bad_request(problem: str) -> Refused:
    """The commonest refusal, code 400."""
    return Refused(f"Bad Request: {problem}")
