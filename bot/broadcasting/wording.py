"""Whether a broadcast can be sent as it is, and which of its readers see the same text."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.conversation.state import Deliberation
from bot.domain.broadcast import BadBroadcast, BroadcastText
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
