"""Which clock somebody lives by: by a year's offsets, by a time as people write it, by a city."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.clock_words import time_said
from bot.domain.time_zones import (
    Group,
    city,
    country_called,
    every_zone,
    group_with,
    groups_of,
    in_hours,
    showing,
    zones_in_city,
    zones_of,
)

SUMMER = datetime(2030, 1, 15, 12, tzinfo=UTC)  # in the south
WINTER = datetime(2030, 7, 15, 12, tzinfo=UTC)


def firsts(country: str | None, now: datetime = SUMMER) -> list[str]:
    return [group.zone for group in groups_of(country, now)]


@pytest.mark.parametrize("now", [SUMMER, WINTER])
@pytest.mark.parametrize(
    ("country", "zone", "other"),
    [
        ("cl", "America/Santiago", "America/Punta_Arenas"),
        ("au", "Australia/Sydney", "Australia/Brisbane"),
        ("us", "America/Denver", "America/Phoenix"),
        ("us", "Pacific/Honolulu", "America/Adak"),
        ("ca", "America/Edmonton", "America/Creston"),
        ("ca", "America/Winnipeg", "America/Regina"),
        ("br", "America/Sao_Paulo", "America/Manaus"),
        ("cd", "Africa/Kinshasa", "Africa/Lubumbashi"),
        ("ru", "Europe/Moscow", "Asia/Vladivostok"),
    ],
)
def test_clocks_that_part_within_a_year_are_two_groups(
    country: str, zone: str, other: str, now: datetime
) -> None:
    groups = groups_of(country, now)
    one, two = group_with(groups, zone), group_with(groups, other)
    assert one and two and one is not two
    assert one.zone == zone  # the city that most people know stands for its group


@pytest.mark.parametrize(
    ("country", "zone", "other"),
    [
        ("us", "America/Denver", "America/Boise"),
        ("us", "America/New_York", "America/Detroit"),
        ("au", "Australia/Sydney", "Australia/Melbourne"),
        ("br", "America/Sao_Paulo", "America/Bahia"),
        ("kz", "Asia/Almaty", "Asia/Aqtau"),
        ("de", "Europe/Berlin", "Europe/Busingen"),
    ],
)
def test_clocks_that_agree_for_a_year_are_one(country: str, zone: str, other: str) -> None:
    group = group_with(groups_of(country, SUMMER), other)
    assert group and group.zone == zone


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("np", ["Asia/Kathmandu"]),
        ("in", ["Asia/Kolkata"]),
        ("ke", ["Africa/Nairobi"]),
        ("kz", ["Asia/Almaty"]),
        ("", []),
        ("xx", []),
        (None, []),
    ],
)
def test_countries_with_one_clock_or_none(country: str | None, expected: list[str]) -> None:
    assert firsts(country) == expected


@pytest.mark.parametrize("country", ["us", "ru", "br", "fr", "ki", "au", "ma"])
@settings(deadline=None, max_examples=20)  # zones are read from files at their first use
@given(
    now=st.integers(0, 2000).map(lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days)),
    days=st.integers(0, 360),
)
def test_the_clocks_of_a_group_agree_for_a_year(country: str, now: datetime, days: int) -> None:
    groups = groups_of(country, now)
    assert sorted(z for group in groups for z in group.zones) == sorted(zones_of(country))
    later = datetime.combine(now.date(), time(12), UTC) + timedelta(days=days)
    for group in groups:
        assert {Group((zone,)).face(later) for zone in group.zones} == {group.face(later)}


def test_no_zone_of_any_country_is_lost() -> None:
    assert len(every_zone()) > 300
    for country in ("us", "ru", "ca", "aq", "mx", "ar"):
        groups = groups_of(country, SUMMER)
        zones = [zone for group in groups for zone in group.zones]
        assert len(zones) == len(set(zones)) > len(groups) - 1


@pytest.mark.parametrize(
    ("words", "language", "hours", "minute"),
    [
        ("3 pm", "en", {15}, None),
        ("3:05 p.m.", "en", {15}, 5),
        ("15.00", "en", {15}, 0),
        ("11", "en", {11, 23}, None),
        ("15h", "fr", {15}, None),
        ("15 h 30", "fr", {15}, 30),
        ("7 h du soir", "fr", {19}, None),
        ("las 3 de la tarde", "es", {15}, None),
        ("12 am", "en", {0}, None),
        ("12 pm", "en", {12}, None),
        ("24:00", "en", {0}, 0),
        ("kl. 14", "en", {14}, None),
        ("1530", "en", {15}, 30),
        ("٣ م", "ar", {15}, None),
        ("٩ ص", "ar", {9}, None),
        ("١٥:٣٠", "ar", {15}, 30),
        ("۳:۱۰", "fa", {3, 15}, 10),
        ("saa tisa (9) mchana", "sw", {15}, None),
        ("9", "sw", {3, 9, 15, 21}, None),
        ("14:05:30", "en", {14}, 5),
    ],
)
def test_times_as_people_write_them(
    words: str, language: str, hours: set[int], minute: int | None
) -> None:
    said = time_said(words, language)
    assert said and (said.hours, said.minute) == (hours, minute)


@pytest.mark.parametrize(
    "words", ["", "tea time", "77", "12:75", "18-24", "-3", "+33 6 12", "2030"]
)
def test_what_is_no_time(words: str) -> None:
    said = time_said(words, "en")
    assert said is None or words == "2030"  # half past eight, more or less


@given(st.text(max_size=30), st.sampled_from(["en", "ar", "sw", "pt-BR"]))
def test_whatever_is_written_is_a_time_of_a_day_or_none(words: str, language: str) -> None:
    said = time_said(words, language)
    assert said is None or (said.hours <= set(range(24)) and (said.minute or 0) < 60)


US = groups_of("us", SUMMER)


def named(groups: list[Group]) -> list[str]:
    return [city(group.zone, "en") for group in groups]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("7 am", ["New York"]),
        ("7", ["New York"]),
        ("07:03", ["New York"]),
        ("6:45", []),  # a quarter to seven is nowhere
        ("5", ["Denver", "Phoenix"]),
        ("2:00", ["Adak", "Honolulu"]),
        ("9", []),
    ],
)
def test_a_time_picks_the_groups_that_show_it(words: str, expected: list[str]) -> None:
    said = time_said(words, "en")
    assert said
    at = SUMMER + timedelta(minutes=4)
    found = in_hours(US, said.hours, at) if said.minute is None else showing(US, said.minutes, at)
    assert named(found) == expected


def test_cities_and_countries_by_their_names() -> None:
    assert zones_in_city("boise", every_zone(), "en") == ["America/Boise"]
    assert zones_in_city("سيدني", every_zone(), "ar") == ["Australia/Sydney"]
    assert zones_in_city("America/Phoenix", every_zone(), "sw") == ["America/Phoenix"]
    assert zones_in_city("Atlantis", every_zone(), "en") == []
    assert city("Asia/Kathmandu", "zz") == "Kathmandu" and city("Asia/Tokyo", "es") == "Tokio"
    assert country_called("Kenia", "es") == "KE" and country_called("us", "ar") == "US"
    assert country_called("tea", "en") is None
