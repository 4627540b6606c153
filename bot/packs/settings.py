"""`deliberation.toml`: what a deliberation is, in which languages, and when its waves are."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from bot.domain.channel_limits import CHANNEL_LIMITS, USUAL_CHANNELS
from bot.domain.deliberation import CODE, ON_ENROLMENT, PROFILE, Release, WavePlan
from bot.domain.languages import is_known
from bot.domain.questionnaire import Texts
from bot.domain.return_check import ReturnCheck
from bot.packs.faults import Fault, Report, suggestion
from bot.packs.files import read_text
from bot.packs.toml import Table, read_toml

FILE = "deliberation.toml"

#: Language, script, region, in the usual case: one way of writing, for file names depend on it.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_DURATION = re.compile(r"(-?)([1-9][0-9]{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_EXAMPLE = "2026-12-20T18:00:00Z"


@dataclass(frozen=True, slots=True)
class BriefingPlan:
    """A briefing as announced; its texts stand in files of their own."""

    code: str
    release: Release


@dataclass(frozen=True, slots=True)
class Settings:
    """The file's content. Where a fault was noted a value may be empty."""

    code: str
    title: Texts
    languages: tuple[str, ...]
    timezone: str
    invited_only: bool
    on_erase: str
    return_check: ReturnCheck
    needs_review: tuple[str, ...]
    channels: tuple[str, ...]  #: Whose limits the questionnaires keep.
    profile: str | None
    briefings: tuple[BriefingPlan, ...]
    waves: tuple[WavePlan, ...]


def read_settings(
    folder: Path, questionnaires: Collection[str], found: list[Fault]
) -> Settings | None:
    """None if the file or its languages cannot be made out: then nothing else can be checked."""
    report = Report(found, FILE)
    if not (folder / FILE).is_file():
        report("is missing. It says what the deliberation is: docs/pack-format.md.")
        return None
    text = read_text(folder / FILE, report)
    top = read_toml(text, report) if text is not None else None
    if top is None:
        return None
    languages = _languages(top)
    code = _code(top, "code")
    title = _title(top.table("title"), languages)
    timezone = _timezone(top)
    enrolment = _one_of(top, "enrolment", ("open", "invited"))
    on_erase = _one_of(top, "on_erase", ("remove", "anonymise"))
    return_check = _one_of(top, "return_check", tuple(ReturnCheck))
    needs_review = top.texts("needs_review")
    for language in needs_review:
        if languages and language not in languages:
            top.fault(f"'{language}' in needs_review is not one of the languages.", "needs_review")
    channels = _channels(top)
    profile = top.text("profile", default="") or None
    if profile:
        _refers_to_questionnaire(top, "profile", profile, questionnaires)
    waves = _waves(top.tables("waves"), questionnaires)
    codes = [wave.code for wave in waves]
    briefings = _briefings(top.tables("briefings"), codes)
    top.refuse_the_rest()
    if not languages:
        return None
    return Settings(
        code=code,
        title=title,
        languages=languages,
        timezone=timezone,
        invited_only=enrolment == "invited",
        on_erase=on_erase,
        return_check=ReturnCheck(return_check),
        needs_review=needs_review,
        channels=channels,
        profile=profile,
        briefings=briefings,
        waves=waves,
    )


def _languages(top: Table) -> tuple[str, ...]:
    languages = top.texts("languages")
    if top.value("languages") in (None, []):
        top.fault("'languages' is missing. Write languages = [\"en\"], the source first.")
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            top.fault(
                f"'{language}' is not a language as BCP 47 writes it, such as en, pt-BR, zh-Hans.",
                "languages",
            )
        elif not is_known(language):
            top.fault(
                f"'{language}' is not a language that Unicode's CLDR describes, from where its "
                "name, numbers and days come. Take it without script or region, or a near one.",
                "languages",
            )
    for language in _repeated(languages):
        top.fault(f"'{language}' is named twice.", "languages")
    return tuple(dict.fromkeys(languages))


def _channels(top: Table) -> tuple[str, ...]:
    if top.value("channels") is None:
        return USUAL_CHANNELS
    channels = top.texts("channels")
    if not channels:
        top.fault(
            "'channels' names none: write where citizens are met, or leave it out.", "channels"
        )
    for channel in channels:
        if channel not in CHANNEL_LIMITS:
            known = ", ".join(CHANNEL_LIMITS)
            near = suggestion(channel, CHANNEL_LIMITS)
            top.fault(f"'{channel}' is not a channel known here: {known}.{near}", "channels")
    return tuple(channel for channel in channels if channel in CHANNEL_LIMITS)


def _title(table: Table, languages: tuple[str, ...]) -> Texts:
    title = {
        language: table.text(language, default="" if index else None)
        for index, language in enumerate(languages)
    }
    table.refuse_the_rest()
    return {language: text for language, text in title.items() if text}


def _timezone(top: Table) -> str:
    name = top.text("timezone", default="UTC")
    known = available_timezones()
    if name not in known:
        near = suggestion(name, known)
        top.fault(f"'{name}' is not a time zone such as Africa/Nairobi or UTC.{near}", "timezone")
    return name


def _one_of(table: Table, key: str, allowed: Sequence[str]) -> str:
    """The first is the default, and stands for what is none of them."""
    value = table.text(key, default=allowed[0])
    if value in allowed:
        return value
    *others, last = (f'"{each}"' for each in allowed)
    table.fault(f"'{key}' must be {', '.join(others)} or {last}, not '{value}'.", key)
    return allowed[0]


