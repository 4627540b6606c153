"""Which clock a citizen lives by: the zones of a country, told apart by time and by city.

Two zones that show the same time now may part in summer, as Denver and Phoenix do. So zones are one
*group* only if they agree for the whole coming year, and a time of the day picks groups, not zones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from bot.domain.languages import known_locale
from bot.domain.local_time import is_zone, zone_called
from bot.domain.words import bare

#: For so long zones have to agree: every clock that is ever changed is, within that.
A_YEAR = 366

#: Cities that most people of a part of their country know, each before others of its group.
_WELL_KNOWN = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Toronto", "America/Vancouver", "America/Edmonton", "America/Winnipeg"),
    *("America/Mexico_City", "America/Monterrey", "America/Sao_Paulo", "America/Manaus"),
    *("Australia/Sydney", "Australia/Melbourne", "Asia/Almaty", "Asia/Jakarta", "Asia/Makassar"),
    *("Europe/Moscow", "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Yakutsk", "Europe/Madrid"),
)

#: How many cities stand for a group.
CITIES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Zones whose clocks agree for a year, the best known one first: that is what is stored."""

    zones: tuple[str, ...]

    @property
    def zone(self) -> str:
        return self.zones[0]

    def minute(self, at: datetime) -> int:
        """The minute of the day that it is there."""
        local = at.astimezone(zone_called(self.zone))
        return local.hour * 60 + local.minute

    def face(self, at: datetime) -> str:
        """What a clock shows there."""
        return at.astimezone(zone_called(self.zone)).strftime("%H:%M")


@lru_cache(maxsize=512)
def zones_of(country: str) -> tuple[str, ...]:
    """Time zones of a country by its ISO 3166 alpha-2 code (CLDR)."""
    return tuple(get_global("territory_zones").get(country.upper(), ()))


def groups_of(country: str | None, now: datetime) -> tuple[Group, ...]:
    """The groups of a country's zones, from west to east; none of a country without zones."""
    return _groups(zones_of(country or ""), now.date())


def group_with(groups: Iterable[Group], zone: str) -> Group | None:
    return next((group for group in groups if zone in group.zones), None)


def time_and_city(zone: str, language: str, at: datetime) -> dict[str, str]:
    """What a clock shows there, and where that is."""
    return {"time": Group((zone,)).face(at), "city": city(zone, language)}


@lru_cache(maxsize=512)
def _groups(zones: Sequence[str], day: date) -> tuple[Group, ...]:
    start = datetime.combine(day, time(12), tzinfo=UTC)
    moments = [start + timedelta(days=number) for number in range(A_YEAR)]
    alike: dict[tuple[timedelta | None, ...], list[str]] = {}
    for zone in filter(is_zone, zones):
        there = zone_called(zone)
        offsets = tuple(moment.astimezone(there).utcoffset() for moment in moments)
        alike.setdefault(offsets, []).append(zone)
    ordered = sorted(alike.items(), key=lambda each: each[0][0] or timedelta())
    return tuple(Group(tuple(sorted(found, key=_renown))) for _, found in ordered)


def _renown(zone: str) -> tuple[int, str]:
    if zone in _WELL_KNOWN:
        return _WELL_KNOWN.index(zone), zone
    return len(_WELL_KNOWN) + (zone not in _main_zones()), zone


@lru_cache(maxsize=1)
def _main_zones() -> frozenset[str]:
    """Those that CLDR takes for a whole region."""
    aliases = get_global("zone_aliases")
    return frozenset(
        aliases.get(zone, zone) for zone in get_global("windows_zone_mapping").values()
    )


# --- Times and cities that people write -----------------------------------------------------------

#: How far a clock may be off, in minutes: less than half of what parts any two groups.
OFF = 14


def showing(groups: Iterable[Group], minutes: Iterable[int], at: datetime) -> list[Group]:
    """The groups whose clocks show one of `minutes` of the day, more or less, at that moment."""
    wanted = list(minutes)
    return [group for group in groups if any(_apart(m, group.minute(at)) <= OFF for m in wanted)]


def in_hours(groups: Iterable[Group], hours: Iterable[int], at: datetime) -> list[Group]:
    """The groups where it is one of `hours`, or will be in a moment: people round."""
    wanted = list(hours)
    return [
        group
        for group in groups
        if any(-OFF <= _signed(group.minute(at) - 60 * hour) < 60 for hour in wanted)
    ]


def _signed(minutes: int) -> int:
    return (minutes + 720) % 1440 - 720


def _apart(one: int, other: int) -> int:
    return abs(_signed(one - other))


def city(zone: str, language: str) -> str:
    """The city that stands for a zone, as it is called in `language` (CLDR)."""
    known = (known_locale(language) or Locale("en")).time_zones.get(zone, {}).get("city")
    return str(known or zone.rpartition("/")[2].replace("_", " "))


def cities(group: Group, language: str) -> str:
    """The best known cities of a group; small ones that have to name their state are spared."""
    names = [city(zone, language) for zone in group.zones]
    return " · ".join([name for name in names if "," not in name][:CITIES] or names[:1])


def zones_in_city(words: str, zones: Iterable[str], language: str) -> list[str]:
    """Those of `zones` that are called so: by city, in `language` or in English, or by name."""
    wanted = bare(words)
    return [
        zone
        for zone in zones
        if wanted in (bare(zone), *(bare(city(zone, each)) for each in (language, "en")))
    ]


def every_zone() -> list[str]:
    return sorted({zone for zones in get_global("territory_zones").values() for zone in zones})


def country_called(words: str, language: str) -> str | None:
    """The country of this name in `language` or in English, or of this code, that has zones."""
    wanted = bare(words)
    locales = [locale for locale in (known_locale(language), Locale("en")) if locale]
    for code in get_global("territory_zones"):
        names = [locale.territories.get(code) for locale in locales]
        if wanted == code.lower() or wanted in (bare(name) for name in names if name):
            return str(code)
    return None
