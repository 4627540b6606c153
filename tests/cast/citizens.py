"""Citizens: each enters by the platform's own door, and reads what comes back there."""

import asyncio
import html
import json
import re
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from tests.cast.town import CATALOGUES, Town, is_filled, plain

#: How long a citizen waits for the next message, in seconds.
PATIENCE = 10


@dataclass(frozen=True)
class Seen:
    """A message as a citizen sees it."""

    text: str
    buttons: tuple[str, ...] = ()
    raw: Any = field(default=None, compare=False, repr=False)


class Citizen:
    """What all citizens do; the subclasses know their platform."""

    name = "citizen"

    def __init__(self, town: Town, *, language: str = "en") -> None:
        self.town = town
        self.language = language
        self.last: Seen | None = None
        self._log: list[str] = []
        town.citizens.append(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    # --- Doing -----------------------------------------------------------------------------------

    async def says(self, words: str) -> None:
        self._log.append(f"> {words}")
        await self._say(words)

    async def chooses(self, key: str) -> None:
        """Press the button labelled with the catalogue message `key`, or with `key` itself."""
        label = self.town.label(key, self.language)
        if "{" in label and self.last is not None:
            label = next(b for b in self.last.buttons if is_filled(plain(b), label))
        self._log.append(f"> [{label}]")
        await self._press(label)

    async def forges(self, value: str) -> None:
        """Press a button that nobody was shown."""
        self._log.append(f"> [{value}] (forged)")
        await self._forge(value)

    async def sends_twice(self, words: str) -> None:
        """The platform delivers one message two times."""
        self._log.append(f"> {words} (delivered twice)")
        await self._say(words, twice=True)

    async def is_asked_to_consent(self, language: str = "en") -> None:
        """From the first word to the consent text in `language`."""
        await self.says("/start")
        await self.sees("welcome", "choose-language")
        await self.chooses({"en": "English", "es": "Español", "ar": "العربية"}[language])
        self.language = language
        await self.sees("language-chosen", "consent")

    async def consents(self, language: str = "en") -> None:
        """From the first word to the profile's first item."""
        await self.is_asked_to_consent(language)
        await self.chooses("consent-agree")
        await self.sees("consent-given", "profile-introduction", "item-country")

    async def is_enrolled(self, language: str = "en") -> None:
        """Join, from the first word to the menu, where the survey t1 waits."""
        await self.consents(language)
        await self.says("1")
        await self.sees("item-nickname")
        await self.says("Wanjiku")
        await self.confirms_profile()
        await self.sees("enrolled", "survey-open", "home")

    async def confirms_profile(self) -> Seen:
        """Look through what was told, and say that it is right."""
        summary = await self.sees_profile()
        await self.chooses("button-right")
        return summary

    async def starts_t1(self, language: str = "en") -> None:
        """From the first word to the first item of t1."""
        await self.is_enrolled(language)
        await self.chooses("start-survey")
        await self.sees("item-transport")

    async def starts(self, language: str = "en") -> Seen:
        """From the first word to the first item of t1, whatever that is."""
        await self.is_enrolled(language)
        await self.chooses("start-survey")
        return await self._read()

    async def answers_t1(self) -> None:
        """From the menu through the whole of t1, and back to the menu."""
        await self.chooses("start-survey")
        await self.sees("item-transport")
        await self.says("1")
        await self.sees("item-parks")
        await self.says("7")
        await self.sees("item-wishes")
        await self.says("1, 2")
        await self.sees("item-visits")
        await self.says("4")
        await self.sees_thanks()
        await self.chooses("button-finish")
        await self.sees("home")

    # --- Seeing ----------------------------------------------------------------------------------

    async def sees(self, *keys: str, language: str | None = None) -> Seen:
        """The next unseen messages are these, in this order. Returns the last."""
        for key in keys:
            pattern = self.town.pattern(key, language or self.language)
            seen = await self._read()
            assert re.search(pattern, plain(seen.text), re.DOTALL), (
                f"expected {key!r} in {language or self.language} next, but read:\n"
                f"{seen.text}\n\n{self.transcript()}"
            )
        assert self.last is not None
        return self.last

    async def sees_thanks(self) -> Seen:
        """The thanks and the summary of what was answered."""
        seen = await self._read()
        assert CATALOGUES.text(self.language, "survey-thanks") in seen.text, self.transcript()
        return seen

    async def sees_profile(self) -> Seen:
        """What the citizen has told about themselves."""
        seen = await self._read()
        assert CATALOGUES.text(self.language, "profile-summary") in seen.text, self.transcript()
        return seen

    async def sees_words(self, words: str) -> Seen:
        seen = await self._read()
        assert words in plain(seen.text), f"expected {words!r}, read:\n{seen.text}"
        return seen

    async def sees_anything(self) -> Seen:
        return await self._read()

    async def sees_notice(self, key: str) -> str:
        """One line and no copy of the question: above it where the platform can do that."""
        return plain((await self.sees(key)).text)

    async def sees_nothing(self, seconds: float = 0.3) -> None:
        await asyncio.sleep(seconds)
        assert not self.unread, f"unexpected: {self.unread}\n{self.transcript()}"

    async def _read(self) -> Seen:
        try:
            self.last = await self._next()
        except TimeoutError:
            raise AssertionError(f"nothing more came\n{self.transcript()}") from None
        buttons = " ".join(f"[{b}]" for b in self.last.buttons)
        self._log.append(f"< {self.last.text} {buttons}")
        return self.last

    def transcript(self) -> str:
        return "\n".join(["--- the conversation so far ---", *self._log])

    # --- The platform ----------------------------------------------------------------------------

    @property
    def unread(self) -> list[str]:
        raise NotImplementedError

    async def _say(self, words: str, twice: bool = False) -> None:
        raise NotImplementedError

    async def _press(self, label: str) -> None:
        raise NotImplementedError

    async def _forge(self, value: str) -> None:
        raise NotImplementedError

    async def _next(self) -> Seen:
        raise NotImplementedError


class TelegramCitizen(Citizen):
    """Somebody with Telegram's app."""

    name = "a citizen on Telegram"

    def __init__(self, town: Town, *, language: str = "en") -> None:
        super().__init__(town, language=language)
        self.person = town.telegram.person(language_code=language)
        self._read_to = 0  # of the person's notices

    @property
    def unread(self) -> list[str]:
        return [str(message) for message in self.person.unread]

    async def sees_notice(self, key: str) -> str:
        pattern = self.town.pattern(key, self.language)
        async with asyncio.timeout(PATIENCE):
            while True:
                unread = [plain(notice) for notice in self.person.notices[self._read_to :]]
                for notice in unread:
                    if re.search(pattern, notice, re.DOTALL):
                        self._read_to = len(self.person.notices)
                        return notice
                await asyncio.sleep(0.01)

    async def blocks_the_bot(self) -> None:
        await self.person.blocks()

    async def unblocks_the_bot(self) -> None:
        await self.person.unblocks()

    async def _say(self, words: str, twice: bool = False) -> None:
        await self.person.says(words, duplicate=twice)

    async def _press(self, label: str) -> None:
        await self.person.presses(label)

    async def _forge(self, value: str) -> None:
        await self.person.forges(value)

    async def _next(self) -> Seen:
        message = await self.person.next_message(PATIENCE)
        buttons = tuple(button.text for row in message.keyboard for button in row)
        return Seen(message.text, buttons, message)


class WebCitizen(Citizen):
    """Somebody with a browser, by the same HTTP that the page speaks."""

    name = "a citizen in the web chat"

    def __init__(self, town: Town, *, language: str = "en") -> None:
        super().__init__(town, language=language)
        self._browser: aiohttp.ClientSession | None = None
        self._listening: asyncio.Task[None] | None = None
        self._news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._page: deque[dict[str, Any]] = deque(maxlen=50)
        self._after = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.town.app.port}"

    async def __aenter__(self) -> Self:
        self._browser = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Accept-Language": self.language}
        )
        async with self._browser.get(f"{self.url}/") as page:
            assert page.status == 200
            await page.read()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._browser is not None:
            await self._browser.close()

    @property
    def unread(self) -> list[str]:
        return [str(message) for message in self._news._queue]  # type: ignore[attr-defined]

    async def downloads(self, offer: Seen) -> tuple[int, bytes]:
        """Status and content of the file that the message `offer` leads to."""
        assert self._browser is not None
        async with self._browser.get(f"{self.url}{offer.raw['document']['url']}") as file:
            return file.status, await file.read()

    async def _listen(self) -> None:
        """Server-sent events, resumed from the last one after every interruption."""
        assert self._browser is not None
        while True:
            try:
                async with self._browser.get(
                    f"{self.url}/chat/events",
                    params={"after": str(self._after)},
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as stream:
                    async for line in stream.content:
                        if line.startswith(b"data: "):
                            message = json.loads(line[6:])
                            if message:  # not the event `over`
                                self._news.put_nowait(message)
                        elif line.startswith(b"id: "):
                            self._after = int(line[4:])
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)

    async def _say(self, words: str, twice: bool = False) -> None:
        body = {"id": str(uuid.uuid4()), "kind": "text", "text": words}
        for _ in range(2 if twice else 1):
            await self._post(body)

    async def _press(self, label: str) -> None:
        for message in reversed(self._page):
            for choice in message.get("choices", ()):
                if choice["label"] == label:
                    await self._forge(choice["value"], message["id"])
                    return
        raise AssertionError(f"there is no button {label!r}\n{self.transcript()}")

    async def _forge(self, value: str, message: str | None = None) -> None:
        press = {"id": str(uuid.uuid4()), "kind": "choice", "text": value}
        await self._post(press | {"message": message or self._page[-1]["id"]})

    async def _post(self, body: dict[str, str]) -> None:
        """As the page does: again and again, until it is acknowledged."""
        assert self._browser is not None
        for _ in range(100):
            try:
                async with self._browser.post(f"{self.url}/chat/messages", json=body) as answer:
                    if answer.status == 202:
                        return
                    assert answer.status in (429, 503), await answer.text()
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
        raise AssertionError("the message was not taken")

    async def _next(self) -> Seen:
        async with asyncio.timeout(PATIENCE):
            message = await self._news.get()
        self._page.append(message)
        lines = re.sub(
            r"</?(p|br|li|ul|ol|h\d|div|blockquote|hr)\b[^>]*>", " ", message.get("html", "")
        )
        text = html.unescape(re.sub(r"<[^>]+>", "", lines))
        labels = tuple(choice["label"] for choice in message.get("choices", ()))
        return Seen(text, labels, message)
