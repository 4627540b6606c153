"""A deliberation in each of many languages: with a script, with a region, written from the right,
without a catalogue of the bot's words."""

import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.channels.webchat.rendering import rendered
from bot.conversation.catalogue import LOCALES, Catalogues
from bot.conversation.messages import Outgoing
from bot.conversation.wordings import messages
from bot.domain.broadcast import BroadcastText
from bot.domain.dates import read_date
from bot.domain.formats import day_in_words, example_days, number_in_words
from bot.domain.languages import best_language, direction, own_name
from bot.domain.words import number_in
from bot.export.formats import Format
from bot.export.staff_file import Shape, export
from bot.packs.broadcast import read_broadcast
from bot.packs.faults import PackRefused
from bot.packs.load import read_pack
from bot.preview.asking import put_all
from bot.preview.page import page
from bot.preview.source import read_source
from bot.storage.library import read_deliberation
from bot.storage.tables import deliberation
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town, plain

LANGUAGES = (
    *("en", "en-GB", "fr", "es", "es-419", "pt", "pt-BR", "zh-Hans", "zh-Hant", "zh-TW", "sr-Latn"),
    *("nb", "am", "ar", "ar-EG", "fa", "ur", "he", "hi", "bn", "sw", "sw-RW", "id", "fil", "vi"),
    *("ti", "yo", "ka", "th", "mn"),
)
#: Those that a whole conversation is held in.
SPOKEN = ("pt-BR", "zh-Hans", "es-419", "am", "ur", "sr-Latn")

FORM = """
| survey |
| | type | name | label::English (en) | label::{name} ({code}) | required | bot::dont_know |
| | note | intro | About parks. | {code} intro | | |
| | select_one way | way | How? | {code} way? | yes | |
| | decimal | distance | How far? | {code} distance? | yes | |
| | date | since | Since when? | {code} since? | yes | |
| | select_multiple wish | wishes | What? | {code} wishes? | | |
| choices |
| | list_name | name | label::English (en) | label::{name} ({code}) |
| | way | bus | Bus | {code} Bus |
| | way | foot | On foot | {code} On foot |
| | wish | trees | Trees | {code} Trees |
| | wish | water | Water | {code} Water |
"""

DAY = date(2026, 11, 22)


def write_pack(folder: Path, language: str) -> Path:
    """A deliberation in English and in `language`."""
    (folder / "questionnaires").mkdir(parents=True)
    (folder / "deliberation.toml").write_text(
        f'code = "parks"\nlanguages = ["en", "{language}"]\n'
        '[[waves]]\ncode = "t1"\nquestionnaire = "opinion"\nopens = "on-enrolment"\n'
        "closes = 2031-03-15T09:00:00Z\n"
        f'[title]\nen = "Parks"\n{language} = "{language} parks"\n'
    )
    form = FORM.format(name=own_name(language), code=language)
    (folder / "questionnaires/opinion.md").write_text(form)
    for each in ("en", language):
        (folder / f"consent.{each}.md").write_text(f"{each} consent")
    return folder


