"""The bot's own words, from gettext catalogues."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.domain.languages import best_language

LOCALES = Path(__file__).parents[2] / "locales"
DOMAIN = "minipublic"
SOURCE = "en"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


class MissingMessage(KeyError):
    """No catalogue has this key: a programming error, found by the tests."""


class Catalogues:
    """All languages of the bot's words: for each language the nearest catalogue, such as `pt` for
    `pt-BR`. A message missing in it, or a language like none, falls back to English.

    Fuzzy translations are used: an unreviewed sentence serves a citizen better than a foreign one.
    """

    def __init__(self, folder: Path) -> None:
        self._messages: dict[str, dict[str, str]] = {}
        self._nearest: dict[str, str] = {}
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
            language = path.parent.parent.name
            self._messages[language] = _messages(read(path, language))
        if SOURCE not in self._messages:
            raise FileNotFoundError(f"no {SOURCE} catalogue below {folder}")

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._messages)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._messages[SOURCE])

    def nearest(self, language: str) -> str:
        """The language whose catalogue serves `language`."""
        if language not in self._nearest:
            self._nearest[language] = best_language(language, self.languages) or SOURCE
        return self._nearest[language]

    def text(self, language: str, key: str, values: Mapping[str, object] | None = None) -> str:
        """The message `key` in `language` with `values` filled in.

        Values are wrapped in directional isolates, so that a Latin name does not break an Arabic
        sentence (Unicode Standard Annex 9).
        """
        words = self._messages[self.nearest(language)]
        message = words.get(key) or self._messages[SOURCE].get(key)
        if message is None:
            raise MissingMessage(key)
        if not values:
            return message
        return message.format_map(
            {name: f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}" for name, value in values.items()}
        )


def read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


@lru_cache(maxsize=4096)
def placeholders(message: str) -> frozenset[str]:
    """The names in braces of a message."""
    return frozenset(name for _, name, _, _ in Formatter().parse(message) if name)


def _messages(catalog: Catalog) -> dict[str, str]:
    return {
        str(message.id): str(message.string) for message in catalog if message.id and message.string
    }
