"""A wave's questionnaire versions as one instrument: the union of their items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bot.conversation.state import Deliberation
from bot.domain.deliberation import PROFILE
from bot.domain.questionnaire import Item, ItemType, Questionnaire


class ItemKey(NamedTuple):
    """An item in all versions: what makes two of them one variable."""

    code: str
    type: ItemType
    derived: bool  #: Whether its value follows from other answers.

    @classmethod
    def of(cls, item: Item) -> "ItemKey":
        return cls(item.code, item.type, item.derived)


@dataclass(frozen=True)
class Instrument:
    """A wave by its code, or `profile`."""

    code: str
    versions: Sequence[Questionnaire]  #: The newest first.
    with_personal: bool = False  #: Whether items that identify are exported, too.
    known: Sequence[Questionnaire] = ()  #: All there are of these questionnaires, used or not.

    @cached_property
    def personal(self) -> frozenset[str]:
        """Codes of items that identify in any version."""
        return frozenset(
            item.code for version in self.versions for item in version.items if item.personal
        )

    @cached_property
    def items(self) -> Mapping[ItemKey, Sequence[Item]]:
        """Each exported item's wordings, the newest first, in the order of the newest version.

        What older versions alone have comes after. An item whose type was changed is two, and so
        is one that was asked and is derived now.
        """
        return {
            key: wordings
            for key, wordings in _union(self.versions).items()
            if self.exports(key.code)
        }

    @cached_property
    def every(self) -> Mapping[ItemKey, Sequence[Item]]:
        """Each item's wordings in all versions that are known, the newest first.

        Codes in files follow from these, so that an item has the same in each wave that fields any
        version of its questionnaire, whoever has answered which by then.
        """
        return _union(self.known or self.versions)

    def exports(self, code: str) -> bool:
        return self.with_personal or code not in self.personal


def prefix_of(code: str) -> str:
    """What the columns of an instrument begin with: no statistics package allows a hyphen."""
    return code.replace("-", "_") + "_"


def instruments_of(
    deliberation: Deliberation,
    codes: Iterable[str],
    used: Iterable[tuple[str, int]],
    *,
    personal: bool = False,
) -> list[Instrument]:
    """The instruments `codes`, each with the version it asks now and those that were `used`."""
    ids = {code: {_asked_now(deliberation, code)} for code in codes}
    for code, id_ in used:
        ids[code].add(id_)
    made = []
    for code, own in ids.items():
        used_here = [deliberation.questionnaires[id_] for id_ in own if id_ is not None]
        names = {version.code for version in used_here}
        known = [each for each in deliberation.questionnaires.values() if each.code in names]
        made.append(Instrument(code, _newest_first(used_here), personal, _newest_first(known)))
    return made


def _newest_first(versions: Iterable[Questionnaire]) -> Sequence[Questionnaire]:
    return sorted(versions, key=lambda each: (each.version, each.code), reverse=True)


def _union(versions: Iterable[Questionnaire]) -> Mapping[ItemKey, Sequence[Item]]:
    union: dict[ItemKey, list[Item]] = {}
    for version in versions:
        for item in version.variables:
            union.setdefault(ItemKey.of(item), []).append(item)
    return union


def _asked_now(deliberation: Deliberation, code: str) -> int | None:
    """The bound version of a wave; of one that was never open, and of the profile, the newest."""
    if code == PROFILE:
        return deliberation.profile_id
    wave = deliberation.wave(code)
    assert wave is not None, "the wave was found in this deliberation"
    return wave.questionnaire_id or deliberation.newest.get(wave.questionnaire_code)
