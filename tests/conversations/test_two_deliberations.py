"""A citizen takes part in two deliberations from one place."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.packs.load import read_pack
from bot.storage.deliberations import load_pack
from bot.storage.people import bind_bot, make_invitation_codes
from bot.storage.tables import conversation, participant
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import PARKS, TOKEN, Town

LAKES = replace(
    read_pack(PARKS),
    code="lakes",
    title={"en": "Lakes for everybody", "es": "Lagos para todos", "ar": "بحيرات للجميع"},
)
CODE = "K7QM-3XWP-9T4C"


@pytest.fixture
async def town(a_database: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    """Parks is met at every door; an invitation leads to lakes."""
    async with Town(a_database, telegram) as town:
        await load_pack(town.app.database, LAKES, town.clock.now())
        for channel, bot in (("telegram", TOKEN.partition(":")[0]), ("webchat", "")):
            await bind_bot(town.app.database, channel, bot, "parks")
        await town.plans()
        await invite_to_lakes(town, CODE)
        yield town
        town.nobody_has_unread_messages()


async def invite_to_lakes(town: Town, code: str) -> None:
    await make_invitation_codes(
        town.app.database, "lakes", [code], most_uses=1, expires_at=None, cohort=None,
        stratum=None, now=town.clock.now(),
    )  # fmt: skip


async def takes_part_in_both(citizen: Citizen) -> None:
    await citizen.is_enrolled()
    await citizen.says(f"/start {CODE}")
    await citizen.sees("whose-code")
    await citizen.chooses("button-mine")
    await citizen.sees("welcome", "choose-language")
    await citizen.chooses("English")
    await citizen.sees("language-chosen", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "profile-introduction", "item-country")
    await citizen.says("1")
    await citizen.sees("item-nickname")
    await citizen.says("Amina")
    await citizen.confirms_profile()
    await citizen.sees("enrolled", "survey-open")
    menu = await citizen.sees("home-of")
    assert "Lakes" in menu.text


async def statuses(town: Town) -> dict[str, str]:
    rows = await town.rows(
        "SELECT d.code, p.status FROM participant p JOIN deliberation d ON d.id = p.deliberation_id"
    )
    return dict(tuple(row) for row in rows)


async def test_an_invitation_to_a_second_one_asks(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says(CODE)
    await citizen.sees("whose-code")
    await citizen.chooses("button-forget-code")
    await citizen.sees("home")
    assert await statuses(town) == {"parks": "enrolled"}
    await takes_part_in_both_from_home(citizen)
    assert await statuses(town) == {"parks": "enrolled", "lakes": "invited"}


async def takes_part_in_both_from_home(citizen: Citizen) -> None:
    await citizen.says(CODE)
    await citizen.sees("whose-code")
    await citizen.chooses("button-mine")
    await citizen.sees("welcome", "choose-language")


async def test_switching_goes_from_one_to_the_other_and_back(citizen: Citizen, town: Town) -> None:
    await takes_part_in_both(citizen)
    await citizen.chooses("button-switch")
    asked = await citizen.sees("which-deliberation")
    assert asked.buttons == ("Lakes for everybody", "Parks for everybody", "Back")
    await citizen.chooses("Parks for everybody")
    await citizen.sees("switched")
    menu = await citizen.sees("home-of")
    assert "Parks" in menu.text
    await citizen.says("/help")
    await citizen.sees("help", "help-switch", "home-of")
    await town.restarts()
    await citizen.says("/switch")
    await citizen.sees("which-deliberation")
    await citizen.says("lakes for everybody")
    await citizen.sees("switched", "home-of")
    assert await town.statuses() == ["enrolled", "enrolled"]


async def test_a_code_of_ones_own_switches_and_makes_nobody_new(
    citizen: Citizen, town: Town
) -> None:
    await takes_part_in_both(citizen)
    await citizen.says("/switch")
    await citizen.sees("which-deliberation")
    await citizen.chooses("Parks for everybody")
    await citizen.sees("switched", "home-of")
    await citizen.says(f"/start {CODE}")
    await citizen.sees("switched", "home-of")
    await citizen.says(f"/start {CODE}")
    await citizen.sees("welcome-back", "home-of")
    await invite_to_lakes(town, "another1")
    await citizen.says("/start another1")
    await citizen.sees("whose-code")
    await citizen.chooses("button-mine")
    await citizen.sees("code-not-needed", "home-of")
    assert len(await town.rows(select(participant.c.id))) == 2


async def test_a_button_means_its_own_deliberation(citizen: Citizen, town: Town) -> None:
    """The menu of parks is still on the screen when lakes is current."""
    await citizen.is_enrolled()
    parks_menu = citizen.last
    assert parks_menu is not None
    await takes_part_in_both_from_home(citizen)
    await citizen.chooses("English")
    await citizen.sees("language-chosen", "consent")
    await citizen.says("/survey parks/t1")
    await citizen.sees("switched", "item-transport")
    await citizen.says("/survey lakes/t1")
    await citizen.sees("switched", "finish-joining-first", "not-joined")
    await citizen.says("/survey desert/t1")
    await citizen.sees("finish-joining-first", "not-joined")


async def test_an_old_button_means_where_the_wave_waits(citizen: Citizen, town: Town) -> None:
    await takes_part_in_both(citizen)
    await citizen.says("/survey t1")
    await citizen.sees("which-deliberation")
    await citizen.chooses("Parks for everybody")
    await citizen.sees("switched", "item-transport")
    for words in ("1", "7", "1", "3"):
        await citizen.says(words)
        await citizen.sees_anything()
    await citizen.chooses("button-finish")
    await citizen.sees("home-of")
    await citizen.says("/survey t1")
    await citizen.sees("switched", "item-transport")
    assert await town.rows("SELECT code FROM deliberation d JOIN conversation c "
                           "ON c.deliberation_id = d.id") == [("lakes",)]  # fmt: skip


async def test_pausing_asks_what_it_covers(citizen: Citizen, town: Town) -> None:
    await takes_part_in_both(citizen)
    await citizen.says("/pause")
    await citizen.sees("which-deliberation")
    await citizen.chooses("Parks for everybody")
    await citizen.sees("switched", "paused")
    assert await statuses(town) == {"parks": "paused", "lakes": "enrolled"}
    await citizen.says("/pause")
    await citizen.sees("which-deliberation")
    await citizen.chooses("button-all")
    await citizen.sees("paused")
    assert await statuses(town) == {"parks": "paused", "lakes": "paused"}
    await citizen.chooses("button-resume")
    await citizen.sees("resumed", "home-of")
    assert await statuses(town) == {"parks": "enrolled", "lakes": "enrolled"}


async def test_withdrawing_from_all_and_from_one(citizen: Citizen, town: Town) -> None:
    await takes_part_in_both(citizen)
    await citizen.says("/stop")
    await citizen.sees("which-deliberation")
    await citizen.chooses("Lakes for everybody")
    await citizen.sees("confirm-stop")
    await citizen.chooses("button-stop")
    await citizen.sees("withdrawn")
    assert await statuses(town) == {"parks": "enrolled", "lakes": "withdrawn"}
    await citizen.says("/stop")  # the other one still writes
    await citizen.sees("which-deliberation")
    await citizen.chooses("button-all")
    await citizen.sees("confirm-stop-all")
    await citizen.chooses("button-stop")
    await citizen.sees("withdrawn")
    assert await statuses(town) == {"parks": "withdrawn", "lakes": "withdrawn"}


async def test_erasing_one_leaves_the_other_where_it_was(citizen: Citizen, town: Town) -> None:
    await takes_part_in_both(citizen)
    await citizen.says("/delete")
    await citizen.sees("which-deliberation")
    await citizen.chooses("Lakes for everybody")
    await citizen.sees("confirm-delete")
    await citizen.chooses("button-delete")
    await citizen.sees("erased")
    await citizen.says("/start")
    await citizen.sees("welcome-back", "home")
    assert (await statuses(town))["parks"] == "enrolled"


async def test_erasing_all_leaves_a_stranger(citizen: Citizen, town: Town) -> None:
    await takes_part_in_both(citizen)
    await citizen.says("/delete")
    await citizen.sees("which-deliberation")
    await citizen.chooses("button-all")
    await citizen.sees("confirm-delete-all")
    await citizen.chooses("button-delete")
    await citizen.sees("erased")
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")


async def test_my_data_of_all(telegram_citizen: TelegramCitizen, town: Town) -> None:
    citizen = telegram_citizen
    await takes_part_in_both(citizen)
    await citizen.says("/mydata")
    await citizen.sees("which-deliberation")
    await citizen.chooses("button-all")
    await citizen.sees("mydata", "mydata")
    files = [json.loads((await citizen._read()).raw.media.content) for _ in range(2)]
    assert {file["identity"][0]["value"] for file in files} == {"Wanjiku", "Amina"}


async def test_each_gets_the_messages_of_both_with_their_titles(
    citizen: Citizen, town: Town
) -> None:
    await takes_part_in_both(citizen)
    await town.advances(days=2, hours=1)
    first, second = await citizen.sees_anything(), await citizen.sees_anything()
    titles = {title for title in ("Parks", "Lakes") for m in (first, second) if title in m.text}
    assert titles == {"Parks", "Lakes"}
    await citizen.chooses("start-survey")
    if (await citizen.sees_anything()).text.startswith("This is about"):
        await citizen.sees("item-transport")


async def test_conversations_from_before_are_read(citizen: Citizen, town: Town) -> None:
    """A conversation that an erasure left to nobody belongs to who still takes part from it."""
    await takes_part_in_both(citizen)
    async with town.app.database.writing() as transaction:
        await transaction.execute(update(conversation).values(participant_id=None))
    await citizen.says("/start")
    await citizen.sees("welcome-back", "home-of")
