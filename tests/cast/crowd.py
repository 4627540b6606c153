"""A crowd on Telegram: each reacts to what is on the screen, and remembers what was pressed."""

import asyncio
import random
from typing import Any

from bot.domain.deliberation import Pack
from bot.domain.questionnaire import AnswerKind, Item, ItemType
from handlers.survey_items import LONGEST_LIST
from tests.cast.telegram_chats import SeenMessage
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import CATALOGUES, plain

#: How long one may wait for the next message, in seconds: a killed process must start first.
PATIENCE = 90

#: How long before a message that came twice is looked at again: the first may have done.
SILENCE = 3

WORDS = ("=1+1", "Más", "نعم", "Ndiyo", "🌍")


class Somebody:
    """Joins, reads a briefing, answers t1; by pressing, by number or by words, as mood has it."""

    def __init__(
        self, telegram: TelegramServer, pack: Pack, language: str, rng: random.Random
    ) -> None:
        self.person = telegram.person(language_code=language)
        self.given: dict[str, Any] = {}  #: Item → what the database should say.
        self.updates = 0  #: What was written and pressed.
        self.doubled = 0  #: How many of these Telegram delivered twice.
        self.language = language
        self._rng = rng
        self._pack = pack
        self._items = {
            plain(item.label[language]): item
            for questionnaire in pack.questionnaires.values()
            for item in questionnaire.asked
        }
        self._wanted: list[str] = []
        self._has_read = False
        self._pressed = ""
        self._pressed_at: tuple[str, list[str]] | None = None
        self._copy: SeenMessage | None = None

    async def takes_part(self) -> None:
        """From /start to the thanks."""
        await self._says("/start")
        while True:
            seen = await self._sees()
            if seen.text.startswith(CATALOGUES.text(self.language, "survey-thanks")):
                return
            await self._reacts(seen)

    async def _sees(self) -> SeenMessage:
        """The next message but copies of the last one pressed, for a reply may come twice after a
        crash. If nothing follows, its button was out of date, and the copy's is pressed."""
        while True:
            try:
                seen = await self.person.next_message(SILENCE if self._copy else PATIENCE)
            except TimeoutError:
                if self._copy is None:
                    raise
                await self._presses(self._pressed, self._copy)
                continue
            if (seen.text, _labels(seen)) != self._pressed_at:
                return seen
            self._copy = seen

    async def _reacts(self, seen: SeenMessage) -> None:
        labels = _labels(seen)
        if not labels:
            return
        item = next((i for words, i in self._items.items() if words in plain(seen.text)), None)
        if (right := self._label("button-right")) in labels:
            await self._presses(right, seen)
            return
        if item is not None:
            await self._answers(item, seen, labels)
            return
        start, briefings = self._label("start-survey"), self._label("button-briefings")
        if start in labels and briefings in labels and not self._has_read:
            self._has_read = True
            await self._presses(briefings, seen)
        elif start in labels:
            await self._presses(start, seen)
        elif self._label("button-home") in labels:
            unread = [label for label in labels[:-1] if not label.startswith("✓")]
            done = len(unread) < len(labels) - 1
            await self._presses(self._label("button-home") if done else unread[0], seen)
        else:
            own = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية",
                   "sw": "Kiswahili"}[self.language]  # fmt: skip
            for label in (
                own,
                self._label("consent-agree"),
                self._label("button-next"),
                self._label("button-finish-reading"),
            ):
                if label in labels:
                    await self._presses(label, seen)
                    return
            clocks = [label for label in labels if label[:2].isdecimal()]
            elsewhere = self._label("button-elsewhere")
            cities = (
                [label for label in labels if label != elsewhere] if elsewhere in labels else []
            )
            if clocks or cities:
                await self._presses(self._rng.choice(clocks or cities), seen)

    async def _answers(self, item: Item, seen: SeenMessage, labels: list[str]) -> None:
        if item.type is ItemType.SELECT_MULTIPLE:
            await self._answers_several(item, seen, labels)
            return
        if item.code in self.given:
            return  # the same question once more, after a crash
        if item.dont_know and self._rng.random() < 0.1:
            self.given[item.code] = AnswerKind.DONT_KNOW.value
            await self._presses(self._label("button-dont-know"), seen)
        elif item.type is ItemType.TEXT:
            if self._rng.random() < 0.3:
                self.given[item.code] = AnswerKind.SKIPPED.value
                await self._presses(self._label("button-skip"), seen)
            else:
                words = f"{self._rng.choice(WORDS)} {self.person.id}"
                self.given[item.code] = words
                await self._says(words)
        elif item.type is ItemType.INTEGER:
            self.given[item.code] = number = self._rng.randint(0, 7)
            await self._says(str(number))
        elif item.scale is not None:
            self.given[item.code] = point = self._rng.choice(item.scale.points())
            await self._either(f"{point:g}", f"{point:g}", seen)
        else:
            choice = self._rng.choice(item.choices)
            label = choice.label[self.language]
            missing = choice.missing
            self.given[item.code] = missing.value if missing else choice.code
            if len(item.choices) <= LONGEST_LIST:
                number = str([c.code for c in item.choices].index(choice.code) + 1)
                await self._either(label, number, seen)
            else:  # a long list is searched by typing
                await self._says(label)

    async def _answers_several(self, item: Item, seen: SeenMessage, labels: list[str]) -> None:
        if item.code not in self.given:
            codes = [c.code for c in item.choices if c.code != "none" and not c.missing]
            wanted = self._rng.sample(codes, self._rng.randint(1, 3))
            self.given[item.code] = [code for code in codes if code in wanted]
            self._wanted = [item.choice(c).label[self.language] for c in wanted]  # type: ignore[union-attr]
        if not any(self._label("button-done") == label for label in labels):
            return
        off = [label for label in self._wanted if label in labels]
        await self._presses(off[0] if off else self._label("button-done"), seen)

    async def _either(self, label: str, number: str, seen: SeenMessage) -> None:
        if self._rng.random() < 0.6:
            await self._presses(label, seen)
        else:
            await self._says(self._rng.choice([label, number]))

    def expected(self) -> dict[str, Any]:
        """What was given to the items that were relevant in the end."""
        questionnaire = self._pack.questionnaires["opinion"]
        assert all(item.code in self.given or item.relevant for item in questionnaire.asked)
        items = [item.code for item in questionnaire.asked]
        return {code: self.given[code] for code in items if code in self.given}

    async def _says(self, words: str) -> None:
        self._pressed_at = self._copy = None
        await asyncio.sleep(self._rng.random() * 0.05)
        await self.person.says(words, duplicate=self._is_doubled())

    async def _presses(self, label: str, seen: SeenMessage) -> None:
        self._pressed, self._pressed_at, self._copy = label, (seen.text, _labels(seen)), None
        await asyncio.sleep(self._rng.random() * 0.05)
        await self.person.presses(label, seen, duplicate=self._is_doubled())

    def _is_doubled(self) -> bool:
        doubled = self._rng.random() < 0.05
        self.updates += 1
        self.doubled += doubled
        return doubled

    def _label(self, key: str) -> str:
        return CATALOGUES.text(self.language, key)


def _labels(seen: SeenMessage) -> list[str]:
    return [button.text for row in seen.keyboard for button in row]
