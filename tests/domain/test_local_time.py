"""A citizen's daytime: nobody is woken, whatever the clocks of a zone do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.local_time import QuietHours

NIGHT = QuietHours()
HOURS = st.builds(QuietHours, *[st.integers(0, 23).map(time)] * 2)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


#: Clocks change at 1:00, 2:00, 3:00 and midnight, by an hour and by half of one, or never.
ZONES = st.sampled_from(
    ["UTC", "Africa/Nairobi", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
     "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns",
     "Africa/Cairo", "America/Santiago", "Asia/Beirut"]
)  # fmt: skip

#: Any minute of seven years, and more often one near the night in which many clocks change.
MOMENTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.one_of(
        st.integers(0, 365 * 7).map(lambda day: utc(2024, 1, 1) + timedelta(days=day)),
        st.sampled_from(
            [utc(2030, 3, 10), utc(2030, 3, 31), utc(2030, 4, 7), utc(2030, 4, 26),
             utc(2030, 9, 8), utc(2030, 10, 27), utc(2030, 11, 1), utc(2030, 11, 3)]
        ),
    ),
    st.integers(-1440, 1440),
)  # fmt: skip


def test_daytime_is_now() -> None:
    noon = utc(2030, 1, 15, 12)
    assert NIGHT.first_allowed(noon, "Africa/Nairobi") == noon


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (utc(2030, 1, 15, 18), "Africa/Nairobi", utc(2030, 1, 16, 5)),  # 21:00 there
        (utc(2030, 1, 15, 23, 30), "Africa/Nairobi", utc(2030, 1, 16, 5)),  # after midnight there
        (utc(2030, 1, 15, 17, 59), "Africa/Nairobi", utc(2030, 1, 15, 17, 59)),
        (utc(2030, 1, 16, 5), "Africa/Nairobi", utc(2030, 1, 16, 5)),  # 8:00 there
        (utc(2030, 1, 15, 12), "Pacific/Kiritimati", utc(2030, 1, 15, 18)),  # already tomorrow
        (utc(2030, 1, 15, 18, 30), "Asia/Kathmandu", utc(2030, 1, 16, 2, 15)),
    ],
)
def test_the_night_ends_at_eight_by_the_clock_there(
    now: datetime, zone: str, expected: datetime
) -> None:
    assert NIGHT.first_allowed(now, zone) == expected


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (utc(2030, 3, 30, 21), "Europe/Berlin", utc(2030, 3, 31, 6)),  # 22:00 +1 → 8:00 +2
        (utc(2030, 10, 26, 21), "Europe/Berlin", utc(2030, 10, 27, 7)),  # 23:00 +2 → 8:00 +1
        (utc(2030, 3, 10, 5), "America/New_York", utc(2030, 3, 10, 12)),  # 0:00 -5 → 8:00 -4
        (utc(2030, 4, 6, 11), "Australia/Lord_Howe", utc(2030, 4, 6, 21, 30)),  # half an hour
    ],
)
def test_a_night_in_which_the_clocks_change_ends_at_eight_too(
    now: datetime, zone: str, expected: datetime
) -> None:
    assert NIGHT.first_allowed(now, zone) == expected


def test_an_hour_that_comes_twice_is_quiet_both_times() -> None:
    until_three = QuietHours(time(1), time(3))
    for hour in (0, 1):  # 2:30 in Berlin, twice on that night
        now = utc(2030, 10, 27, hour, 30)
        assert now.astimezone(ZoneInfo("Europe/Berlin")).time() == time(2, 30)
        assert until_three.first_allowed(now, "Europe/Berlin") == utc(2030, 10, 27, 2)


@settings(deadline=None)
@given(HOURS, MOMENTS, ZONES)
def test_nobody_is_written_to_at_night_nor_later_than_needed(
    hours: QuietHours, now: datetime, zone: str
) -> None:
    allowed = hours.first_allowed(now, zone)
    assert now <= allowed <= now + timedelta(hours=26)
    if hours.start == hours.end:
        assert allowed == now
        return
    there = ZoneInfo(zone)
    assert not hours.covers(allowed.astimezone(there).time())
    if allowed > now:
        just_before = (allowed - timedelta(seconds=1)).astimezone(there)
        assert hours.covers(just_before.time())


@settings(deadline=None)
@given(MOMENTS, ZONES)
def test_asking_again_in_the_morning_waits_no_longer(now: datetime, zone: str) -> None:
    morning = NIGHT.first_allowed(now, zone)
    assert NIGHT.first_allowed(morning, zone) == morning


def test_quiet_hours_may_lie_within_a_day() -> None:
    siesta = QuietHours(time(13), time(16))
    assert [siesta.covers(time(hour)) for hour in (12, 13, 15, 16, 23)] == [
        False, True, True, False, False
    ]  # fmt: skip
    assert siesta.first_allowed(utc(2030, 1, 15, 14), "UTC") == utc(2030, 1, 15, 16)


def test_no_quiet_hours_are_no_night() -> None:
    midnight = utc(2030, 1, 15)
    assert QuietHours(time(0), time(0)).first_allowed(midnight, "UTC") == midnight
