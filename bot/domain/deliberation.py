"""A deliberation as its pack defines it: languages, consent, briefings, waves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.questionnaire import Questionnaire, Texts
from bot.domain.return_check import ReturnCheck

CODE = re.compile(r"^[a-z][a-z0-9-]{0,39}$")  #: Codes of deliberations, briefings and waves.

#: Names that are safe in every statistics package (docs/pack-format.md).
NAME = re.compile(r"^[a-z][a-z0-9_]{0,23}$")

PROFILE = "profile"  #: What stands in place of a wave code for the profile questionnaire.

ON_ENROLMENT = "on-enrolment"


@dataclass(frozen=True, slots=True)
class Release:
    """When something becomes available: on enrolment, at a time, or after a wave was completed.

    Exactly one of the three is set; none of them means not yet decided.
    """

    on_enrolment: bool = False
    at: datetime | None = None  #: Aware, UTC.
    after_wave: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The text a citizen agrees to, in every language. `version` counts its changes."""

    texts: Texts
    version: int = 1


@dataclass(frozen=True, slots=True)
class BriefingPart:
    """One screen of a briefing: Markdown, with at most one picture or sound beside it."""

    text: str
    media: str | None = None  #: File name in the pack.
    media_alt: str = ""


@dataclass(frozen=True, slots=True)
class Briefing:
    """Information material in parts that are read one after the other."""

    code: str
    release: Release
    titles: Texts
    parts: Mapping[str, tuple[BriefingPart, ...]]  #: Language → parts, equally many in each.


@dataclass(frozen=True, slots=True)
class WavePlan:
    """One fielding as the pack plans it."""

    code: str
    questionnaire: str
    opens: Release
    closes: datetime | None = None
    #: After the invitation, and then, below zero, before closing; their number is also the cap.
    reminders: tuple[timedelta, ...] = ()
    grace: timedelta = timedelta()  #: For those to finish who had begun when it closed.


@dataclass(frozen=True, slots=True)
class Pack:
    """All that a folder defines, read and found sound."""

    code: str
    title: Texts
    languages: tuple[str, ...]  #: BCP 47; the first is the source and the fallback.
    timezone: str
    invited_only: bool
    on_erase: str  #: "remove" | "anonymise": what becomes of answers when a person is erased.
    consent: Consent
    profile: str | None
    questionnaires: Mapping[str, Questionnaire]
    briefings: tuple[Briefing, ...]
    waves: tuple[WavePlan, ...]
    needs_review: tuple[str, ...] = ()  #: Languages no native speaker has reviewed yet.
    media: Mapping[str, bytes] = field(default_factory=dict)  #: File name → content.
    return_check: ReturnCheck = ReturnCheck.NONE  #: Asked of who comes back by a code.
