"""A request to the Bot API: what the bot sent, whatever the encoding it chose."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.cast.telegram_errors import bad_request
from tests.cast.telegram_schema import decode_form, from_json


@dataclass
class Request:
    """A request as the bot made it; `when` is of time.monotonic, `status` of the answer.

    `files` holds name and content of each upload; a field that is an upload reads "attach://part".
    """

    token: str
    method: str
    when: float
    params: dict[str, Any] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    status: int | None = None
    description: str = ""

    @property
    def chat_id(self) -> int | None:
        """The chat by number; None where there is none or it is named by a user name."""
        try:
            return int(self.params["chat_id"])
        except (KeyError, ValueError, TypeError):
            return None

    async def read(self, http: web.Request) -> None:
        """Takes in the query string and the JSON, urlencoded or multipart body."""
        form = dict(http.query)
        if http.content_type == "application/json":
            try:
                self.params = from_json(await http.read() or b"{}")
            except ValueError:
                raise bad_request("can't parse JSON object") from None
            if not isinstance(self.params, dict):
                self.params = {}
                raise bad_request("object expected")
        else:
            for name, part in (await http.post()).items():
                if isinstance(part, web.FileField):
                    self.files[name] = (part.filename, part.file.read())
                else:
                    form[name] = part if isinstance(part, str) else bytes(part).decode()
            # An upload that no field names is the field of its own name.
            named = set(form.values())
            form |= {n: f"attach://{n}" for n in self.files if f"attach://{n}" not in named}
        self.params |= form  # as it came, in case it cannot be decoded
        self.params |= decode_form(self.method, form)
