"""The terminal as a channel: one citizen, no token, no network."""

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from bot.channels.numbering import is_number, numbered
from bot.conversation.messages import Choice, Document, Incoming, IncomingKind, Outgoing
from bot.conversation.ports import DocumentStore, Inbox, MediaStore, Parcel
from bot.domain.delivery import Receipt, Rejected

NAME = "terminal"


class Terminal:
    """Prints what the bot says, and stores each line that is typed."""

    name = NAME

    def __init__(
        self, inbox: Inbox, media: MediaStore, documents: DocumentStore, console: Console
    ) -> None:
        self._inbox = inbox
        self._media = media
        self._documents = documents
        self._console = console

    async def send(self, parcel: Parcel) -> Receipt:
        """Raise `Rejected` if the message's medium or the person of its document is not stored."""
        message = parcel.message
        if message.document:
            self._console.print(Text(await self._content(message.document)))
        filename = await self._filename(message.media) if message.media else None
        for line in lines_of(message, filename):
            self._console.print(line)
        self._console.print()
        return Receipt(None)

    async def _content(self, document: Document) -> str:
        try:
            pieces = [piece async for piece in self._documents.pieces(document)]
        except LookupError as error:
            raise Rejected(str(error)) from error
        return b"".join(pieces).decode()

    async def _filename(self, digest: str) -> str:
        try:
            return (await self._media.fetch(digest)).filename
        except LookupError as error:
            raise Rejected(str(error)) from error

    async def hear(
        self, sender: str, hint: str | None, answered: Callable[[], Awaitable[None]]
    ) -> None:
        """Store what is typed, line by line, until the input ends (Ctrl-D) or says `/quit`.

        A line is read once the one before it is `answered`: where lines come from a file, they are
        said to what stands there by then.
        """
        loop = asyncio.get_running_loop()
        while True:
            await answered()
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


def lines_of(message: Outgoing, filename: str | None) -> list[Text | Markdown]:
    """What is printed of `message`, whose medium is in the file `filename`."""
    lines: list[Text | Markdown] = []
    if filename:
        lines.append(Text(f"[{filename}] {message.caption}".rstrip(), style="dim"))
    if message.text:
        lines.append(_shown(message))
    if message.link:
        lines.append(Text(f"  {message.link.label}: {message.link.url}", style="cyan"))
    return [*lines, *_choices(message.choices)]


def _shown(message: Outgoing) -> Text | Markdown:
    return Markdown(message.text) if message.markdown else Text(message.text)


def _choices(choices: tuple[Choice, ...]) -> list[Text]:
    """Answers by number, as they can be typed; points of a scale in a row; asides by words."""
    answers = [c.label for c in choices if not c.aside]
    asides = [c.label for c in choices if c.aside]
    lines = []
    if answers and all(map(is_number, answers)):
        lines.append(Text("  " + " ".join(f"[{a}]" for a in answers), style="cyan"))
    else:
        lines += [Text(f"  {line}", style="cyan") for line in numbered(answers)]
    if asides:
        lines.append(Text("  " + " · ".join(f"[{label}]" for label in asides), style="dim cyan"))
    return lines
