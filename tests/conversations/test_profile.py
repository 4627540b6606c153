"""A citizen looks at what was told of them, when joining and at any time after."""

from sqlalchemy import select

from bot.storage.tables import answer, identity, participant, response
from tests.cast.citizens import Citizen
from tests.cast.town import Town


async def test_joining_ends_with_what_was_told_and_that_can_be_changed(
    citizen: Citizen, town: Town
) -> None:
    await citizen.consents()
    await citizen.chooses("Japan")
    await citizen.sees("item-nickname")
    await citizen.says("Wanjiku")
    seen = await citizen.sees_profile()
    assert "Japan" in seen.text and "Wanjiku" in seen.text
    assert await town.statuses() == ["consented"]
    await citizen.chooses("button-change-answer")
    listed = await citizen.sees("choose-item")
    assert listed.buttons[1] == "2. What may we call you? — Wanjiku"
    await citizen.chooses("1. Where do you live? — Japan")
    asked = await citizen.sees("item-country")
    assert "✓ Japan" in asked.buttons
    await citizen.chooses("Kenya")
    seen = await citizen.sees_profile()
    assert "Kenya\u2069 (changed)" in seen.text
    await town.restarts()
    await citizen.says("/continue")
    await citizen.sees("welcome-back")
    seen = await citizen.sees_profile()
    assert "Wanjiku" in seen.text  # who it identifies may read it
    await citizen.chooses("button-right")
    await citizen.sees("enrolled", "survey-open", "home")
    (person,) = await town.rows(select(participant))
    assert (person.country, person.timezone) == ("ke", "Africa/Nairobi")
    assert person.profile == {"country": "ke"}


async def test_the_profile_is_seen_and_changed_later(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/profile")
    seen = await citizen.sees_profile()
    assert "Kenya" in seen.text and "Wanjiku" in seen.text
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.says("2")
    asked = await citizen.sees("item-nickname")
    assert "Your answer so far: \u2068Wanjiku\u2069" in asked.text
    await citizen.chooses("button-keep-answer")
    await citizen.sees_profile()
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.says("2")
    await citizen.sees("item-nickname")
    await citizen.says("Asha")
    await citizen.sees_profile()
    await citizen.says("That's right!")
    await citizen.sees("home")
    assert await town.rows(select(identity.c.value)) == [("Asha",)]
    given = select(answer.c.value).where(answer.c.item == "nickname")
    assert await town.rows(given) == [(None,), (None,)]  # both are in the history, without words
    assert await town.statuses(response) == ["complete"]


async def test_who_moves_gets_the_country_and_its_clock(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/profile")
    await citizen.sees_profile()
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.says("1")
    await citizen.sees("item-country")
    await citizen.chooses("Japan")
    await citizen.sees("profile-changed", "home")
    (person,) = await town.rows(select(participant))
    assert (person.country, person.timezone) == ("jp", "Asia/Tokyo")
    assert person.profile == {"country": "jp"}
    assert await town.statuses() == ["enrolled"]


async def test_whoever_is_still_joining_finishes_first(citizen: Citizen, town: Town) -> None:
    await citizen.consents()
    await citizen.says("/profile")
    await citizen.sees("finish-joining-first", "item-country")
