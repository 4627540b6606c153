"""The catalogues have what the program says, all of it, in every language, and nothing else."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Message

import handlers
from bot.channels.webchat.page import ALSO_SAID
from bot.conversation.catalogue import DOMAIN, SOURCE, placeholders, read
from tests.promises.documents import DOCS, ROOT
from tests.promises.message_keys import FAMILIES, uses

LOCALES = ROOT / "locales"
LANGUAGES = sorted(path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
OTHERS = [language for language in LANGUAGES if language != SOURCE]
PAGE = ROOT / "bot" / "channels" / "webchat"

#: Who vouches for a translation says so above it: `# Reviewed: Amina Juma, 2026-12-01`.
_REVIEWED = re.compile(r"Reviewed: .+, \d{4}-\d{2}-\d{2}")
_PAGE_KEY = re.compile(r"\bpage-[a-z-]+\b|data-(?:word|label|placeholder)=\"([a-z-]+)\"")


@cache
def catalogue(language: str) -> dict[str, Message]:
    with_header = read(LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po", language)
    return {str(message.id): message for message in with_header if message.id}


def words(language: str, key: str) -> str:
    return str(catalogue(language)[key].string)


def said_by_the_page() -> set[str]:
    found = set(ALSO_SAID)
    for file in ("page.html", "chat.js"):
        for match in _PAGE_KEY.finditer((PAGE / file).read_text("utf-8")):
            found.add(match[1] or match[0])
    return found


def po(language: str) -> str:
    return f"locales/{language}/LC_MESSAGES/{DOMAIN}.po"


def test_every_message_that_is_said_is_in_the_english_catalogue() -> None:
    missing = [f"{use.where}: {use.key}" for use in uses() if use.key not in catalogue(SOURCE)]
    missing += [
        f"the web chat's page: {key}" for key in said_by_the_page() - catalogue(SOURCE).keys()
    ]
    assert not missing, f"{po(SOURCE)}: add these messages\n" + "\n".join(missing)


def test_every_message_of_the_english_catalogue_is_said_somewhere() -> None:
    families = {f"{prefix}{end}" for prefix, ends in FAMILIES.items() for end in ends}
    said = {use.key for use in uses()} | said_by_the_page() | families
    unused = catalogue(SOURCE).keys() - said
    assert not unused, f"nobody says {sorted(unused)}: remove them from all catalogues"


def test_messages_are_found_in_the_source() -> None:
    """Or the tests above would hold whatever it says."""
    said = {use.key for use in uses()}
    assert said >= {"welcome", "code-wrong", "how-text", "said-refused", "survey-reminder"}
    assert said >= {"expected-point", "something-went-wrong", "command-help", "briefings-none"}


def test_every_message_is_filled_with_what_it_asks_for() -> None:
    wrong = [
        f"{use.where}: {use.key} is not given {sorted(lacking)}"
        for use in uses()
        if use.values is not None and use.key in catalogue(SOURCE)
        if (lacking := placeholders(words(SOURCE, use.key)) - use.values)
    ]
    assert not wrong, "give these values, or take them out of the message:\n" + "\n".join(wrong)


@pytest.mark.parametrize("command", handlers.MENU)
def test_a_command_of_the_menu_is_described(command: str) -> None:
    assert f"command-{command}" in catalogue(SOURCE), (
        f'{po(SOURCE)}: add msgid "command-{command}", a few words for the platforms\' menus'
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty(language: str) -> None:
    empty = [key for key, message in catalogue(language).items() if not message.string]
    assert not empty, f"{po(language)}: these have no text: {sorted(empty)}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_messages(language: str) -> None:
    missing = catalogue(SOURCE).keys() - catalogue(language)
    surplus = catalogue(language).keys() - catalogue(SOURCE)
    assert not missing and not surplus, (
        f"{po(language)}: translate {sorted(missing)} (marked '#, fuzzy'), remove {sorted(surplus)}"
    )


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_placeholders(language: str) -> None:
    wrong = [
        f"{key}: {sorted(placeholders(words(language, key)))} in stead of "
        f"{sorted(placeholders(words(SOURCE, key)))}"
        for key in catalogue(language).keys() & catalogue(SOURCE).keys()
        if placeholders(words(language, key)) != placeholders(words(SOURCE, key))
    ]
    assert not wrong, f"{po(language)}: the words in braces differ:\n" + "\n".join(sorted(wrong))


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_is_either_a_draft_or_reviewed_by_somebody(language: str) -> None:
    unclear = [
        key
        for key, message in catalogue(language).items()
        if message.fuzzy == any(_REVIEWED.fullmatch(line) for line in message.user_comments)
    ]
    assert not unclear, (
        f"{po(language)}: mark each of these either '#, fuzzy' or '# Reviewed: NAME, YYYY-MM-DD', "
        f"and not both: {sorted(unclear)}"
    )


def test_the_source_is_no_draft() -> None:
    drafts = [key for key, message in catalogue(SOURCE).items() if message.fuzzy]
    assert not drafts, f"{po(SOURCE)}: English is the source and cannot be fuzzy: {drafts}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_listed_for_translators(language: str) -> None:
    page = (DOCS / "translating.md").read_text("utf-8")
    assert f"| `{language}` |" in page, f"docs/translating.md: add {language} to the table"
