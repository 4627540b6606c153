"""A broadcast as each reader sees it: in one language, with closing times by their own clock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from babel.dates import format_date, format_time, get_timezone_gmt

from bot.conversation.messages import Link, MessageKind, Outgoing
from bot.conversation.state import Deliberation
from bot.domain.broadcast import BadBroadcast, BroadcastText
from bot.domain.formats import locale_of
from bot.domain.local_time import zone_called


def check_texts(
    texts: Mapping[str, BroadcastText], definition: Deliberation, excludes_others: bool
) -> None:
    """Raise `BadBroadcast`, with all that is wrong and where."""
    waves = [wave.code for wave in definition.waves]
    closing = [wave.code for wave in definition.waves if wave.closes_at]
    faults = [
        f"{language}: {fault}"
        for language, text in texts.items()
        for fault in text.faults(definition.words(definition.title, language), closing, waves)
    ]
    faults += [
        f"{language}: the deliberation has no such language, only {', '.join(definition.languages)}"
        for language in texts
        if language not in definition.languages
    ]
    source = definition.languages[0]
    if source not in texts and not excludes_others:
        faults.append(
            f"{source}: the text is missing, which those would get whose language has none. "
            "Write it, or leave those people out."
        )
    if faults:
        raise BadBroadcast("\n".join(faults))


def messages(
    texts: Mapping[str, BroadcastText], definition: Deliberation, zone: str
) -> dict[str, Outgoing]:
    """The broadcast in each of its languages, for readers in `zone`."""
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


def zones_alike(
    zones: Iterable[str], texts: Collection[BroadcastText], definition: Deliberation
) -> list[Sequence[str]]:
    """Zones whose readers see the same text: all of them, unless it tells a closing time."""
    told = {wave for text in texts for wave in text.closings}
    moments = [w.closes_at for w in definition.waves if w.code in told and w.closes_at]
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for zone in zones:
        clock = zone_called(zone, definition.timezone)
        alike[tuple(m.astimezone(clock).utcoffset() for m in moments)].append(zone)
    return list(alike.values())


def _moment(at: datetime, clock: tzinfo, language: str) -> str:
    """`20 December 2026, 6:00 pm GMT+03:00`, as the language writes it."""
    locale = locale_of(language)
    local = at.astimezone(clock)
    day = format_date(local, "long", locale)
    return f"{day}, {format_time(local, 'short', locale=locale)} {get_timezone_gmt(local)}"
