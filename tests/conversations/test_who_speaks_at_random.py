"""People, codes and devices in whatever order: nobody sees another's words, and nobody becomes two
participants by one code."""

import random
import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from bot.domain.codes import new_code
from bot.domain.return_check import ReturnCheck
from bot.packs.load import read_pack
from bot.storage.deliberations import load_pack
from bot.storage.people import bind_bot, make_invitation_codes
from bot.storage.tables import deliberation, invitation_code, participant
from tests.cast.citizens import Seen
from tests.cast.devices import Device, Person, Phone, Tablet, asked, reads_all
from tests.cast.town import CATALOGUES, PARKS, TOKEN, Town, plain

LAKES = replace(
    read_pack(PARKS), code="lakes", title={"en": "Lakes", "es": "Lagos", "ar": "بحيرات"}
)
STEPS = 16

#: What people say where they are asked; the others leave the question as it is.
SAID = {
    "consent": "button:consent-agree",
    "choose-language": "button:English",
    "profile-summary": "button:button-right",
    "item-country": "1",
    "item-transport": "1",
    "item-parks": "7",
    "item-wishes": "1, 2",
    "item-visits": "4",
    "survey-thanks": "button:button-finish",
}
OWN = ("item-nickname", "return-check-word", "prove-word")


class Play:
    """One course of events, and who has which device in their hands."""

    def __init__(
        self, town: Town, dice: random.Random, people: list[Person], check: ReturnCheck
    ) -> None:
        self.town, self.dice, self.people, self.check = town, dice, people, check
        self.holds: dict[Device, Person | None] = {}
        self.gone: list[Person] = []
        self.files = 0
        self.handed_on = 0

    async def does_something(self) -> None:
        device = self.dice.choice([*self.holds])
        if self.holds[device] is None or self.dice.random() < 0.45:
            await self.comes(self.dice.choice(self.people), device)
        else:
            await self.dice.choice(
                [self.talks, self.talks, self.looks_around, self.looks_around, self.asks_for_file,
                 self.tries_anothers_code, self.erases]
            )(device)  # fmt: skip
        await self.nobody_is_two()

    # --- What people do ----------------------------------------------------------------------

    async def comes(self, person: Person, device: Device) -> None:
        """Somebody takes the device, and shows who they are before anything else."""
        where = self.dice.choice([*person.codes])
        code = person.codes[where]
        forms = [code, f"/start {code.lower()}", f"Hello, {code} it says here."]
        if asked(self.town, device, *OWN) or not (device.last and device.last.buttons):
            forms.pop()  # within an answer in one's own words a code is a part of it
        holder = self.holds[device]
        self.handed_on += holder is not None and holder is not person
        await device.says(self.dice.choice(forms))
        seen = await reads_all(device)
        if asked(self.town, device, "whose-code"):
            await self.looks_at(device, person, seen)
            if holder is person:
                await self.presses(device, "button-mine", person)
            else:
                self.holds[device] = None
                await self.presses(device, "button-somebody-else", person, new=True)
        elif any(self.is_refusal(each) for each in seen):
            return  # with their back to the screen, where somebody else goes on
        else:
            await self.looks_at(device, person, seen, new=True)
        if not asked(self.town, device, "return-locked", "invitation-needed", "code-used"):
            self.holds[device] = person
            await self.goes_on(device, person)

    def is_refusal(self, seen: Seen) -> bool:
        refusals = "code-used", "return-locked"
        return any(re.search(self.town.pattern(key, "en"), plain(seen.text)) for key in refusals)

    async def goes_on(self, device: Device, person: Person) -> None:
        """Answers what is asked, until the menu or until they have had enough."""
        while key := self.what_is_asked(device):
            if key != "prove-word" and self.dice.random() < 0.07:
                return
            if key in OWN:
                await self.says(device, person, person.words)
            elif (words := SAID[key]).startswith("button:"):
                await self.presses(device, words.removeprefix("button:"), person)
            else:
                await self.says(device, person, words)

    def what_is_asked(self, device: Device) -> str | None:
        last = device.last.text if device.last else ""
        for key in ("survey-thanks", "profile-summary"):
            if CATALOGUES.text("en", key) in last:
                return key
        return asked(self.town, device, *OWN, *SAID)

    async def talks(self, device: Device) -> None:
        person = self.holder(device)
        await self.says(device, person, f"I am {person.words}, and wish for trees")
        await self.goes_on(device, person)

    async def looks_around(self, device: Device) -> None:
        person = self.holder(device)
        commands = ["/start", "/help", "/profile", "/survey t1", "/switch", "/continue", "/privacy"]
        await self.says(device, person, self.dice.choice(commands))
        await self.goes_on(device, person)

    async def asks_for_file(self, device: Device) -> None:
        person = self.holder(device)
        await self.says(device, person, "/mydata")
        if asked(self.town, device, "which-deliberation"):
            await self.presses(device, "button-all", person)

    async def tries_anothers_code(self, device: Device) -> None:
        """Where a code alone leads back, it is as good as its owner: see `return_check`."""
        person = self.holder(device)
        other = self.dice.choice([p for p in self.people if p is not person])
        code = self.dice.choice([*other.codes.values()])
        if self.check is ReturnCheck.NONE or not await self.is_sealed(code):
            return
        await self.says(device, person, code)
        if asked(self.town, device, "whose-code"):
            claim = self.dice.choice(["button-mine", "button-somebody-else", "button-forget-code"])
            await self.presses(device, claim, person, new=claim == "button-somebody-else")
            if claim == "button-somebody-else":
                self.holds[device] = None
        if asked(self.town, device, "prove-word"):
            await self.says(device, person, "some guess")

    async def erases(self, device: Device) -> None:
        person = self.holder(device)
        if len(self.people) < 4:
            return
        await self.says(device, person, "/delete")
        if asked(self.town, device, "which-deliberation"):
            await self.presses(device, "button-all", person)
        if asked(self.town, device, "confirm-delete", "confirm-delete-all"):
            await self.presses(device, "button-delete", person)
            assert person.words not in await device.holds()
            self.people.remove(person)
            self.gone.append(person)
            self.holds |= {each: None for each, who in self.holds.items() if who is person}

    # --- How they do it --------------------------------------------------------------------------

    def holder(self, device: Device) -> Person:
        person = self.holds[device]
        assert person is not None
        return person

    async def says(self, device: Device, person: Person, words: str) -> None:
        await device.says(words)
        await self.reads(device, person)

    async def presses(self, device: Device, key: str, person: Person, *, new: bool = False) -> None:
        await device.chooses(key)
        await self.reads(device, person, new=new)

    async def reads(self, device: Device, person: Person, *, new: bool = False) -> None:
        await self.looks_at(device, person, await reads_all(device), new=new)

    async def looks_at(
        self, device: Device, person: Person, read: list[Seen], *, new: bool = False
    ) -> None:
        """Whatever comes, the words of nobody else are in it, nor in what the page still shows."""
        for seen in read:
            file = await device.reads_file(seen)
            self.files += bool(file)
            self.is_not_anothers(device, person, " ".join([seen.text, *seen.buttons, file]))
        if new and not asked(self.town, device, "whose-code"):
            self.is_not_anothers(device, person, await device.holds())

    def is_not_anothers(self, device: Device, person: Person, read: str) -> None:
        for other in [*self.people, *self.gone]:
            if other is not person:
                assert other.words not in read, (
                    f"{person.words} reads what {other.words} said:\n{read}\n{device.transcript()}"
                )

    # --- What holds in the database ------------------------------------------------------------

    async def is_sealed(self, code: str) -> bool:
        found = await self.town.rows(
            select(participant.c.status)
            .join(invitation_code, invitation_code.c.participant_id == participant.c.id)
            .where(invitation_code.c.code == code)
        )
        return bool(found) and found[0].status == "enrolled"

    async def nobody_is_two(self) -> None:
        ((people,),) = await self.town.rows(
            select(func.count()).select_from(participant).where(participant.c.status != "erased")
        )
        ((by_code,),) = await self.town.rows(
            select(func.count(invitation_code.c.participant_id.distinct()))
        )
        assert people == by_code


