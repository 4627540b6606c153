"""Anything that anybody may send: values that were offered, nearly or never; all sorts of words."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.conversation.messages import IncomingKind


@dataclass(frozen=True)
class Sent:
    """What somebody sends; of a press, the value without the number of its question."""

    text: str
    kind: IncomingKind = IncomingKind.TEXT


#: Values of buttons, most of them of another question, or of none.
VALUES = (
    "", "!dont_know", "!refuse", "!skip", "!keep", "!back", "!later", "!done", "!undo", "!more",
    "!yes", "!no", "!none", "!", "77", "-0.5", "7.5", "1e999", "nan", "inf", "many", "None", "null",
    "7:7", "zz", "en", "es", "pt-BR", "agree", "decline", "yes", "no", "home", "change", "right",
    "me", "other", "stay", "here", "back", "pause", "withdraw", "go-on", "answer", "new", "keep",
    "next", "close", "forget", "enough", "fallback", "nothing", "everybody", "wave-t1", "wave-x",
    "now", "Mars/Base", "Europe/Paris", "Europe/Paris@25:61", "@", "UTC@", "elsewhere",
    "../etc/passwd", "switch all", "switch lakes/", "stop all", "2030-02-30", "2030-01-01", "OK",
    "\x00", "\ud800", "x" * 70, "country", "nickname", "parks", "1", "0",
)  # fmt: skip
COMMANDS = (
    "/", "//", "/start", "/start ", "/START abc", "/start@bot x", "/start {code}", "/continue",
    "/survey", "/survey t1", "/survey t2", "/survey x/y", "/survey parks/t1", "/survey lakes/t1",
    "/survey 1/t1", "/survey 999/t1", "/survey parks/t1/t1", "/survey nobody/../t1", "/briefings",
    "/briefings parks", "/briefings costs", "/briefings x", "/briefings parks/parks",
    "/briefings parks 77", "/language", "/language zz", "/timezone", "/timezone Mars/Base",
    "/profile", "/help", "/privacy", "/mydata", "/pause", "/pause all", "/resume", "/resume parks/",
    "/stop", "/stop lakes/", "/stop all", "/delete", "/delete all", "/switch", "/switch lakes/",
    "/switch parks/x", "/broadcast", "/broadcast confirm {broadcast}", "/broadcast now nothing",
    "/broadcast start {broadcast}", "/broadcast pause {broadcast}", "/broadcast resume",
    "/broadcast cancel {broadcast}", "/broadcast missing {broadcast}",
    "/broadcast unknown {broadcast}", "/broadcast act id", "/nowhere", "/\x00", "/start \ud800",
)  # fmt: skip
WORDS = (
    "stop", "help", "menu", "yes", "no", "ok", "i agree.", "skip", "Keep", "done", "back", "more",
    "I don't know", "none of these", "go on", "reset", "delete", "next", "نعم", "no sé", "Kenya",
    "Spain", "UK", "Bus", "Trees, Water", "Trees Trees", "1, 2", "2 1 3 4", "4 3 2 1", "1,1",
    "3 > 2 > 1", "9", "0", "-1", "11", "7.5", "2,5", "٣", "²", "½", "①", "1e5", "1e999", "nan",
    "inf", "0x10", "1_000", "1 000 000", "9" * 400, "9" * 5000, "three", "4 times", "2,5 km",
    "9007199254740993", "1 January 2030", "30 February 2030", "3/4/2029", "٣/٤/٢٠٢٩", "yesterday",
    "0001-01-01", "9999-12-31", "10000-01-01", "0000-00-00", "31.12.", "3 pm", "15.00", "25:61",
    "24:00", "00:00", "UTC+14", "Mars/Base", "London", "Africa/Nairobi", "../etc/passwd", "{code}",
    "K7QM-3XWP-9T4C", "org-x", "1990", "tulip", "Amina", "", " ", "\n", ".", "...", "?", ":", "1:",
    "\x00", "\ud800", "\u202e\u2068", "🪑" * 50, "a" * 5000, "{0} {title} %s ${{way}}", "${way}",
    "<b>&amp;</b> _*[`", "'; DROP TABLE answer; --", '${country} = "KE"', "${", "= = =", "true()",
    "2030-01-15 18:00", "2031-01-15 18:00 local", "1999-01-01 00:00", "tomorrow 18:00", "99 local",
)  # fmt: skip
#: What is heard of somebody who says nothing, or nothing that can be read.
WORDLESS = (
    IncomingKind.OTHER,
    IncomingKind.EDITED,
    IncomingKind.RETURNED,
    IncomingKind.LEFT,
    IncomingKind.GROUP,
)


class Noise:
    """The same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def anything(
        self, offered: Sequence[tuple[str, str]], known: Sequence[tuple[str, str]]
    ) -> Iterator[Sent]:
        """From one to three messages, to whom values and labels are `offered`, and to others were;
        some of them are said in the same moment."""
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            yield self._one(offered, known)

    def number(self, right: int, asked: int) -> str:
        """What is in front of a pressed value."""
        wrong = (f"{asked}:", f"{right - 1}:", f"{right + 1}:", "0:", "-1:", ":", "", "x:", "1e3:")
        return f"{right}:" if self.random.random() < 0.7 else self.random.choice(wrong)

    def _one(self, offered: Sequence[tuple[str, str]], known: Sequence[tuple[str, str]]) -> Sent:
        pick, chance = self.random.choice, self.random.random()
        if chance < 0.3 and offered:
            return Sent(pick(offered)[0], IncomingKind.CHOICE)
        if chance < 0.5:
            return Sent(pick((*VALUES, pick(known)[0], pick(COMMANDS))), IncomingKind.CHOICE)
        if chance < 0.6:
            return Sent(pick(COMMANDS))
        if chance < 0.7:
            return Sent(pick((*offered, pick(known)))[1])
        if chance < 0.95:
            return Sent(pick((*WORDS, self._babble())))
        return Sent(pick(WORDS), pick(WORDLESS))

    def _babble(self) -> str:
        """Signs of any script, and such as are none."""
        ranges = (
            (32, 127),
            (0, 0x2FF),
            (0x600, 0x6FF),
            (0x1200, 0x13FF),
            (0x2000, 0x206F),
            (1, 0x10FFFF),
        )
        return "".join(
            chr(self.random.randint(*self.random.choice(ranges)))
            for _ in range(self.random.randint(1, 12))
        )
