"""A citizen's clock: found by time and city, corrected by the citizen or by staff."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.storage.deliberations import load_pack
from bot.storage.tables import participant
from bot.storage.time_zones import NoSuchParticipant, NoSuchZone, doubtful_zones, set_time_zone
from tests.cast.citizens import Citizen
from tests.cast.town import CATALOGUES, Town


async def lives_in(town: Town, country: str | None, zone: str = "UTC", said: bool = True) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(participant).values(country=country, timezone=zone, timezone_said=said)
        )


async def zone(town: Town) -> str:
    ((found,),) = await town.rows(select(participant.c.timezone))
    return str(found)


async def is_asked_for_the_time(citizen: Citizen, town: Town, country: str) -> tuple[str, ...]:
    """Enrolled, in a country of several clocks; returns the faces offered. It is noon in UTC."""
    await citizen.is_enrolled()
    await lives_in(town, country)
    await citizen.says("/timezone")
    return (await citizen.sees("timezone-now", "what-time-is-it")).buttons


async def sees_cities(citizen: Citizen, *names: str) -> None:
    """On a button, or where there is no room for that, in a list."""
    seen = await citizen.sees_words(CATALOGUES.text("en", "which-city"))
    assert all(name in f"{seen.text} {seen.buttons}" for name in names)


@pytest.mark.parametrize(
    ("country", "said", "city", "expected"),
    [
        ("us", "5 am", "Phoenix", "America/Phoenix"),
        ("us", "5", "Denver", "America/Denver"),
        ("us", "02.00", "Honolulu", "Pacific/Honolulu"),
        ("cl", "9", "Santiago", "America/Santiago"),
        ("ca", "5:00", "Edmonton", "America/Edmonton"),
        ("au", "11 pm", "Sydney", "Australia/Sydney"),
    ],
)
async def test_where_clocks_agree_only_now_the_city_decides(
    citizen: Citizen, town: Town, country: str, said: str, city: str, expected: str
) -> None:
    await is_asked_for_the_time(citizen, town, country)
    await citizen.says(said)
    await sees_cities(citizen, city)
    assert await zone(town) == "UTC"  # nothing is guessed
    if citizen.last and city in citizen.last.buttons:
        await citizen.chooses(city)
    else:  # it stands there with others that keep the same time
        await citizen.says(city)
    await citizen.sees("timezone-set", "home")
    assert await zone(town) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7 am", "America/New_York"),
        ("٧ ص", "America/New_York"),
        ("06:04", "America/Chicago"),
        ("Boise", "America/Denver"),
        ("phoenix", "America/Phoenix"),
        ("Nepal", "Asia/Kathmandu"),
        ("Lisbon", "Europe/Lisbon"),
    ],
)
async def test_a_time_a_city_or_a_country_is_enough(
    citizen: Citizen, town: Town, said: str, expected: str
) -> None:
    await is_asked_for_the_time(citizen, town, "us")
    await citizen.says(said)
    await citizen.sees("timezone-set", "home")
    assert await zone(town) == expected


async def test_a_city_may_be_none_of_those_that_are_offered(citizen: Citizen, town: Town) -> None:
    await is_asked_for_the_time(citizen, town, "us")
    await citizen.says("5 am")
    await sees_cities(citizen, "Denver", "Phoenix")
    await citizen.chooses("button-elsewhere")
    await sees_cities(citizen, "Honolulu", "Chicago", "New York", "Anchorage")
    await citizen.says("Atlantis")
    await citizen.sees("expected-city")
    await sees_cities(citizen, "Honolulu")
    await citizen.says("Detroit")
    await citizen.sees("timezone-set", "home")
    assert await zone(town) == "America/New_York"


@pytest.mark.parametrize("said", ["yes", "That is right"])
async def test_who_only_wanted_to_see_goes_on(citizen: Citizen, town: Town, said: str) -> None:
    await citizen.is_enrolled()
    before = await zone(town)
    await citizen.says("/timezone")
    await citizen.sees("timezone-now", "where-are-you")
    await citizen.says(said)
    await citizen.sees("home")
    assert await zone(town) == before


async def test_another_country_has_clocks_of_its_own(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/timezone")
    await citizen.sees("timezone-now", "where-are-you")
    await citizen.says("Spain")
    asked = await citizen.sees("what-time-is-it")
    assert asked.buttons == ("12:00", "13:00")
    await citizen.chooses("13:00")
    await citizen.sees("timezone-set", "home")
    assert await zone(town) == "Europe/Madrid"


async def test_a_clock_face_that_has_grown_old_is_noticed(citizen: Citizen, town: Town) -> None:
    await is_asked_for_the_time(citizen, town, "us")
    await town.advances(hours=1)
    await town.settles()
    await citizen.chooses("07:00")  # in New York it is eight by now
    asked = await citizen.sees("clock-moved-on", "what-time-is-it")
    assert await zone(town) == "UTC" and "08:00" in asked.buttons
    await citizen.chooses("08:00")
    await citizen.sees("timezone-set", "home")
    assert await zone(town) == "America/New_York"


async def test_a_corrected_default_reaches_those_who_had_it(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    nairobi = replace(town.pack, timezone="Africa/Lagos")
    await load_pack(town.app.database, nairobi, town.clock.now())
    assert await zone(town) == "Africa/Nairobi"  # by the country that was said
    await lives_in(town, None, "Africa/Lagos", said=False)
    await load_pack(town.app.database, town.pack, town.clock.now())
    assert await zone(town) == "UTC"


async def test_staff_see_and_correct_zones(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    ((who,),) = await town.rows(select(participant.c.id))
    async with town.app.database.reading() as connection:
        assert await doubtful_zones(connection) == []
    for given in ({"said": False}, {"zone": "Mars/Base"}):
        await lives_in(town, "ke", **given)
        async with town.app.database.reading() as connection:
            assert [row.id for row in await doubtful_zones(connection)] == [who]
    with pytest.raises(NoSuchZone):
        await set_time_zone(town.app.database, who, "Mars/Base")
    with pytest.raises(NoSuchParticipant):
        await set_time_zone(town.app.database, "p0", "UTC")
    await set_time_zone(town.app.database, who, "America/Phoenix")
    assert await zone(town) == "America/Phoenix"
    async with town.app.database.reading() as connection:
        assert await doubtful_zones(connection) == []
