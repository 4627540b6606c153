"""What an organiser's message says, and when it starts."""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: https://core.telegram.org/bots/api#sendmessage and #sendphoto: a broadcast is one message. They
#: are counted in UTF-16 code units, of which an emoji has two or more.
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024

#: Room for a closing time in words, in characters.
LONGEST_MOMENT = 60

#: The most that of a broadcast's last deliveries may fail before it pauses by itself.
WATCHED, MOST_FAILED = 200, 0.05

#: A start that is this late is not made up for by itself: the news may be stale.
TOO_LATE = timedelta(hours=6)

_PLACEHOLDER = re.compile(r"\{([^{}\s]*)\}")
_CLOSES = "closes:"
_MARKUP = re.compile(r"([\\`*_\[\]<>#~])")


class BadBroadcast(ValueError):
    """A broadcast that cannot be sent as it is."""


@dataclass(frozen=True, slots=True)
class BroadcastText:
    """The message in one language, with at most one picture or file and one link button."""

    text: str
    markdown: bool = True
    media: str | None = None  #: A file's name, or the digest of one that is stored.
    media_alt: str = ""
    link_label: str = ""
    link_url: str = ""

    @property
    def closings(self) -> frozenset[str]:
        """The waves whose closing time it tells."""
        return frozenset(
            name.removeprefix(_CLOSES)
            for name in _PLACEHOLDER.findall(self.text)
            if name.startswith(_CLOSES)
        )

    def filled(self, title: str, closing: Mapping[str, str]) -> str:
        """The text for one reader; `closing` are the waves' closing times in words."""

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name == "deliberation":
                words = title
            elif name.startswith(_CLOSES):
                words = closing[name.removeprefix(_CLOSES)]
            else:
                return match[0]
            words = _MARKUP.sub(r"\\\1", words) if self.markdown else words
            return f"\u2068{words}\u2069"

        return _PLACEHOLDER.sub(value, self.text)

    def faults(
        self, title: str, closing_waves: Collection[str], waves: Collection[str]
    ) -> list[str]:
        """What keeps it from being sent, in sentences. `closing_waves` have a closing time."""
        found = []
        if not self.text.strip() and not self.media:
            found.append("there is no text.")
        longest = LONGEST_CAPTION if self.media else LONGEST_TEXT
        closing = dict.fromkeys((*closing_waves, *self.closings), "x" * LONGEST_MOMENT)
        length = len(self.filled(title, closing).encode("utf-16-le")) // 2
        if length > longest:
            beside = " beside a picture or file" if self.media else ""
            found.append(
                f"the text has {length} characters; one message carries {longest}{beside}. "
                "Shorten it, or put the rest on a page and add a link."
            )
        for name in _PLACEHOLDER.findall(self.text):
            wave = name.removeprefix(_CLOSES)
            if name.startswith(_CLOSES) and wave not in waves:
                found.append(f"{{{name}}}: there is no wave '{wave}'.")
            elif name.startswith(_CLOSES) and wave not in closing_waves:
                found.append(f"{{{name}}}: the wave '{wave}' has no closing time.")
            elif not name.startswith(_CLOSES) and name != "deliberation":
                found.append(
                    f"{{{name}}} is no placeholder. There are {{deliberation}} and {{closes:WAVE}}."
                )
        return found


@dataclass(frozen=True, slots=True)
class Start:
    """When sending begins: at once, at a moment, or at a wall-clock time of each person."""

    at: datetime | None = None  #: Aware, UTC.
    local: datetime | None = None  #: Without a zone: each person's own.


AT_ONCE = Start()


def new_id() -> str:
    """Of a broadcast: short enough to be typed, and for a button that names it."""
    return f"b{secrets.token_hex(4)}"


def read_start(words: str) -> Start:
    """`2027-01-31 18:00` (UTC), `2027-01-31T18:00+03:00`, or `2027-01-31 18:00 local`.

    Raises `BadBroadcast`.
    """
    time, local, _ = words.strip().partition(" local")
    try:
        moment = datetime.fromisoformat(time.strip())
    except ValueError:
        raise BadBroadcast(
            f"{words!r} is no time. Write it as 2027-01-31 18:00 for UTC, or as "
            "2027-01-31 18:00 local for that time in each person's own zone."
        ) from None
    if local:
        if moment.tzinfo:
            raise BadBroadcast(f"{words!r}: a local time has no zone of its own. Leave one out.")
        return Start(local=moment)
    return Start(at=moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
