"""Which language a person is met in, and how a language writes."""

from collections.abc import Sequence

from babel import Locale, UnknownLocaleError


def best_language(hint: str | None, offered: Sequence[str]) -> str | None:
    """The offered language (BCP 47) nearest to a platform's hint: exact, then same language.

    >>> best_language("es-MX", ["en", "es"])
    'es'
    """
    if not hint:
        return None
    wanted = hint.replace("_", "-").lower()
    for language in offered:
        if language.lower() == wanted:
            return language
    base = wanted.partition("-")[0]
    return next((x for x in offered if x.lower().partition("-")[0] == base), None)


def direction(language: str) -> str:
    """`ltr` or `rtl`, as CLDR says."""
    locale = _locale(language)
    return locale.text_direction if locale else "ltr"


def own_name(language: str) -> str:
    """The name speakers give their language: `Kiswahili`, not `Swahili`."""
    locale = _locale(language)
    name = locale.get_display_name(language) if locale else None
    return name[:1].upper() + name[1:] if name else language


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language, sep="-" if "-" in language else "_")
    except (UnknownLocaleError, ValueError):
        return None
