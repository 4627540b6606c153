"""What typed words name in a list of choices: one for certain, or some that may be meant."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.questionnaire import ANY_LANGUAGE, ItemChoice
from bot.domain.words import bare, folded, label_in

#: Letters of a word in which one slip is forgiven when it is guessed what may be meant.
SHORTEST_MISTYPED = 5

#: Ranks of likeness: one letter is wrong; there is none.
_SLIP, _UNLIKE = 3, 5


@dataclass(frozen=True, slots=True)
class Tongue:
    """What has to be known of a language to find names in what its speakers type."""

    language: str
    articles: tuple[str, ...] = ()  #: Before a name; one with a hyphen at its end is a prefix.
    leads: tuple[str, ...] = ()  #: Words before the answer proper: `I live in`.
    plain: tuple[str, ...] = ()  #: Words that mean something by themselves, and are no codes: `no`.


@dataclass(frozen=True, slots=True)
class _Name:
    """One of the ways to call a choice."""

    code: str
    words: str
    is_label: bool = False
    foreign: bool = False  #: Of another language than the reader's.

    @property
    def is_code(self) -> bool:
        """In capitals, as `NO` for Norway: it counts as it is written, for `no` is a word."""
        return not self.is_label and self.words.isupper()


def named(text: str, choices: Sequence[ItemChoice], tongue: Tongue) -> tuple[str, ...]:
    """The codes of those of `choices` that `text` names exactly: more than one, if it fits more.

    What is closer goes before: the label in the reader's language as it stands; then, without
    regard to punctuation, an other name too; then codes; then what is behind `the` or `I live in`;
    at last the labels in other languages, if no other choice is called like it in the reader's own.
    """
    said, forms = bare(text), _forms(text, tongue.leads, tongue.articles)
    capitals = _initials(_without(text, (*tongue.leads, *tongue.articles)))
    as_code = "" if said in map(bare, tongue.plain) else capitals

    def is_like(said: str, other: _Name) -> bool:
        return not other.foreign and _likeness(said, other, tongue) < _SLIP

    ways: tuple[Callable[[_Name], bool], ...] = (
        lambda name: name.is_label and not name.foreign and folded(name.words) == folded(text),
        lambda name: not name.foreign and not name.is_code and bare(name.words) == said,
        lambda name: name.is_code and _initials(name.words) == as_code,
        lambda name: (
            not name.foreign
            and not name.is_code
            and not forms.isdisjoint(_forms(name.words, (), tongue.articles))
        ),
        lambda name: (
            name.is_label
            and bare(name.words) == said
            and not any(is_like(said, own) for own in names if own.code != name.code)
        ),
    )
    names = list(_names(choices, tongue.language))
    for way in ways if said else ways[:1]:
        if fitting := tuple(dict.fromkeys(name.code for name in names if way(name))):
            return fitting
    return ()


def resembling(text: str, choices: Sequence[ItemChoice], tongue: Tongue) -> tuple[str, ...]:
    """The codes of those that may be meant, the likeliest first; none of them is certain.

    Names in other languages count where none in the reader's own is like it, or if they fit.
    """
    forms = _forms(text, tongue.leads, tongue.articles)
    names = list(_names(choices, tongue.language))
    foreign = [name for name in names if name.foreign]
    likely = [(0, 0, choice.code) for choice in choices if choice.code in forms]
    likely += [(0, 0, name.code) for name in foreign if bare(name.words) in forms]
    likely += _ranked(forms, (name for name in names if not name.foreign), tongue)
    likely = sorted(likely or _ranked(forms, foreign, tongue), key=lambda each: each[:2])
    return tuple(dict.fromkeys((*named(text, choices, tongue), *(code for *_, code in likely))))


def _ranked(
    forms: Iterable[str], names: Iterable[_Name], tongue: Tongue
) -> list[tuple[int, int, str]]:
    """How unlike each name is, how many words it has, and whose it is; without those that are not
    like any of `forms` at all."""
    return [
        (rank, len(bare(name.words).split()), name.code)
        for name in names
        if (rank := min((_likeness(said, name, tongue) for said in forms), default=_UNLIKE))
        < _UNLIKE
    ]


def _names(choices: Sequence[ItemChoice], language: str) -> Iterator[_Name]:
    for choice in choices:
        own = label_in(choice.label, language)
        yield _Name(choice.code, own, is_label=True)
        for spoken, label in choice.label.items():
            if spoken != language and label != own:
                yield _Name(choice.code, label, is_label=True, foreign=True)
        for spoken, aliases in choice.aliases.items():
            foreign = spoken not in (language, ANY_LANGUAGE)
            for alias in aliases:
                yield _Name(choice.code, alias, foreign=foreign)


def _likeness(said: str, name: _Name, tongue: Tongue) -> int:
    """0 where only spaces or capitals differ, and so on to `_UNLIKE`."""
    if name.is_code:
        return 0 if said.replace(" ", "") == _initials(name.words).casefold() else _UNLIKE
    return min(_nearness(said, form) for form in _forms(name.words, (), tongue.articles))


def _nearness(said: str, words: str) -> int:
    if said.replace(" ", "") == words.replace(" ", ""):
        return 0
    if words.startswith(said):
        return 1
    parts, typed = words.split(), said.split()
    if all(any(part.startswith(word) for part in parts) for word in typed):
        return 2
    if _is_near(said, words) or all(any(_is_near(word, p) for p in parts) for word in typed):
        return _SLIP
    return 4 if f" {words} " in f" {said} " else _UNLIKE


def _is_near(typed: str, word: str) -> bool:
    """Whether one letter too many, too few, another, or two changed places make one the other."""
    if len(typed) < SHORTEST_MISTYPED or abs(len(typed) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(word)) and typed[start] == word[start]:
        start += 1
    left, right = typed[start:], word[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[1::-1] == right[:2] and left[2:] == right[2:])
    )


@lru_cache(maxsize=32768)
def _forms(text: str, leads: tuple[str, ...], articles: tuple[str, ...]) -> frozenset[str]:
    """`text` as compared: with what stands before the name, and without."""
    apart = tuple(article for article in articles if not article.endswith("-"))
    without, quite_without = _without(text, leads + apart), _without(text, leads + articles)
    return frozenset({bare(text), bare(without), bare(quite_without)} - {""})


def _initials(text: str) -> str:
    """`text` without the points and spaces between its letters: `U.S.` is `US`."""
    return "".join(c for c in text if c not in ". ")


def _without(text: str, leads: tuple[str, ...]) -> str:
    """`text` from behind the words of `leads`, as far as anything is left then."""
    words = text.replace("\u2019", "'").replace("'", "' ").split()
    phrases = [bare(lead).split() for lead in leads if not lead.endswith("-")]
    prefixes = [lead[:-1] for lead in leads if lead.endswith("-")]
    spoken = [bare(word) for word in words]
    while words:
        lead = max((p for p in phrases if spoken[: len(p)] == p), key=len, default=[])
        if not lead or len(lead) >= len(words):
            break
        words, spoken = words[len(lead) :], spoken[len(lead) :]
    for prefix in prefixes:
        if words and words[0].startswith(prefix) and len(words[0]) > len(prefix) + 1:
            words = [words[0][len(prefix) :], *words[1:]]
    return " ".join(words)
