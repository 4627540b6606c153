"""Which language a person is met in, and what a language is called."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global

#: Scripts that run from right to left (Unicode's `Bidi_Class` of their letters).
_FROM_THE_RIGHT = frozenset(
    ("Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi")
)

#: Bokmål is what is meant by Norwegian; whoever reads the one form of it can read the other.
_NORWEGIAN, _NYNORSK = "no", "nn"


class _Tag(NamedTuple):
    """A BCP 47 language in the form in which two can be compared."""

    language: str
    script: str | None  #: As written, or the one that CLDR takes for likely.
    region: str | None  #: As written.
    likely: str | None  #: The region whose variety is meant where none is named.


def best_language(hint: str | None, offered: Sequence[str]) -> str | None:
    """The offered language (BCP 47) nearest to a platform's hint, or None if none is like it.

    The same goes before the same language for all regions, and that before another region's, near
    ones first (CLDR's parent locales: Mexico, Latin America, Spanish). One in another script comes
    last.

    >>> best_language("es-MX", ["en", "es-ES", "es-419"]), best_language("zh-TW", ["zh-Hans"])
    ('es-419', 'zh-Hans')
    """
    if not hint:
        return None
    wanted = hint.replace("_", "-").lower()
    for language in offered:
        if language.lower() == wanted:
            return language
    reader = _tag(wanted)
    near = [
        (distance, index)
        for index, language in enumerate(offered)
        if (distance := _distance(reader, _tag(language))) is not None
    ]
    return offered[min(near)[1]] if near else None


def direction(language: str) -> str:
    """`ltr` or `rtl`: of the language's script, which is known of many more than CLDR describes."""
    return "rtl" if _tag(language).script in _FROM_THE_RIGHT else "ltr"


@lru_cache(maxsize=512)
def own_name(language: str) -> str:
    """The name speakers give their language: `Kiswahili`, not `Swahili`; `Português (Brasil)`."""
    locale = known_locale(language)
    name = locale.languages.get(locale.language) if locale else None
    if locale is None or not name:
        return language
    written = [
        locale.scripts.get(part) or locale.territories.get(part) or part
        for part in language.split("-")[1:]
    ]
    # Title case, for the capitals of Georgian are not for the beginnings of words.
    name = name[:1].title() + name[1:]
    return f"{name} ({', '.join(written)})" if written else name


@lru_cache(maxsize=512)
def known_locale(language: str) -> Locale | None:
    """CLDR's data on how a BCP 47 language writes: with its script and region, else on the language
    alone, as for Kiswahili in Rwanda. None if there is nothing on the language."""
    parts = language.split("-")
    if parts[0] == "und":
        return None
    for count in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:count]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def is_known(language: str) -> bool:
    """Whether CLDR tells what the language is called and how it writes, and knows its script and
    region."""
    names = Locale("en")
    return own_name(language) != language and all(
        part in names.scripts or part in names.territories for part in language.split("-")[1:]
    )


@lru_cache(maxsize=4096)
def _tag(text: str) -> _Tag:
    language, script, region = _parts(text)
    meant = get_global("language_aliases").get(language)  # iw, in, tl, sh
    if meant:
        language, usual_script, usual_region = _parts(meant)
        script, region = script or usual_script, region or usual_region
    likely: str | None = None
    subtags = get_global("likely_subtags")
    of_region = f"{language}_{region}"
    if usual := (region and subtags.get(of_region)) or subtags.get(language):
        _, usual_script, likely = _parts(usual)
        script = script or usual_script
    if language == "nb":
        language = _NORWEGIAN
    return _Tag(language, script, region, likely)


def _parts(text: str) -> tuple[str, str | None, str | None]:
    """Language, script and region. What else a tag may have says nothing on who can read it."""
    language, *rest = text.replace("_", "-").lower().split("-")
    script: str | None = None
    region: str | None = None
    for part in rest:
        if len(part) == 1:
            break
        if len(part) == 4 and part.isalpha() and not (script or region):
            script = part.title()
        elif (len(part), part.isalpha()) in ((2, True), (3, False)) and not region:
            region = part.upper()
    return language, script, region


def _distance(reader: _Tag, offered: _Tag) -> tuple[int, ...] | None:
    """From what somebody reads to what is offered, the nearest smallest; None for another one."""
    alike = reader.language == offered.language
    if not alike and {reader.language, offered.language} != {_NORWEGIAN, _NYNORSK}:
        return None
    upwards, other = _regions(reader), _regions(offered)
    common = next(region for region in upwards if region in other)
    return (
        reader.script != offered.script,
        not alike,
        upwards.index(common),
        other.index(common),
        offered.region != reader.likely,
    )


def _regions(tag: _Tag) -> list[str | None]:
    """The tag's region, then those that CLDR puts it under, up to none: `MX`, `419`, None."""
    parents = get_global("parent_exceptions")
    regions: list[str | None] = []
    region = tag.region
    while region and region not in regions:
        regions.append(region)
        named = (f"{tag.language}_{region}", f"{tag.language}_{tag.script}_{region}")
        parent = next((parents[name] for name in named if name in parents), "")
        region = _parts(parent)[2]
    return [*regions, None]
