"""Devices that pass from hand to hand, and people who carry codes from one to the other."""

import asyncio
import re
import uuid
from dataclasses import dataclass

from tests.cast.citizens import Citizen, Seen, TelegramCitizen, WebCitizen
from tests.cast.town import Town, plain


@dataclass(eq=False)
class Person:
    """Says their own `words` whenever they may write what they like."""

    words: str
    codes: dict[str, str]  #: By deliberation.


class Phone(TelegramCitizen):
    """One account of Telegram, in whose hands soever."""

    lag = 0.0

    async def holds(self) -> str:
        return ""  # the chat keeps what it was told: that cannot be undone

    async def reads_file(self, seen: Seen) -> str:
        return str(seen.raw.media.content.decode()) if seen.raw.media else ""


class Tablet(WebCitizen):
    """One browser, that does what the page does when the next person comes."""

    lag = 0.03  #: From the outbox through the stream, in seconds.

    async def holds(self) -> str:
        """All that the page shows when it is loaded again."""
        assert self._browser is not None
        async with self._browser.get(f"{self.url}/chat/messages") as answer:
            return await answer.text()

    async def reads_file(self, seen: Seen) -> str:
        if "document" not in seen.raw:
            return ""
        _, content = await self.downloads(seen)
        return content.decode()

    async def _next(self) -> Seen:
        seen = await super()._next()
        if anew := seen.raw.get("anew"):
            await self._begins_anew(anew.get("code"))
        return seen

    async def _begins_anew(self, code: str | None) -> None:
        assert self._browser is not None and self._listening is not None
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        old = {cookie.key: cookie.value for cookie in self._browser.cookie_jar}
        async with self._browser.post(f"{self.url}/chat/session") as answer:
            assert answer.status == 200
        async with self._browser.get(f"{self.url}/chat/messages", cookies=old) as answer:
            kept = await answer.json() if answer.status == 200 else {}
            assert not kept.get("messages"), "the old cookie still opens the conversation"
        self._after = 0
        self._page.clear()
        self._news = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())
        if code:
            start = {"id": f"start-{uuid.uuid4()}", "kind": "text", "text": f"/start {code}"}
            await self._post(start)


Device = Phone | Tablet


async def reads_all(device: Device) -> list[Seen]:
    """What came, at least one message; the last one is what is asked now."""
    seen = [await device.sees_anything()]
    while True:
        await device.town.settles()
        await asyncio.sleep(device.lag)
        if not device.unread:
            return seen
        while device.unread:
            seen.append(await device.sees_anything())


def asked(town: Town, citizen: Citizen, *keys: str) -> str | None:
    """Which of `keys` the last message is."""
    last = plain(citizen.last.text) if citizen.last else ""
    return next((key for key in keys if re.search(town.pattern(key, "en"), last, re.S)), None)
