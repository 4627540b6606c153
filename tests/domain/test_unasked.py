"""What is sent unasked: when it may leave, when it waits, when it is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.local_time import QuietHours
from bot.domain.states import ParticipantStatus, ResponseStatus
from bot.domain.unasked import (
    BEGUN,
    FINISHED,
    FOLLOW,
    IN_PEACE,
    NOT_IN_THE_PANEL,
    NOT_MET,
    NOT_OPEN,
    SEND,
    SOON,
    Drop,
    Facts,
    Fielding,
    Verdict,
    Wait,
    judge,
)

NOON = datetime(2030, 1, 15, 12, tzinfo=UTC)
NIGHT = datetime(2030, 1, 15, 22, 30, tzinfo=UTC)
MORNING = datetime(2030, 1, 16, 8, tzinfo=UTC)
JUST_NOW = NOON - timedelta(minutes=4)

OPEN = Fielding(True, NOON + timedelta(days=1), None)
REMINDER = Facts(ParticipantStatus.ENROLLED, "UTC", of_wave=True, wave=OPEN)
INVITATION = replace(REMINDER, invites=True)
BROADCAST = Facts(ParticipantStatus.ENROLLED, "UTC")


def with_response(facts: Facts, status: ResponseStatus) -> Facts:
    return replace(facts, wave=replace(OPEN, response=status))


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (REMINDER, SEND),
        (INVITATION, SEND),
        (BROADCAST, SEND),
        *((replace(BROADCAST, status=status), Drop(NOT_IN_THE_PANEL))
          for status in [*ParticipantStatus, None] if status is not ParticipantStatus.ENROLLED),
        (replace(INVITATION, wave=replace(OPEN, is_open=False)), Drop(NOT_OPEN)),
        (replace(REMINDER, wave=None), Drop(NOT_OPEN)),
        (replace(REMINDER, wave=replace(OPEN, closes_at=NOON)), Wait(NOON + SOON)),
        (replace(REMINDER, wave=replace(OPEN, closes_at=None)), SEND),
        (with_response(INVITATION, ResponseStatus.NOT_STARTED), SEND),
        (with_response(INVITATION, ResponseStatus.IN_PROGRESS), Drop(BEGUN)),
        (with_response(INVITATION, ResponseStatus.PARTIAL), Drop(BEGUN)),
        (with_response(INVITATION, ResponseStatus.COMPLETE), Drop(FINISHED)),
        (with_response(REMINDER, ResponseStatus.IN_PROGRESS), SEND),
        (with_response(REMINDER, ResponseStatus.COMPLETE), Drop(FINISHED)),
        (with_response(REMINDER, ResponseStatus.REFUSED), Drop(FINISHED)),
        (replace(INVITATION, is_here=False, is_occupied=True, last_word=JUST_NOW), FOLLOW),
        (replace(BROADCAST, is_met=False, is_here=False), Drop(NOT_MET)),
        (replace(REMINDER, last_word=JUST_NOW), Wait(JUST_NOW + IN_PEACE)),
        (replace(REMINDER, last_word=NOON - IN_PEACE), SEND),
        # The clock was set back: half an hour from now, not from a moment that has yet to come.
        (replace(REMINDER, last_word=NOON + timedelta(hours=1)), Wait(NOON + IN_PEACE)),
        (replace(INVITATION, last_word=JUST_NOW), SEND),
        (replace(INVITATION, last_word=JUST_NOW, is_occupied=True), Wait(NOON + SOON)),
        (replace(INVITATION, last_word=NOON - IN_PEACE, is_occupied=True), SEND),
        (replace(BROADCAST, last_word=JUST_NOW, is_occupied=True), SEND),
    ],
)  # fmt: skip
def test_at_noon(facts: Facts, verdict: Verdict) -> None:
    assert judge(facts, QuietHours(), NOON) == verdict


@pytest.mark.parametrize("facts", [REMINDER, INVITATION, BROADCAST])
def test_at_night_all_wait_until_the_morning_where_the_person_is(facts: Facts) -> None:
    assert judge(facts, QuietHours(), NIGHT) == Wait(MORNING)
    assert judge(replace(facts, any_hour=True), QuietHours(), NIGHT) == SEND
    assert judge(replace(facts, zone="Pacific/Auckland"), QuietHours(), NIGHT) == SEND


def test_what_is_over_is_taken_back_at_night_too() -> None:
    gone = replace(REMINDER, status=ParticipantStatus.WITHDRAWN)
    assert judge(gone, QuietHours(), NIGHT) == Drop(NOT_IN_THE_PANEL)


def test_a_zone_that_nobody_knows_is_the_deliberations() -> None:
    lost = replace(BROADCAST, zone="N:Mars/Base")
    assert judge(lost, QuietHours(), NIGHT) == Wait(MORNING)
    assert judge(replace(lost, home_zone="Pacific/Auckland"), QuietHours(), NIGHT) == SEND