async def begins(town: Town, dice: random.Random, check: ReturnCheck) -> Play:
    await load_pack(town.app.database, LAKES, town.clock.now())
    for channel, bot in (("telegram", TOKEN.partition(":")[0]), ("webchat", "")):
        await bind_bot(town.app.database, channel, bot, "parks")
    people = [
        Person(f"{name}-secret", {where: new_code(dice.randrange) for where in ("parks", "lakes")})
        for name in ("wanjiku", "amina", "otieno", "fatuma", "barasa")
    ]
    for where in ("parks", "lakes"):
        codes = [person.codes[where] for person in people]
        await make_invitation_codes(
            town.app.database, where, codes, most_uses=1, expires_at=None, cohort=None,
            stratum=None, now=town.clock.now(),
        )  # fmt: skip
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(deliberation).values(
                invited_only=True, return_check=check, revision=deliberation.c.revision + 1
            )
        )
    return Play(town, dice, people, check)


@pytest.mark.parametrize(("seed", "check"), [(1, ReturnCheck.NONE), (2, ReturnCheck.WORD)])
async def test_nobody_sees_anothers_words(town: Town, seed: int, check: ReturnCheck) -> None:
    play = await begins(town, random.Random(seed), check)
    async with Tablet(town) as one, Tablet(town) as other:
        play.holds = dict.fromkeys([Phone(town), Phone(town), one, other])
        try:
            for _ in range(STEPS):
                await play.does_something()
        except BaseException:
            for device in play.holds:
                print(device.transcript())
            raise
    assert play.files and play.handed_on
