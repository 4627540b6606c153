"""When a wave takes answers, whatever runs or does not run by then."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.states import WaveStatus
from bot.domain.window import Window

NOON = datetime(2030, 3, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
OPEN, CLOSED = WaveStatus.OPEN, WaveStatus.CLOSED


@pytest.mark.parametrize(
    ("window", "at", "may_begin", "may_go_on"),
    [
        (Window(OPEN), NOON, True, True),
        (Window(WaveStatus.DRAFT), NOON, False, False),
        (Window(WaveStatus.SCHEDULED, NOON + HOUR), NOON, False, False),
        (Window(OPEN, NOON), NOON - SECOND, True, True),
        (Window(OPEN, NOON), NOON, False, False),
        (Window(OPEN, NOON, HOUR), NOON, False, True),
        (Window(OPEN, NOON, HOUR), NOON + HOUR - SECOND, False, True),
        (Window(OPEN, NOON, HOUR), NOON + HOUR, False, False),
        # Closed by itself a few seconds late, or by hand early: what came before counts.
        (Window(CLOSED, NOON, closed_at=NOON + 7 * SECOND), NOON - SECOND, False, True),
        (Window(CLOSED, NOON, closed_at=NOON + 7 * SECOND), NOON + SECOND, False, False),
        (Window(CLOSED, NOON + HOUR, HOUR, NOON), NOON - SECOND, False, True),
        (Window(CLOSED, NOON + HOUR, HOUR, NOON), NOON, False, False),
    ],
)
def test_a_window(window: Window, at: datetime, may_begin: bool, may_go_on: bool) -> None:
    assert (window.is_open(at), window.takes_answers(at)) == (may_begin, may_go_on)
