"""A citizen reads the information material."""

from sqlalchemy import select

from bot.storage.tables import reading
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town


async def test_briefings_are_read_in_parts_and_remembered(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.chooses("button-briefings")
    listed = await citizen._read()
    assert "Our parks" in listed.text and "0\u2069 of \u20682" in listed.text
    await citizen.chooses("Our parks")
    await citizen.sees("briefing-parks-1")
    await citizen.chooses("button-next")
    await citizen.sees("briefing-parks-2")
    await citizen.chooses("button-back")
    await citizen.sees("briefing-parks-1")
    await citizen.chooses("button-next")
    await citizen.sees("briefing-parks-2")
    await citizen.chooses("button-finish-reading")
    await citizen.sees("briefing-finished")
    listed = await citizen._read()
    assert "✓ Our parks" in listed.buttons
    await citizen.chooses("button-home")
    await citizen.sees("home")
    assert [row[0] for row in await town.rows(select(reading.c.part).order_by("part"))] == [0, 1]


async def test_reading_stops_and_goes_on_at_the_first_unread_part(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled(language="es")
    await citizen.says("/briefings parks")
    await citizen.sees("briefing-parks-1")
    await citizen.chooses("button-next")
    await citizen.sees("briefing-parks-2")
    await citizen.says("/survey")
    await citizen.sees("item-transport")
    await town.restarts()
    await citizen.says("/briefings parks")
    await citizen.sees("briefing-parks-2")


async def test_a_briefing_released_after_a_wave_waits_for_it(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/briefings costs")
    listed = await citizen._read()
    assert "What it costs" not in listed.text
    await citizen.chooses("button-home")
    await citizen.sees("home")
    await citizen.answers_t1()
    await citizen.says("/briefings costs")
    await citizen.sees("briefing-costs-1")


async def test_what_a_briefing_says_is_shown_as_it_is(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    """Angle brackets are words, not markup, and stars are emphasis."""
    await telegram_citizen.is_enrolled()
    await telegram_citizen.says("/briefings parks")
    seen = await telegram_citizen.sees("briefing-parks-1")
    assert "Parks are <good> for health." in seen.text
    assert "<b>Our parks</b>" in seen.raw.html
