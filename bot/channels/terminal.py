"""The terminal as a channel: one citizen, no token, no network."""

import asyncio
import sys
import unicodedata
import uuid

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from bot.conversation.messages import Choice, Incoming, IncomingKind, Outgoing
from bot.conversation.ports import Inbox, MediaStore, Parcel
from bot.domain.delivery import Receipt

NAME = "terminal"


class Terminal:
    """Prints what the bot says, and stores each line that is typed."""

    name = NAME

    def __init__(self, inbox: Inbox, media: MediaStore, console: Console) -> None:
        self._inbox = inbox
        self._media = media
        self._console = console

    async def send(self, parcel: Parcel) -> Receipt:
        message = parcel.message
        if message.media:
            media = await self._media.fetch(message.media)
            self._console.print(f"[dim]\\[{media.filename}] {message.media_alt}[/dim]")
        if message.document:
            self._console.print(Text(message.document.text))
        if message.text:
            self._console.print(_shown(message))
        if message.link:
            self._console.print(Text(f"  {message.link.label}: {message.link.url}", style="cyan"))
        for line in _choices(message.choices):
            self._console.print(line)
        self._console.print()
        return Receipt(None)

    async def hear(self, sender: str, hint: str | None) -> None:
        """Store what is typed, line by line, until the input ends (Ctrl-D) or says `/quit`."""
        loop = asyncio.get_running_loop()
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            if not line or line.strip() == "/quit":
                return
            if line.strip():
                await self.say(sender, line.strip(), hint)

    async def say(self, sender: str, text: str, hint: str | None) -> None:
        await self._inbox.store(
            [
                Incoming(
                    channel=NAME,
                    bot="",
                    external_id=uuid.uuid4().hex,
                    sender=sender,
                    kind=IncomingKind.TEXT,
                    text=text,
                    language_hint=hint,
                )
            ]
        )


def _shown(message: Outgoing) -> Text | Markdown:
    return Markdown(message.text) if message.markdown else Text(message.text)


def _choices(choices: tuple[Choice, ...]) -> list[Text]:
    """Answers by number, as they can be typed; points of a scale in a row; asides by words."""
    answers = [c.label for c in choices if not c.aside]
    asides = [c.label for c in choices if c.aside]
    lines = []
    if answers and all(unicodedata.normalize("NFKC", a).isdecimal() for a in answers):
        lines.append(Text("  " + " ".join(f"[{a}]" for a in answers), style="cyan"))
    else:
        lines += [
            Text(f"  {number}. {label}", style="cyan")
            for number, label in enumerate(answers, start=1)
        ]
    if asides:
        lines.append(Text("  " + " · ".join(f"[{label}]" for label in asides), style="dim cyan"))
    return lines
