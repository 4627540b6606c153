"""What is sent unasked says: invitations and reminders, and broadcasts as each reader sees them."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Protocol

from babel.dates import format_date, format_time, get_timezone_gmt

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Choice, Link, MessageKind, Outgoing
from bot.conversation.state import Deliberation
from bot.domain.broadcast import BroadcastText
from bot.domain.formats import locale_of
from bot.domain.local_time import zone_called


class Wave(Protocol):
    """Of a wave, what its messages need."""

    @property
    def code(self) -> str: ...

    @property
    def questionnaire_id(self) -> int | None: ...


def wordings(
    catalogues: Catalogues, wave: Wave, deliberation: Deliberation, kind: MessageKind
) -> Mapping[str, Outgoing]:
    """Ready messages by language, for people who have not begun."""
    return {
        language: wording(catalogues, wave, deliberation, kind, language)
        for language in deliberation.languages
    }


def wording(
    catalogues: Catalogues,
    wave: Wave,
    deliberation: Deliberation,
    kind: MessageKind,
    language: str,
    begun: bool = False,
) -> Outgoing:
    """An invitation to a wave, or a reminder of it; its button works at any time."""
    key = "survey-invitation"
    if kind is MessageKind.REMINDER:
        key = "survey-reminder-begun" if begun else "survey-reminder"
    assert wave.questionnaire_id is not None  # bound when it opened
    values = {
        "title": deliberation.words(deliberation.title, language),
        "count": len(deliberation.questionnaires[wave.questionnaire_id].asked),
    }
    label = catalogues.text(language, "continue-survey" if begun else "start-survey")
    return Outgoing(
        text=catalogues.text(language, key, values),
        language=language,
        key=key,
        choices=(Choice(deliberation.command("survey", wave.code), label),),
        kind=kind,
    )


def messages(
    texts: Mapping[str, BroadcastText], definition: Deliberation, zone: str
) -> dict[str, Outgoing]:
    """A broadcast in each of its languages, for readers in `zone`."""
    closing = {wave.code: wave.closes_at for wave in definition.waves if wave.closes_at}
    clock = zone_called(zone, definition.timezone)
    return {
        language: Outgoing(
            text=text.filled(
                definition.words(definition.title, language),
                {wave: _moment(closing[wave], clock, language) for wave in text.closings},
            ),
            language=language,
            key="broadcast",
            markdown=text.markdown,
            media=text.media,
            media_alt=text.media_alt,
            link=Link(text.link_label, text.link_url) if text.link_url else None,
            kind=MessageKind.BROADCAST,
        )
        for language, text in texts.items()
    }


def _moment(at: datetime, clock: tzinfo, language: str) -> str:
    """`20 December 2026, 6:00 pm GMT+03:00`, as the language writes it."""
    locale = locale_of(language)
    local = at.astimezone(clock)
    day = format_date(local, "long", locale)
    return f"{day}, {format_time(local, 'short', locale=locale)} {get_timezone_gmt(local)}"