def write_other_pack(folder: Path, language: str) -> Path:
    return write_pack(folder, "fr" if language == "en" else language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_days_are_read_as_they_are_written(language: str) -> None:
    digits, words = example_days(language)
    assert read_date(digits, language, DAY) == read_date(words, language, DAY) == DAY
    assert number_in(number_in_words(2.5, language)) == 2.5
    for month in range(1, 13):
        day = DAY.replace(month=month)
        assert read_date(day_in_words(day, language), language, DAY) == day


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bot_speaks_the_nearest_language_that_it_has(language: str) -> None:
    catalogues = Catalogues(LOCALES)
    near = catalogues.nearest(language)
    assert near == (language.partition("-")[0] if language[:2] in catalogues.languages else "en")
    assert own_name(language) not in ("", language)
    text = catalogues.text(language, "item-progress", {"number": 1, "total": 2})
    assert "1" in text and "2" in text
    message = rendered(Outgoing(text="x", language=language, key="x"), None)
    assert (message["lang"], message["dir"]) == (language, direction(language))


def test_a_catalogue_for_a_region_serves_the_language_and_other_regions(tmp_path: Path) -> None:
    for language in ("en", "pt-BR", "zh-Hant"):
        path = tmp_path / language / "LC_MESSAGES/minipublic.po"
        path.parent.mkdir(parents=True)
        path.write_text(f'msgid ""\nmsgstr ""\n\nmsgid "welcome"\nmsgstr "{language} {{title}}"\n')
    catalogues = Catalogues(tmp_path)
    said = {
        language: plain(catalogues.text(language, "welcome", {"title": "T"}))
        for language in ("pt", "pt-BR", "pt-AO", "zh", "zh-TW", "sw", "en-GB")
    }
    assert said == {
        "pt": "pt-BR T", "pt-BR": "pt-BR T", "pt-AO": "pt-BR T", "zh": "zh-Hant T",
        "zh-TW": "zh-Hant T", "sw": "en T", "en-GB": "en T",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pack_a_preview_and_a_broadcast_in_each_language(language: str, tmp_path: Path) -> None:
    folder = write_other_pack(tmp_path / "pack", language)
    language = read_pack(folder).languages[1]
    source = read_source(folder / "questionnaires/opinion.md")
    assert list(source.languages) == ["en", language]
    shown = put_all(
        source.questionnaire, source.languages, language, Catalogues(LOCALES), datetime.now(UTC)
    )
    html = page(source.questionnaire, language, shown, source.folder)
    assert f'<html lang="{language}" dir="{direction(language)}">' in html
    assert f"{language} distance?" in html
    for each in ("en", language):
        (tmp_path / f"news.{each}.md").write_text(f"{each} news")
    assert set(read_broadcast(tmp_path / "news.en.md", "en").texts) == {"en", language}


@pytest.mark.parametrize("code", ["ay", "tlh", "en-XX", "mn-Mong", "und"])
def test_a_language_that_nothing_is_known_of_is_refused_with_the_reason(
    code: str, tmp_path: Path
) -> None:
    with pytest.raises(PackRefused) as refused:
        read_pack(write_pack(tmp_path / "pack", code))
    [fault] = [fault for fault in refused.value.faults if fault.file == "deliberation.toml"]
    assert f"'{code}' is not a language that Unicode's CLDR describes" in str(fault)


# --- The whole way -------------------------------------------------------------------------------


@pytest.fixture(params=SPOKEN)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def town(
    language: str, a_database: str, telegram: TelegramServer, tmp_path: Path
) -> AsyncIterator[Town]:
    pack = read_pack(write_pack(tmp_path / "pack", language))
    async with Town(a_database, telegram, pack=pack) as town:
        yield town
        town.nobody_has_unread_messages()


@pytest.fixture(params=["telegram", "webchat"])
async def citizen(
    request: pytest.FixtureRequest, town: Town, language: str
) -> AsyncIterator[Citizen]:
    kind = TelegramCitizen if request.param == "telegram" else WebCitizen
    async with kind(town, language=language) as made:
        yield made


async def test_a_citizen_joins_answers_and_is_exported(
    citizen: Citizen, town: Town, language: str, tmp_path: Path
) -> None:
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")
    await citizen.chooses(own_name(language))
    await citizen.sees("language-chosen", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "enrolled", "survey-open", "home")
    await citizen.chooses("start-survey")
    await citizen.sees("item-way")
    await citizen.chooses(f"{language} On foot")
    await citizen.sees("item-distance")
    await citizen.says(number_in_words(2.5, language))
    await citizen.sees("item-since")
    await citizen.says(example_days(language)[1])
    await citizen.sees("confirm-date")
    await citizen.chooses("button-date-yes")
    await citizen.sees("item-wishes")
    await citizen.says("1, 2")
    summary = await citizen.sees_thanks()
    said = (number_in_words(2.5, language), day_in_words(DAY, language), f"{language} Trees")
    assert all(words in summary.text for words in said)
    assert await town.answers() == {
        "way": "foot", "distance": 2.5, "since": "2026-11-22", "wishes": ["trees", "water"]
    }  # fmt: skip
    await citizen.chooses("button-finish")
    await citizen.sees("home")

    for shape in Shape:
        path = await export(
            town.app.database, ["t1"], shape=shape, format=Format.CSV,
            out=tmp_path / f"{shape}.csv", label_language=language,
        )  # fmt: skip
        assert f"{language} On foot" in path.read_text(encoding="utf-8-sig")
    with (tmp_path / "wide.csv").open(encoding="utf-8-sig") as file:
        [row] = csv.DictReader(file)
    assert (row["language"], row["t1_language"]) == (language, language)


async def test_a_broadcast_tells_the_hour_in_each_language(
    citizen: Citizen, town: Town, language: str
) -> None:
    async with town.app.database.reading() as connection:
        [row] = await town.rows(deliberation.select())
        definition = await read_deliberation(connection, row.id)
    texts = {language: BroadcastText("{deliberation} {closes:t1}")}
    sent = messages(texts, replace(definition), str(ZoneInfo("Africa/Nairobi")))
    assert day_in_words(date(2031, 3, 15), language) in sent[language].text
    assert best_language(language, list(sent)) == language
