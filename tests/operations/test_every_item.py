"""A citizen answers the example that has one of everything, in Arabic; staff open the files."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import polars
import pyreadstat
import pytest

from bot.export import Format, Shape, export
from bot.packs.load import read_pack
from tests.cast.citizens import Citizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town

PARK = Path(__file__).parents[2] / "examples/every-item"

#: What is recorded in the wide shape.
SAID = {
    "t1_outcome": "complete",
    "t1_language": "ar",
    "t1_seen": 1,
    "t1_last_visit": date(2029, 4, 3),
    "t1_visits": 12,
    "t1_distance": 2.5,
    "t1_km_month": 60,
    "t1_support": 7,
    "t1_share": 20,
    "t1_district": "right",
    "t1_quarter": "harbour",
    "t1_wishes_shade": 0,
    "t1_wishes_play": 0,
    "t1_wishes_sport": 0,
    "t1_wishes_cafe": 1,
    "t1_wishes_quiet": 0,
    "t1_wishes_other": 1,
    "t1_wish_other": "=مقاعد 🪑",
    "t1_goals_nature": 2,
    "t1_goals_people": 3,
    "t1_goals_cost": 1,
    "t1_stars": 4,
    "t1_edition": "2026-a",
}


@pytest.fixture
async def town(a_database: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    async with Town(a_database, telegram, pack=read_pack(PARK)) as town:
        yield town
        town.nobody_has_unread_messages()


async def answers_the_park(citizen: Citizen) -> None:
    """From the first word to the thanks, by pressing and by typing."""
    await citizen.is_asked_to_consent("ar")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "enrolled", "survey-open", "home")
    await citizen.chooses("start-survey")
    await citizen.sees_anything()  # the picture
    await citizen.sees("item-seen")
    await citizen.chooses("button-acknowledge")
    await citizen.sees("item-last_visit")
    await citizen.says("٣/٤/٢٠٢٩")
    await citizen.sees("confirm-date")
    await citizen.chooses("button-date-yes")
    await citizen.sees("item-visits")
    await citizen.says("١٢")
    await citizen.sees("item-distance")
    await citizen.says("2,5")
    asked = await citizen.sees("item-support")
    assert "نحو \u206860\u2069 كيلومتر" in asked.text
    await citizen.says("7")
    await citizen.sees("item-share")
    await citizen.chooses("button-keep-default")
    await citizen.sees("item-district")
    await citizen.chooses("الضفة اليمنى")
    await citizen.sees("item-quarter")
    await citizen.says("الميناء")
    for choice in ("مقهى", "شيء آخر"):
        await citizen.sees("item-wishes")
        await citizen.chooses(choice)
    await citizen.sees("item-wishes")
    await citizen.chooses("button-done")
    await citizen.sees("item-wish_other")
    await citizen.says("=مقاعد 🪑")
    for choice in ("كلفة قليلة", "النباتات والحيوانات"):
        await citizen.sees("item-goals")
        await citizen.chooses(choice)
    await citizen.sees("item-goals")
    await citizen.chooses("button-done")
    asked = await citizen.sees("item-message")
    assert "— 4" in asked.text
    await citizen.chooses("button-skip")
    await citizen.sees_thanks()


async def test_what_a_citizen_says_is_what_staff_read(
    citizen: Citizen, town: Town, tmp_path: Path
) -> None:
    await answers_the_park(citizen)
    made = {
        format: await export(
            town.app.database, ["t1"], shape=Shape.WIDE, format=format, out=tmp_path
        )
        for format in (Format.PARQUET, Format.SAV)
    }
    [row] = polars.read_parquet(made[Format.PARQUET]).to_dicts()
    assert {name: row[name] for name in SAID} == SAID
    assert row["t1_wishes_label"] == "A café; Something else"
    assert row["t1_message"] is None
    table, about = pyreadstat.read_sav(str(made[Format.SAV]), apply_value_formats=True)
    assert table["t1_quarter"].iloc[0] == "Harbour"
    assert about.variable_value_labels["t1_district"][98.0] == "I prefer not to say"