def _waves(tables: list[Table], questionnaires: Collection[str]) -> tuple[WavePlan, ...]:
    waves: list[WavePlan] = []
    for table in tables:
        code = _code(table, "code", taken=[wave.code for wave in waves])
        if code == PROFILE:
            table.fault(f"'{PROFILE}' is kept for the profile questionnaire.", "code")
        questionnaire = table.text("questionnaire")
        if questionnaire:
            _refers_to_questionnaire(table, "questionnaire", questionnaire, questionnaires)
        opens = _release(table, "opens", waves=None)
        closes = table.value("closes")
        if closes is not None:
            closes = _moment(table, "closes", closes)
        if closes and opens.at and closes <= opens.at:
            table.fault("the wave closes before it opens.", "closes")
        reminders = _reminders(table, opens.at, closes)
        waves.append(WavePlan(code, questionnaire, opens, closes, reminders, _grace(table)))
        table.refuse_the_rest()
    return tuple(waves)


def _briefings(tables: list[Table], waves: Collection[str]) -> tuple[BriefingPlan, ...]:
    briefings: list[BriefingPlan] = []
    for table in tables:
        code = _code(table, "code", taken=[briefing.code for briefing in briefings])
        if table.value("release") is None:
            table.fault(f"'release' is missing. Write release = \"{ON_ENROLMENT}\", or a time.")
        release = _release(table, "release", waves)
        if code:
            briefings.append(BriefingPlan(code, release))
        table.refuse_the_rest()
    return tuple(briefings)


def _code(table: Table, key: str, taken: Collection[str] = ()) -> str:
    code = table.text(key)
    if code and not CODE.match(code):
        table.fault(
            f"'{code}' is not a code: a small letter, then up to 39 of a-z, 0-9 and hyphen.", key
        )
    if code in taken:
        table.fault(f"the code '{code}' is used twice.", key)
    return code


def _refers_to_questionnaire(
    table: Table, key: str, code: str, questionnaires: Collection[str]
) -> None:
    if code not in questionnaires:
        near = suggestion(code, questionnaires)
        table.fault(f"there is no questionnaires/{code}.xlsx, .csv or .md.{near}", key)


def _release(table: Table, key: str, waves: Collection[str] | None) -> Release:
    """`waves` are those that `after:` may name; None where it may not be used at all."""
    value = table.value(key)
    if value is None:
        return Release()
    if value == ON_ENROLMENT:
        return Release(on_enrolment=True)
    if not isinstance(value, str):
        return Release(at=_moment(table, key, value))
    after = value.removeprefix("after:")
    if waves is None or after == value:
        others = "or left out: then it opens by hand" if waves is None else 'or "after:<wave>"'
        table.fault(f"'{key}' must be \"{ON_ENROLMENT}\", a time like {_EXAMPLE}, {others}.", key)
    elif after not in waves:
        table.fault(f"there is no wave '{after}'.{suggestion(after, waves)}", key)
    return Release(after_wave=after)


def _moment(table: Table, key: str, value: Any) -> datetime | None:
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        table.fault(f"'{key}' names no time zone. Add Z for UTC, as in {_EXAMPLE}.", key)
    elif isinstance(value, date):
        table.fault(f"'{key}' needs a time of day, as in {_EXAMPLE}.", key)
    else:
        table.fault(f"'{key}' must be a time without quotes, as in {_EXAMPLE}.", key)
    return None


def _reminders(
    table: Table, opens: datetime | None, closes: datetime | None
) -> tuple[timedelta, ...]:
    """First those after the invitation, then those before closing, each later than the last."""
    reminders: list[timedelta] = []
    for text in table.texts("reminders"):
        reminder = _duration(text)
        if reminder is None:
            table.fault(
                f"'{text}' is not a duration such as 2d, 12h or 30m, or -1d before closing.",
                "reminders",
            )
            continue
        before = reminder < timedelta()
        if before and table.value("closes") is None:
            table.fault(f"'{text}' counts back from 'closes', which is missing.", "reminders")
        if before and opens and closes and closes + reminder <= opens:
            table.fault(f"'{text}' is before the wave opens.", "reminders")
        last = reminders[-1] if reminders else None
        if last is not None and (last < timedelta(), last) >= (before, reminder):
            table.fault(f"'{text}' is not later than the reminder before it.", "reminders")
        reminders.append(reminder)
    return tuple(reminders)


def _grace(table: Table) -> timedelta:
    text = table.text("grace", default="")
    grace = _duration(text) if text else timedelta()
    if grace is None or grace < timedelta():
        table.fault(f"'{text}' is not a duration such as 30m, 1h or 1d.", "grace")
        return timedelta()
    if grace and table.value("closes") is None:
        table.fault("'grace' counts from 'closes', which is missing.", "grace")
    return grace


def _duration(text: str) -> timedelta | None:
    """Of `2d`, `12h` or `30m`; below zero with a minus before it."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    duration = timedelta(**{_UNITS[match[3]]: int(match[2])})
    return -duration if match[1] else duration


def _repeated(words: tuple[str, ...]) -> list[str]:
    return [word for index, word in enumerate(words) if word in words[:index]]
