"""A wave's questionnaire versions as one instrument: the union of their items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.conversation.state import Deliberation
from bot.domain.deliberation import PROFILE
from bot.domain.questionnaire import Item, ItemType, Questionnaire

#: An item in all versions: what makes two of them one variable.
ItemKey = tuple[str, ItemType]


@dataclass(frozen=True)
class Instrument:
    """A wave by its code, or `profile`."""

    code: str
    versions: Sequence[Questionnaire]  #: The newest first.

    @cached_property
    def personal(self) -> frozenset[str]:
        """Codes of items that identify in any version: they are never exported."""
        return frozenset(
            item.code for version in self.versions for item in version.items if item.personal
        )

    @cached_property
    def items(self) -> Mapping[ItemKey, Sequence[Item]]:
        """Each item's wordings, the newest first, in the order of the newest version.

        What older versions alone have comes after. An item whose type was changed is two.
        """
        union: dict[ItemKey, list[Item]] = {}
        for version in self.versions:
            for item in version.variables:
                if item.code not in self.personal:
                    union.setdefault((item.code, item.type), []).append(item)
        return union


def instruments_of(
    deliberation: Deliberation, codes: Iterable[str], used: Iterable[tuple[str, int]]
) -> list[Instrument]:
    """The instruments `codes`, each with the version it asks now and those that were `used`."""
    ids = {code: {_asked_now(deliberation, code)} for code in codes}
    for code, id_ in used:
        ids[code].add(id_)
    return [
        Instrument(
            code,
            sorted(
                (deliberation.questionnaires[id_] for id_ in own if id_ is not None),
                key=lambda version: (version.version, version.code),
                reverse=True,
            ),
        )
        for code, own in ids.items()
    ]


def _asked_now(deliberation: Deliberation, code: str) -> int | None:
    """The bound version of a wave; of one that was never open, and of the profile, the newest."""
    if code == PROFILE:
        return deliberation.profile_id
    wave = deliberation.wave(code)
    assert wave is not None, "the wave was found in this deliberation"
    return wave.questionnaire_id or deliberation.newest.get(wave.questionnaire_code)
