"""A time of the day in the words in which people tell it: `3 pm`, `15.00`, `11`, `15h30`, `٣ م`."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.words import bare

_TIME = re.compile(r"(?<!\d)(\d{1,2})(?:(?:\s*[:.,٫]\s*|\s*(?:h|u|hrs?)\s*|)(\d{2}))?(?!\d)")

_MORNING, _AFTERNOON, _EVENING = range(4, 13), range(11, 20), range(16, 24)
_NIGHT = (*range(18, 24), *range(6))

#: Words for a part of the day, and the hours that they may mean; as `bare` has them.
_PARTS: dict[str, Collection[int]] = {
    **dict.fromkeys(("am", "a m", "ص", "صباحا", "matin", "manana"), range(12)),
    **dict.fromkeys(("pm", "p m", "م", "مساء"), range(12, 24)),
    **dict.fromkeys(("morning", "الصباح", "asubuhi"), _MORNING),
    **dict.fromkeys(
        ("afternoon", "noon", "midi", "apres midi", "tarde", "ظهرا", "الظهر", "عصرا", "العصر"),
        _AFTERNOON,
    ),
    **dict.fromkeys(("mchana", "alasiri"), _AFTERNOON),
    **dict.fromkeys(("evening", "soir", "المساء", "jioni"), _EVENING),
    **dict.fromkeys(("night", "nuit", "noche", "ليلا", "الليل", "usiku"), _NIGHT),
    **dict.fromkeys(("madrugada", "alfajiri"), range(7)),
}


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """The hours of the day that may be meant, and the minute if one was named."""

    hours: frozenset[int]
    minute: int | None

    @property
    def minutes(self) -> list[int]:
        """Of the day, where a minute was named."""
        return [60 * hour + (self.minute or 0) for hour in self.hours]


def time_said(words: str, language: str) -> TimeSaid | None:
    """The time in `words`; None if there is none, or no such one.

    A number up to twelve may be of either half of the day, unless a word beside it says which. In
    Kiswahili hours are also counted from six: `saa tisa`, nine, is three o'clock.
    """
    plain = "".join(
        str(unicodedata.digit(c)) if c.isdecimal() else c
        for c in unicodedata.normalize("NFKC", words).casefold()
    )
    found = _TIME.search(plain)
    if found is None or re.search(r"[-+/]\s*\d|\d\s*[-/]", plain):
        return None
    hour, minute = int(found[1]), int(found[2]) if found[2] else None
    if hour > 24 or (minute or 0) > 59:
        return None
    beside = f" {bare(plain[: found.start()] + ' ' + plain[found.end() :])} "
    parts = [hours for word, hours in _PARTS.items() if f" {word} " in beside]
    meant = _either_half(hour)
    if language.partition("-")[0] == "sw" and hour <= 12:
        meant |= {(each + 6) % 24 for each in meant}
    named = {each for each in meant if all(each in hours for hours in parts)}
    return TimeSaid(frozenset(named or meant), minute)


def _either_half(hour: int) -> set[int]:
    if hour in (0, 24):
        return {0}
    return {hour, (hour + 12) % 24} if hour <= 12 else {hour}
