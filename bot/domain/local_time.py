"""A citizen's local daytime."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which nobody is written to unasked: from `start` in the evening to `end`."""

    start: time = time(21)
    end: time = time(8)

    def covers(self, local: time) -> bool:
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def first_allowed(self, now: datetime, zone: str, otherwise: str = "UTC") -> datetime:
        """The earliest moment from `now` on (UTC) at which it is daytime in `zone`, or in
        `otherwise` where nobody knows such a zone."""
        local = now.astimezone(zone_called(zone, otherwise))
        if self.start == self.end or not self.covers(local.time()):
            return now
        morning = datetime.combine(local.date(), self.end, tzinfo=local.tzinfo)
        if morning <= local:
            morning = datetime.combine(
                local.date() + timedelta(days=1), self.end, tzinfo=local.tzinfo
            )
        return morning.astimezone(UTC)


@lru_cache(maxsize=2048)
def zone_called(name: str, otherwise: str = "UTC") -> ZoneInfo:
    """The zone `name` of the IANA database; where it has none, `otherwise`, or at last UTC.

    What is stored as a zone may be anything: it came from outside, or the database has changed.
    """
    return next(ZoneInfo(each) for each in (name, otherwise, "UTC") if is_zone(each))


def is_zone(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # as `zoneinfo` refuses names of each kind
        return False
    return True


def day_in(zone: str, now: datetime) -> date:
    """The day that it is in `zone`, a name of the IANA database."""
    return now.astimezone(zone_called(zone)).date()


def midnight(moment: datetime, zone: str) -> datetime:
    """Of `moment` only the day that it was in `zone`, as the beginning of that day in UTC."""
    return datetime.combine(day_in(zone, moment), time(0), tzinfo=UTC)


#: For what may come at any hour.
NO_QUIET = QuietHours(time(0), time(0))
