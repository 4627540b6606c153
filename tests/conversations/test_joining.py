"""A citizen joins: the open door, language, consent, profile, time zone."""

from sqlalchemy import select

from bot.storage.tables import answer, consent, identity, participant
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town


async def test_a_citizen_joins_and_is_enrolled(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled(language="es")
    assert await town.statuses() == ["enrolled"]
    assert await town.events("participant") == [
        (None, "invited"),
        ("invited", "consented"),
        ("consented", "enrolled"),
    ]


async def test_the_platforms_language_is_the_first_one_spoken(town: Town) -> None:
    async with TelegramCitizen(town, language="ar") as citizen:
        await citizen.says("/start")
        await citizen.sees("welcome", "choose-language", language="ar")


async def test_consent_is_shown_whole_in_the_chosen_language_and_kept_with_its_version(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled(language="ar")
    (given,) = await town.rows(select(consent))
    assert (given.language, given.withdrawn_at) == ("ar", None)


async def test_declining_is_respected_and_can_be_reversed(citizen: Citizen, town: Town) -> None:
    await citizen.is_asked_to_consent()
    await citizen.chooses("consent-decline")
    await citizen.sees("consent-declined")
    await citizen.says("hello?")
    await citizen.sees("consent-declined")
    assert await town.statuses() == ["invited"]
    assert await town.rows(select(consent)) == []
    await citizen.chooses("consent-reconsider")
    await citizen.sees("welcome-back", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "profile-introduction", "item-country")


async def test_choices_are_pressed_typed_as_number_or_typed_as_label(
    citizen: Citizen, town: Town
) -> None:
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")
    await citizen.says("ENGLISH")
    await citizen.sees("language-chosen", "consent")
    await citizen.says(" i agree ")
    await citizen.sees("consent-given", "profile-introduction", "item-country")
    await citizen.says("٢")  # two, in Arabic-Indic digits
    await citizen.sees("item-nickname")


async def test_the_profile_gives_country_and_time_zone(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    (person,) = await town.rows(select(participant))
    assert (person.country, person.timezone) == ("ke", "Africa/Nairobi")


async def test_a_country_with_several_clocks_is_asked_for_the_time(
    citizen: Citizen, town: Town
) -> None:
    await citizen.consents()
    await citizen.chooses("Spain")
    await citizen.sees("item-nickname")
    await citizen.chooses("button-skip")
    await citizen.confirms_profile()
    asked = await citizen.sees("what-time-is-it")
    assert len(asked.buttons) == 2  # the Canary Islands, and the rest
    await citizen.says("tea time")
    await citizen.sees("expected-time", "what-time-is-it")
    await citizen.chooses(asked.buttons[0])
    await citizen.sees("enrolled", "survey-open", "home")
    assert await town.rows(select(participant.c.timezone)) == [("Atlantic/Canary",)]


async def test_what_identifies_is_stored_apart(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    assert await town.rows(select(identity.c.item, identity.c.value)) == [("nickname", "Wanjiku")]
    assert await town.answers("profile") == {"country": "ke", "nickname": None}
    assert await town.rows(select(participant.c.profile)) == [({"country": "ke"},)]


async def test_joining_may_be_interrupted_and_resumed(citizen: Citizen, town: Town) -> None:
    await citizen.consents()
    await citizen.chooses("button-later")
    await citizen.sees("profile-later", "joining-unfinished")
    await town.restarts()
    await citizen.chooses("button-continue")
    await citizen.sees("welcome-back", "profile-introduction", "item-country")


async def test_a_start_that_is_delivered_twice_welcomes_once(citizen: Citizen, town: Town) -> None:
    await citizen.sends_twice("/start")
    await citizen.sees("welcome", "choose-language")
    await citizen.sees_nothing()
    assert await town.statuses() == ["invited"]
    assert await town.rows(select(answer)) == []
