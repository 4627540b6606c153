"""One account of Telegram writes to two bots of one deliberation; and what waits to be sent when
people change their chats or devices, and devices their people."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.domain.broadcast import BroadcastText
from bot.domain.unasked import NOT_MET
from bot.storage.people import bind_bot, make_invitation_codes
from bot.storage.tables import outbox
from tests.cast.citizens import Seen, TelegramCitizen, WebCitizen
from tests.cast.telegram_people import Person
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import TOKEN, Town
from tests.conversations.test_coming_back import joins_by

OTHER = "43:OTHER"
FIRST, SECOND = "K7QM-3XWP-9T4C", "Z2A4-66NR-D5H3"
EVENING = datetime(2030, 1, 15, 19, 30, tzinfo=UTC)  #: 22:30 in Nairobi, where citizens live.
MORNING = datetime(2030, 1, 16, 5, 1, tzinfo=UTC)  #: 8:01 there.


@pytest.fixture
async def town(a_database: str) -> AsyncIterator[Town]:
    """Two bots lead to parks."""
    async with (
        TelegramServer(tokens=[TOKEN, OTHER]) as telegram,
        Town(a_database, telegram, telegram_tokens=f"{TOKEN},{OTHER}") as town,
    ):
        for token in (TOKEN, OTHER):
            await bind_bot(town.app.database, "telegram", token.partition(":")[0], "parks")
        await make_invitation_codes(
            town.app.database, "parks", [FIRST, SECOND], most_uses=1, expires_at=None,
            cohort=None, stratum=None, now=town.clock.now(),
        )  # fmt: skip
        yield town
        await town.settles()
        town.nobody_has_unread_messages()


class AtBot(TelegramCitizen):
    """Somebody, or their second chat, at one of the bots."""

    def __init__(self, town: Town, token: str, person: Person | None = None) -> None:
        super().__init__(town)
        self.person = person or self.person
        self.token = token

    @property
    def unread(self) -> list[str]:
        chats = self.town.telegram.bots[self.token].chats
        return [str(m) for m in chats[self.person.id].unseen] if self.person.id in chats else []

    async def _say(self, words: str, twice: bool = False) -> None:
        await self.person.says(words, self.token)

    async def _press(self, label: str) -> None:
        await self.person.presses(label, to=self.token)

    async def _next(self) -> Seen:
        message = await self.person.next_message(10, self.token)
        buttons = tuple(button.text for row in message.keyboard for button in row)
        return Seen(message.text, buttons, message)


async def unasked(town: Town) -> list[tuple[str, str, str | None]]:
    await town.settles()
    rows = await town.rows(
        select(outbox.c.kind, outbox.c.status, outbox.c.reason)
        .where(outbox.c.kind.in_(["invitation", "reminder", "broadcast"]))
        .order_by(outbox.c.id)
    )
    return [tuple(row) for row in rows]


# --- The same account at another bot -------------------------------------------------------------


async def meets_again(town: Town) -> tuple[AtBot, AtBot]:
    """Somebody who takes part at one bot has written to the other."""
    here = AtBot(town, TOKEN)
    await here.is_enrolled()
    there = AtBot(town, OTHER, here.person)
    await there.says("/start")
    await there.sees("elsewhere")
    assert there.last is not None and there.last.buttons == ("Go on here", "Stay there")
    return here, there


async def test_going_on_at_the_other_bot(town: Town) -> None:
    here, there = await meets_again(town)
    await town.restarts()
    await there.chooses("button-go-on-here")
    await there.sees("welcome-back", "home")
    await town.opens("t2")
    await there.sees("survey-invitation")
    await town.settles()
    await town.advances(days=2, hours=1)
    await there.sees("survey-reminder", "survey-reminder")  # of each wave
    await here.sees_nothing()
    assert await town.statuses() == ["enrolled"]
    await here.says("/start")  # it is still the same person's chat, who is met here again
    await here.sees("welcome-back", "home")
    await town.broadcasts({"en": BroadcastText("News.")})
    await here.sees_words("News.")
    await there.sees_nothing()
    assert await town.statuses() == ["enrolled"]


async def test_staying_with_the_first_bot(town: Town) -> None:
    here, there = await meets_again(town)
    await there.chooses("button-stay-there")
    await there.sees("staying-there")
    await town.opens("t2")
    await here.sees("survey-invitation")
    await there.says("Hello")
    await there.sees("not-joined")
    await there.says("/start")
    await there.sees("elsewhere")
    await there.says("nonsense")
    await there.sees("expected-choice", "elsewhere")
    await there.chooses("button-go-on-here")
    await there.sees("welcome-back", "home")
    assert await town.statuses() == ["enrolled"]


async def test_two_people_with_one_account_at_two_bots(town: Town) -> None:
    here = AtBot(town, TOKEN)
    await joins_by(here, FIRST)
    there = AtBot(town, OTHER, here.person)
    await there.says(SECOND)
    await there.sees("elsewhere")
    await there.chooses("button-somebody-else")
    await there.sees("welcome", "choose-language")
    assert sorted(await town.statuses()) == ["enrolled", "invited"]
    await town.opens("t2")
    await here.sees("survey-invitation")
    await there.sees_nothing()


async def test_ones_own_code_at_another_bot_leads_back(town: Town) -> None:
    here = AtBot(town, TOKEN)
    await joins_by(here, FIRST)
    there = AtBot(town, OTHER, here.person)
    await there.says(FIRST)
    await there.sees("welcome-back", "home")
    assert await town.statuses() == ["enrolled"]


# --- What waits, when people and devices have changed --------------------------------------------


@pytest.mark.parametrize("to", ["bot", "browser"])
async def test_what_waits_follows_the_person(town: Town, to: str) -> None:
    here = AtBot(town, TOKEN)
    await joins_by(here, FIRST)
    await town.is_at(EVENING)
    await town.opens("t2")  # the invitation waits for the morning
    await town.broadcasts({"en": BroadcastText("News.")})
    async with WebCitizen(town) as browser:
        there = AtBot(town, OTHER) if to == "bot" else browser
        await there.says(FIRST)
        await there.sees("welcome-back", "home")
        await town.is_at(MORNING)
        seen = [await there.sees_anything(), await there.sees_anything()]
        assert "News." in [each.text.strip() for each in seen]
        assert {status for _, status, _ in await unasked(town)} <= {"sent", "delivered"}
        await here.sees_nothing()


async def test_what_waits_does_not_reach_who_has_the_device_now(town: Town) -> None:
    phone = AtBot(town, TOKEN)
    await joins_by(phone, FIRST)
    await town.is_at(EVENING)
    await town.opens("t2")
    await phone.says(SECOND)
    await phone.sees("whose-code")
    await phone.chooses("button-somebody-else")
    await phone.sees("welcome", "choose-language")
    await town.is_at(MORNING)
    assert await unasked(town) == [("invitation", "cancelled", NOT_MET)]
    await phone.sees_nothing()
    own = AtBot(town, OTHER)
    await own.says(FIRST)
    await own.sees("welcome-back", "home", "survey-invitation")
    assert [status for _, status, _ in await unasked(town)] == ["sent"]


async def test_who_has_moved_before_is_not_silenced_by_who_comes_after(town: Town) -> None:
    phone, own = AtBot(town, TOKEN), AtBot(town, OTHER)
    await joins_by(phone, FIRST)
    await town.is_at(EVENING)
    await town.opens("t2")
    await own.says(FIRST)
    await own.sees("welcome-back", "home")
    await phone.says(SECOND)
    await phone.sees("whose-code")
    await phone.chooses("button-somebody-else")
    await phone.sees("welcome", "choose-language")
    await town.is_at(MORNING)
    await own.sees("survey-invitation")
    await phone.sees_nothing()


async def test_what_waits_for_a_session_that_ended(town: Town) -> None:
    async with WebCitizen(town) as tablet:
        await joins_by(tablet, FIRST)
        await town.is_at(EVENING)
        await town.opens("t2")
        await tablet.says(SECOND)
        await tablet.sees("whose-code")
        await tablet.chooses("button-somebody-else")
        await tablet.sees("session-over")
        await town.is_at(MORNING)
        assert await unasked(town) == [("invitation", "cancelled", NOT_MET)]
        own = AtBot(town, TOKEN)
        await own.says(FIRST)
        await own.sees("welcome-back", "home", "survey-invitation")
        await tablet.sees_nothing()
    await town.advances(days=2, hours=1)
    await own.sees("survey-reminder", "survey-reminder")  # of each wave
