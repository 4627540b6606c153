"""A scripted conversation that shows all that a page must be able to show."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Choice, Document, Outgoing
from bot.conversation.ports import Media
from tests.browser.stub import ROOT, HeardByStub

PACK = ROOT / "examples" / "inclusive-ai"
WORDS = Catalogues(ROOT / "locales")
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية", "sw": "Kiswahili"}


def _media(path: Path) -> Media:
    content = path.read_bytes()
    return Media(hashlib.sha256(content).hexdigest(), path.name, content)


PICTURE = _media(PACK / "briefings" / "what-is-ai.png")
SOUND = Media("a" * 64, "welcome.mp3", b"ID3" + bytes(997))
MEDIA = {PICTURE.digest: PICTURE, SOUND.digest: SOUND}

ITEM = {
    "en": "2 of 18\n\nHow far do you trust the United Nations (UN) to set good rules for AI?\n\n"
    "0 = no trust at all, 10 = full trust",
    "ar": "2 من 18\n\nما مدى ثقتكم بأن الأمم المتحدة ستضع قواعد جيدة للذكاء الاصطناعي؟\n\n"
    "0 = لا ثقة على الإطلاق، 10 = ثقة كاملة",
}
WORRIES = {
    "en": ("What worries you most about AI?", "Losing work", "False pictures and news", "War"),
    "ar": ("ما أكثر ما يقلقكم في الذكاء الاصطناعي؟", "فقدان العمل", "صور وأخبار كاذبة", "الحرب"),
}


@dataclass
class _Citizen:
    """Where one conversation stands. Everything is asked in English or Arabic."""

    language: str = "en"
    asked: int = 0
    place: str = ""
    chosen: list[str] = field(default_factory=list)


class Citizens:
    """Start, language, consent, one scale, several choices, the menu; and some commands."""

    def __init__(self) -> None:
        self._citizens: dict[int, _Citizen] = {}

    def __call__(self, heard: HeardByStub) -> Sequence[Outgoing]:
        citizen = self._citizens.setdefault(heard.conversation, _Citizen())
        return list(self._answer(citizen, heard))

    def _answer(self, citizen: _Citizen, heard: HeardByStub) -> Iterator[Outgoing]:
        text = heard.text.partition(":")[2] if heard.kind == "choice" else heard.text
        if heard.text.startswith("/start"):
            yield self._say(citizen, "welcome", title="A global dialogue on AI")
            yield self._ask(citizen, "language", "choose-language", LANGUAGES)
        elif heard.text == "/help":
            yield self._say(citizen, "help")
        elif heard.text == "/briefings":
            briefing = (PACK / "briefings" / f"what-is-ai.{citizen.language}.md").read_text()
            part = briefing.split("\n## ")[1]
            words = "\n\n".join(p for p in part.split("\n\n")[1:] if not p.startswith("!["))
            yield Outgoing(
                text=words,
                language=citizen.language,
                markdown=True,
                media=PICTURE.digest,
                media_alt="Examples enter a computer",
            )
            yield Outgoing(
                text="", language=citizen.language, media=SOUND.digest, media_alt="Welcome"
            )
            yield self._menu(citizen)
        elif heard.text == "/mydata":
            yield self._say(citizen, "mydata")
            yield Outgoing(
                text="", language=citizen.language, document=Document("my-data.json", None)
            )
        elif citizen.place == "language" and text in LANGUAGES:
            citizen.language = "ar" if text == "ar" else "en"
            yield self._say(citizen, "language-chosen", language=LANGUAGES[text])
            consent = (PACK / f"consent.{citizen.language}.md").read_text()
            yield self._ask(
                citizen,
                "consent",
                Outgoing(text=consent, language=citizen.language, markdown=True),
                {"agree": "consent-agree", "decline": "consent-decline"},
            )
        elif citizen.place == "consent":
            yield self._say(citizen, "consent-given")
            yield self._ask(
                citizen,
                "scale",
                Outgoing(text=ITEM[citizen.language], language=citizen.language),
                {str(n): str(n) for n in range(11)},
                ("!dont_know", "!back", "!later"),
            )
        elif citizen.place == "scale":
            yield self._several(citizen, None)
        elif citizen.place == "several" and text in ("1", "2", "3"):
            chosen = citizen.chosen
            chosen.remove(text) if text in chosen else chosen.append(text)
            yield self._several(citizen, heard.pressed_message)
        elif citizen.place == "several":
            yield self._say(citizen, "survey-thanks")
            yield self._menu(citizen)
        else:
            yield self._say(citizen, "not-understood")

    def _several(self, citizen: _Citizen, replaces: str | None) -> Outgoing:
        title, *labels = WORRIES[citizen.language]
        choices = {
            str(n): ("✓ " if str(n) in citizen.chosen else "") + label
            for n, label in enumerate(labels, start=1)
        }
        message = Outgoing(text=title, language=citizen.language, replaces=replaces)
        return self._ask(citizen, "several", message, choices, ("!done", "!later"))

    def _menu(self, citizen: _Citizen) -> Outgoing:
        commands = {"/survey t2": "start-survey", "/briefings": "button-briefings"}
        return self._ask(citizen, "home", "home", commands, ("/language", "/help"))

    def _say(self, citizen: _Citizen, key: str, **values: object) -> Outgoing:
        text = WORDS.text(citizen.language, key, values)
        return Outgoing(text=text, language=citizen.language, key=key)

    def _ask(
        self,
        citizen: _Citizen,
        place: str,
        question: str | Outgoing,
        choices: dict[str, str],
        asides: Sequence[str] = (),
    ) -> Outgoing:
        citizen.place = place
        citizen.asked += 1
        message = self._say(citizen, question) if isinstance(question, str) else question
        keys = {
            "!dont_know": "button-dont-know",
            "!back": "button-back",
            "!later": "button-later",
            "!done": "button-done",
            "/language": "button-language",
            "/help": "button-help",
        }

        def value(code: str) -> str:
            return code if code.startswith("/") else f"{citizen.asked}:{code}"

        def label(words: str) -> str:
            return WORDS.text(citizen.language, words) if words in WORDS.keys else words

        buttons = [Choice(value(code), label(words)) for code, words in choices.items()]
        buttons += [Choice(value(code), label(keys[code]), aside=True) for code in asides]
        return replace(message, choices=tuple(buttons))
