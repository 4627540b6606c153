"""What differs between two versions of a questionnaire, and what of it is a mere translation.

Wording and codes lock with the first answer. A translation may still be corrected: whoever answers
in the source language reads the same as those before. So may the aliases of choices, which nobody
reads.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bot.domain.questionnaire import Item, ItemChoice, MediaKind, Questionnaire, Scale, Texts

#: Characters of a wording that a line for people shows, and of those how many before the first
#: that differs.
SHOWN, LEAD = 60, 20

#: What fields are called in an XLSForm, where it has another word than the model.
_COLUMNS = {
    "dont_know": "bot::dont_know",
    "can_refuse": "bot::refused",
    "personal": "bot::pii",
    "number": "spss_code",
    "columns": "filter columns",
}
_WORDED = frozenset({"label", "hint", "required_message", "constraint_message"})


@dataclass(frozen=True, slots=True)
class Correction:
    """A wording or a media file in a language that is not the source; or aliases."""

    item: str | None  #: None: of the questionnaire itself.
    choice: str | None
    field: str
    language: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    line: str  #: For people: `item q3: label in 'es' changed: 'antes' -> 'ahora'`.
    correction: Correction | None = None  #: None: it is locked once there are answers.


@dataclass(frozen=True, slots=True)
class Revision:
    """All that differs; empty, and so false, where nothing does."""

    differences: tuple[Difference, ...]
    added: frozenset[str] = frozenset()  #: Languages that are new as a whole.
    dropped: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.differences)

    @property
    def locked(self) -> bool:
        """Whether anything goes beyond correcting translations."""
        return any(difference.correction is None for difference in self.differences)

    @property
    def corrections(self) -> list[Correction]:
        return [each.correction for each in self.differences if each.correction]

    @property
    def lines(self) -> list[str]:
        """Each difference in words; a language that is new or dropped as a whole is one line."""
        whole: Counter[str] = Counter()
        lines = []
        for difference in self.differences:
            corrected = difference.correction
            if corrected and corrected.language in self.added | self.dropped:
                whole[corrected.language] += 1
            else:
                lines.append(difference.line)
        for language, count in whole.items():
            became = "added" if language in self.added else "dropped"
            lines.append(f"language '{language}' {became}: {count} wording(s)")
        return lines


def differences(old: Questionnaire, new: Questionnaire, source: str) -> Revision:
    """What makes `new` another questionnaire than `old`, their version numbers aside.

    `source` is the language in which wordings lock. A wording that only one language has lost is
    locked too: citizens would read the source instead.
    """
    before, after = _languages(old), _languages(new)
    comparison = _Comparison(source, dropped=before - after)
    found = tuple(comparison.questionnaires(old, new))
    return Revision(found, after - before - {source}, before - after - {source})


@dataclass(frozen=True, slots=True)
class _Where:
    item: str | None = None
    choice: str | None = None

    def __str__(self) -> str:
        choice = f"choice '{self.choice}': " if self.choice is not None else ""
        return f"item {self.item}: {choice}" if self.item is not None else ""


@dataclass(frozen=True, slots=True)
class _Comparison:
    source: str
    dropped: frozenset[str] = field(default_factory=frozenset)

    def questionnaires(self, old: Questionnaire, new: Questionnaire) -> Iterator[Difference]:
        yield from self.texts(_Where(), "title", old.title, new.title)
        yield from _sequences(lambda code: f"item {code}", list(old.by_code), list(new.by_code))
        for code, item in new.by_code.items():
            if code in old.by_code:
                yield from self.fields(_Where(code), old.by_code[code], item)

    def fields(self, where: _Where, old: Any, new: Any) -> Iterator[Difference]:
        """Every field of an item or of a choice, those to come among them."""
        for name in (each.name for each in fields(new) if each.name != "code"):
            before, after = getattr(old, name), getattr(new, name)
            if before == after:
                continue
            if name in _WORDED:
                yield from self.texts(where, name, before, after)
            elif name == "media":
                for kind in MediaKind:
                    yield from self.texts(where, kind, before.get(kind, {}), after.get(kind, {}))
            elif name == "aliases":
                yield from self.aliases(where, before, after)
            elif name == "choices":
                yield from self.choices(where, before, after)
            else:
                change = _change(_in_words(before), _in_words(after))
                yield Difference(f"{where}{_COLUMNS.get(name, name)} {change}")

    def choices(
        self, where: _Where, old: Iterable[ItemChoice], new: Iterable[ItemChoice]
    ) -> Iterator[Difference]:
        before, after = ({choice.code: choice for choice in each} for each in (old, new))
        yield from _sequences(lambda code: f"{where}choice '{code}'", list(before), list(after))
        for code, choice in after.items():
            if code in before:
                yield from self.fields(replace(where, choice=code), before[code], choice)

    def aliases(
        self, where: _Where, old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]
    ) -> Iterator[Difference]:
        """Other names to type change nothing that anybody reads, in the source neither."""
        for language in dict.fromkeys((*old, *new)):
            before, after = (
                " | ".join(each[language]) if language in each else None for each in (old, new)
            )
            if before != after:
                spoken = f" in '{language}'" if language else ""
                yield Difference(
                    f"{where}aliases{spoken} {_change(*_excerpts(before, after))}",
                    Correction(where.item, where.choice, "aliases", language, before, after),
                )

    def texts(self, where: _Where, name: str, old: Texts, new: Texts) -> Iterator[Difference]:
        for language in dict.fromkeys((*old, *new)):
            before, after = old.get(language), new.get(language)
            if before == after:
                continue
            of_media = isinstance(name, MediaKind)
            change = _change(*(_digests if of_media else _excerpts)(before, after))
            may = language != self.source and (after is not None or language in self.dropped)
            yield Difference(
                f"{where}{name} in '{language}' {change}",
                Correction(where.item, where.choice, str(name), language, before, after)
                if may
                else None,
            )


def _sequences(
    named: Callable[[str], str], old: Sequence[str], new: Sequence[str]
) -> Iterator[Difference]:
    """What was removed, added and moved, with the fewest moves that explain the order."""
    there = set(new)
    for code in old:
        if code not in there:
            yield Difference(f"{named(code)} removed")
    place = {code: number for number, code in enumerate(old)}
    unmoved = _longest_rising([place[code] for code in new if code in place])
    for number, code in enumerate(new):
        if code in place and place[code] in unmoved:
            continue
        became = "moved" if code in place else "added"
        where = f"after {new[number - 1]}" if number else "before all others"
        yield Difference(f"{named(code)} {became} {where}")


def _longest_rising(numbers: Iterable[int]) -> set[int]:
    """The members of a longest rising subsequence; `numbers` are distinct."""
    ends: list[int] = []  # the smallest end of a rising subsequence of each length
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found, last = set(), ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _languages(questionnaire: Questionnaire) -> frozenset[str]:
    """In which there is any wording or media file."""

    def of(thing: Item | ItemChoice) -> Iterator[Texts]:
        yield from (getattr(thing, name) for name in _WORDED if hasattr(thing, name))

    texts = [questionnaire.title]
    for item in questionnaire.items:
        texts += [*of(item), *item.media.values()]
        texts += [text for choice in item.choices for text in of(choice)]
    return frozenset(language for each in texts for language in each)


def _change(before: str | None, after: str | None) -> str:
    if before is None:
        return f"added: {after}"
    return f"removed: {before}" if after is None else f"changed: {before} -> {after}"


def _excerpts(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Long wordings from shortly before where they differ. As `repr`, which shows what nobody
    sees, such as a space too many."""
    start = 0
    if before is not None and after is not None and max(len(before), len(after)) > SHOWN:
        pairs = enumerate(zip(before, after, strict=False))
        same = next((n for n, (a, b) in pairs if a != b), min(len(before), len(after)))
        start = max(0, same - LEAD)

    def excerpt(text: str | None) -> str | None:
        if text is None:
            return None
        end = start + SHOWN
        return repr(("…" if start else "") + text[start:end] + ("…" if text[end:] else ""))

    return excerpt(before), excerpt(after)


def _digests(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    return before and before[:12], after and after[:12]


def _in_words(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case Scale():
            return f"start={value.start} end={value.end} step={value.step}"
        case Mapping():
            return repr(dict(value))
        case _:
            return repr(str(value))
