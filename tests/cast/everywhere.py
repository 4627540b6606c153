"""People at every place, on every channel: each comes there by words and presses of their own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from bot.app import App
from bot.conversation.messages import Incoming, IncomingKind
from bot.domain.states import DeliveryStatus
from bot.storage.people import make_invitation_codes
from bot.storage.tables import address, broadcast, conversation, outbox, participant
from tests.cast.noise import Noise, Sent
from tests.cast.town import SettableClock

#: The bot that people speak to on each channel.
BOTS = {"telegram": "42", "webchat": "", "terminal": ""}
#: Another, which those have met who take part elsewhere.
OTHER_BOT = "43"

Way = tuple[str | Sent, ...]


def press(value: str) -> Sent:
    return Sent(value, IncomingKind.CHOICE)


JOINED: Way = ("/start", "1", "1")
ENROLLED: Way = (*JOINED, "Kenya", "Wanjiku", "1")
AT_LAKES: Way = ("/start {code}", "1", "1", "tulip")
IN_BOTH: Way = (*ENROLLED, "/start {code}", press("me"), *AT_LAKES[1:], "Kenya", "Wanjiku", "1")
IN_T1: Way = (*ENROLLED, "/survey t1")
ORGANISING: Way = ("/start {organiser}", *ENROLLED, "/broadcast")
WRITTEN: Way = (*ORGANISING, "Hello", press("enough"))
SENT_TO: Way = (*WRITTEN, press("nothing"), press("everybody"))


def ways_to_all(skipping: Way) -> dict[str, list[Way]]:
    """How somebody comes to each place; `skipping` leads through the whole of t1."""
    steps = [skipping[:n] for n in range(len(skipping))]
    return {
        "language": [("/start",)],
        "consent": [("/start", "1")],
        "declined": [("/start", "1", "2")],
        "return-check": [AT_LAKES[:3]],
        "time-zone": [
            (*JOINED, "Spain", "Wanjiku", "1"),
            (*JOINED, "Spain", "Wanjiku", "1", "Nowhere"),
            (*ENROLLED, "/timezone"),
        ],
        "home": [ENROLLED],
        "briefings": [(*ENROLLED, "/briefings")],
        "briefing": [(*ENROLLED, "/briefings parks")],
        "survey": [JOINED, (*JOINED, "Kenya"), *((*IN_T1, *step) for step in steps)],
        "summary": [(*JOINED, "Kenya", "Wanjiku"), (*IN_T1, *skipping)],
        "change": [
            (*JOINED, "Kenya", "Wanjiku", press("change")),
            (*IN_T1, *skipping, press("change")),
        ],
        "edited": [(*ENROLLED, Sent("Amina", IncomingKind.EDITED))],
        "stopping": [(*ENROLLED, "stop")],
        "withdrawing": [(*ENROLLED, "/stop")],
        "erasing": [(*ENROLLED, "/delete")],
        "whose": [(*ENROLLED, "/start {code}"), (*ENROLLED, "/start {used}")],
        "elsewhere": [("/start",)],
        "returning": [("/start {used}",)],
        "which": [(*IN_BOTH, "/switch"), (*IN_BOTH, "/stop")],
        "broadcast-writing": [ORGANISING, (*ORGANISING, "Hello")],
        "broadcast-others": [WRITTEN],
        "broadcast-audience": [(*WRITTEN, press("fallback"))],
        "broadcast-start": [SENT_TO],
        "broadcast-confirming": [(*SENT_TO, press("now"))],
    }


class Person:
    """Somebody at a place, on a channel."""

    def __init__(self, sender: str, channel: str, place: str, way: Way) -> None:
        self.sender, self.channel, self.place, self.way = sender, channel, place, way
        self.bot = BOTS[channel]
        self.said = 0
        self.words = {name: f"{name}-{sender}" for name in ("code", "used", "organiser")}
        self.stands: dict[str, Any] = {}  #: Where, as the conversation's row says.
        self.arrived: dict[str, Any] = {}  #: Where they had come to.

    @property
    def address(self) -> tuple[str, str, str]:
        return self.channel, self.bot, self.sender

    @property
    def number(self) -> int:
        """On the buttons of the question on hand."""
        places = self.stands.get("places")
        put = places[-1][2] if places and len(places[-1]) > 2 else None
        return int(put[0] if put else self.stands.get("asked", 0))

    def sends(self, sent: Sent, number: str | None = None) -> Incoming:
        """A press with the right `number`, if it is not given."""
        self.said += 1
        words = sent.text
        for name, value in self.words.items():
            words = words.replace(f"{{{name}}}", value)
        pressed = sent.kind is IncomingKind.CHOICE
        if pressed and not words.startswith("/"):
            words = (f"{self.number}:" if number is None else number) + words
        edited = sent.kind is IncomingKind.EDITED
        id_ = f"{self.bot}-{self.sender}-{self.said}"
        return Incoming(
            *(self.channel, self.bot, id_, self.sender, sent.kind, words, "en"),
            pressed_message=id_ if pressed else None,
            press=id_ if pressed else None,
            message=f"{self.bot}-{self.sender}-{5 if edited else self.said}",
        )


class Everywhere:
    """The turns of one process; what it would send has left before more is said."""

    def __init__(self, app: App, clock: SettableClock, skipping: Way) -> None:
        self.app, self.clock = app, clock
        self.people = [
            Person(f"{place}{number}", channel, place, way)
            for channel in BOTS
            for place, ways in ways_to_all(skipping).items()
            for number, way in enumerate(ways)
        ]
        self._statuses: dict[str | None, str] = {}

    async def gathers(self) -> None:
        """Everybody comes to their place, after those have come who were there before them."""
        before = []
        for person in self.people:
            person.words = {k: f"{v}-{person.channel}" for k, v in person.words.items()}
            if "/start {used}" in person.way:
                first = Person(f"first-{person.sender}", person.channel, "", AT_LAKES)
                first.words = {"code": person.words["used"]}
            elif person.place == "elsewhere":
                first = Person(person.sender, person.channel, "", ENROLLED)
                person.bot = OTHER_BOT
            else:
                continue
            before.append(first)
        await self._invites("code", "lakes")
        await self._invites("used", "lakes")
        await self._invites("organiser", "parks", organiser="Amina")
        for people in (before, self.people):
            for step in range(max(len(person.way) for person in people)):
                going = [p for p in people if step < len(p.way)]
                said = [(p, p.way[step]) for p in going]
                await self.hears(
                    [p.sends(Sent(words) if isinstance(words, str) else words) for p, words in said]
                )
        for person in self.people:
            person.arrived = person.stands
        self._statuses = await self._now()

    async def _invites(self, kind: str, deliberation: str, **more: Any) -> None:
        await make_invitation_codes(
            self.app.database, deliberation, [person.words[kind] for person in self.people],
            most_uses=1, expires_at=None, cohort=None, stratum=None, now=self.clock.now(), **more,
        )  # fmt: skip

    async def hears(self, messages: Sequence[Incoming]) -> None:
        self.clock.ahead += timedelta(seconds=2)
        await self.app.inbox.store(messages)
        while await self.app.dispatcher.run_batch():
            pass
        now = self.clock.now()
        async with self.app.database.writing() as transaction:
            await transaction.execute(
                update(outbox)
                .where(outbox.c.status == DeliveryStatus.QUEUED)
                .values(status=DeliveryStatus.SENT, left_at=now, ended_at=now)
            )
        await self._looks()

    async def _looks(self) -> None:
        """Where everybody stands now."""
        async with self.app.database.reading() as connection:
            found = await connection.execute(
                select(address, conversation).join(
                    conversation, conversation.c.id == address.c.conversation_id
                )
            )
            rows = {(r.channel, r.bot, r.external_id): dict(r._mapping) for r in found}
            ids = (await connection.execute(select(broadcast.c.id))).scalars().all()
        for person in self.people:
            person.stands = rows.get(person.address, {})
            person.words["broadcast"] = ids[person.said % len(ids)] if ids else "none"

    async def _now(self) -> dict[str | None, str]:
        async with self.app.database.reading() as connection:
            found = await connection.execute(select(participant.c.id, participant.c.status))
            return {None: "", **{row.id: row.status for row in found}}

    async def go_back(self, noise: Noise) -> None:
        """Most to where they had come; those who are no more who they were go on from here."""
        now = await self._now()
        names = ("places", "offered", "asked_at", "typed")
        async with self.app.database.writing() as transaction:
            for person in self.people:
                who = person.arrived["participant_id"]
                same = person.stands.get("participant_id") == who and now.get(
                    who
                ) == self._statuses.get(who)
                if person.stands and same and noise.random.random() < 0.7:
                    there = {name: person.arrived[name] for name in names}
                    person.stands |= there
                    id_ = person.stands["conversation_id"]
                    await transaction.execute(
                        update(conversation).where(conversation.c.id == id_).values(there)
                    )

    async def say_anything(self, noise: Noise) -> None:
        known = [tuple(each) for person in self.people for each in person.stands.get("offered", ())]
        messages = []
        for person in self.people:
            offered = [tuple(each) for each in person.stands.get("offered", ())]
            for sent in noise.anything(offered, known):
                asked = person.stands.get("asked", 0)
                messages.append(person.sends(sent, noise.number(person.number, asked)))
        await self.hears(messages)
