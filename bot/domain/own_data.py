"""How often a citizen may ask for the file with their own data, and how large it may be."""

from collections.abc import Sequence
from datetime import datetime, timedelta

#: Files in a day. Each of them costs a reading of everything that is held on the person.
MOST_A_DAY = 3
DAY = timedelta(days=1)

#: Bytes of one file. Telegram takes ten times as much; a hundred answers with all that was said
#: about them are a hundredth of it.
LARGEST = 5_000_000


def of_the_last_day(asked: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """Of the moments in `asked` those that still count. A clock that was set back forgives."""
    return tuple(at for at in asked if now - DAY < at <= now)
