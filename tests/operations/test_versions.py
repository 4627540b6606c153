"""Wording and codes lock with the first answer; a new version leaves what was begun as it was."""

import asyncio
import csv
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversation.state import Deliberation
from bot.export import Format, Shape, export
from bot.packs.load import read_pack
from bot.storage import deliberations
from bot.storage.database import Database
from bot.storage.deliberations import Loaded, WordingLocked, load_pack
from bot.storage.library import Library
from bot.storage.tables import answer, event, questionnaire, response, wave
from tests.cast.citizens import TelegramCitizen, WebCitizen
from tests.cast.town import PARKS, Town
from tests.operations.test_command_line import environment

#: What staff change in the file of a questionnaire.
ANOTHER_WORDING = {"How important are parks?": "How much do parks matter to you?"}
ANOTHER_CHOICE = {
    "|  | wish | other |": "|  | wish | shade | Shade | Sombra | ظل |  |\n|  | wish | other |"
}
A_TRANSLATION = {"¿Qué importancia tienen los parques?": "¿Cuánto le importan los parques?"}
PROFILE_WORDING = {"What may we call you?": "What is your name?"}

ASKED = "version 1 has {} answer(s), so its wording and codes are locked. The pack differs:"


@pytest.fixture
async def citizen(telegram_citizen: TelegramCitizen) -> TelegramCitizen:
    """Once is enough: what is loaded does not depend on the platform."""
    return telegram_citizen


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the pack `parks` with these words replaced, once each, in its questionnaires."""

    def edit(*changes: Mapping[str, str]) -> Path:
        folder = tmp_path / f"parks-{len(list(tmp_path.glob('parks-*')))}"
        shutil.copytree(PARKS, folder)
        for old, new in (pair for change in changes for pair in change.items()):
            (file,) = (
                path
                for path in (folder / "questionnaires").iterdir()
                if path.read_text("utf-8").count(old) == 1
            )
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        return folder

    return edit


async def loads(town: Town, folder: Path, **how: bool) -> Loaded:
    """Staff load a pack; from now on the town reads its wordings."""
    pack = read_pack(folder)
    loaded = await load_pack(town.app.database, pack, town.clock.now(), **how)
    if not how.get("dry_run"):
        town.pack = pack
    return loaded


async def is_refused(town: Town, folder: Path, **how: bool) -> list[str]:
    with pytest.raises(WordingLocked) as refused:
        await load_pack(town.app.database, read_pack(folder), town.clock.now(), **how)
    return str(refused.value).splitlines()


async def versions(town: Town, code: str = "opinion") -> dict[int, Any]:
    found = await town.rows(
        select(questionnaire.c.version, questionnaire.c.document)
        .where(questionnaire.c.code == code)
        .order_by(questionnaire.c.version)
    )
    return {version: document for version, document in found}


async def everything(town: Town) -> list[list[str]]:
    async with town.app.database.reading() as connection:
        return [
            sorted(repr(row) for row in await connection.execute(select(table)))
            for table in (questionnaire, wave, event, answer, response)
        ]


async def bound(town: Town, code: str) -> int | None:
    """The version that a wave asks."""
    found = await town.rows(
        select(questionnaire.c.version)
        .join(wave, wave.c.questionnaire_id == questionnaire.c.id)
        .where(wave.c.code == code)
    )
    return found[0].version if found else None


# --- A new version -------------------------------------------------------------------------------


async def test_whoever_has_begun_finishes_that_version_and_newcomers_get_the_new_one(
    town: Town, edited: Callable[..., Path], tmp_path: Path
) -> None:
    async with TelegramCitizen(town) as early, WebCitizen(town) as late:
        await early.starts_t1()
        await early.says("1")
        await early.sees("item-parks")
        old_pack = town.pack
        changed = edited(ANOTHER_WORDING, ANOTHER_CHOICE)
        assert await is_refused(town, changed) == [
            "questionnaire opinion: " + ASKED.format(1),
            "  item parks: label in 'en' changed: 'How important are parks?' -> "
            "'How much do parks matter to you?'",
            "  item wishes: choice 'shade' added after water",
            "Nothing was loaded. Undo these changes (translations alone may be corrected), or make "
            "a new version: minipublic load PACK --new-version",
        ]
        loaded = await loads(town, changed, new_version=True)
        assert loaded.changes == [
            "questionnaire opinion: version 2; version 1 keeps its 1 answer(s)",
            "  item parks: label in 'en' changed: 'How important are parks?' -> "
            "'How much do parks matter to you?'",
            "  item wishes: choice 'shade' added after water",
            "  wave t1 asks version 2 from now on; whoever has begun finishes the version they "
            "began",
        ]
        town.pack = old_pack
        await town.restarts()
        await early.says("/continue")
        await early.sees("welcome-back", "item-parks")
        await early.says("7")
        assert "Shade" not in (await early.sees("item-wishes")).buttons
        await early.says("1, 2")
        await early.sees("item-visits")
        await early.says("4")
        await early.sees_thanks()
        await early.chooses("button-change-answer")
        await early.sees("choose-item")
        await early.chooses("2. How important are parks? — 7")
        await early.sees("item-parks")
        await early.says("8")
        await early.sees_thanks()

        town.pack = read_pack(changed)
        await late.starts_t1()
        await late.says("2")
        await late.sees("item-parks")
        await late.says("9")
        await late.sees("item-wishes")
        await late.says("3")
        await late.sees("item-visits")

    path = await export(
        town.app.database, ["t1"], shape=Shape.WIDE, format=Format.CSV, out=tmp_path / "t1.csv"
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["t1_version"]: row for row in csv.DictReader(file)}
    assert sorted(rows) == ["1", "2"]
    assert (rows["1"]["t1_parks"], rows["2"]["t1_parks"]) == ("8", "9")
    assert rows["1"]["t1_wishes_shade"] == "", "it was not offered"
    assert rows["2"]["t1_wishes_shade"] == "1"


async def test_a_new_profile_leaves_those_in_mid_profile_alone(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.consents()
    await citizen.chooses("Kenya")
    await citizen.sees("item-nickname")
    await loads(town, edited(PROFILE_WORDING), new_version=True)
    await citizen.says("/start")
    await citizen.sees("welcome-back")
    await citizen.sees_words("What may we call you?")
    await citizen.says("Wanjiku")
    await citizen.confirms_profile()
    await citizen.sees("enrolled", "survey-open", "home")
    (row,) = await town.rows(
        select(questionnaire.c.version).join(response).where(response.c.instrument == "profile")
    )
    assert row.version == 1


async def test_open_waves_ask_the_new_version_others_when_they_open(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    assert (await bound(town, "t1"), await bound(town, "t2")) == (1, None)
    await loads(town, edited(ANOTHER_WORDING), new_version=True)
    assert (await bound(town, "t1"), await bound(town, "t2")) == (2, None)
    await town.opens("t2")
    await town.advances(minutes=31)  # nobody is invited out of a question
    await citizen.sees("survey-invitation")
    assert await bound(town, "t2") == 2
    (told,) = await town.rows(select(event).where(event.c.subject == "questionnaire"))
    assert (told.subject_id, told.target) == ("parks/opinion/2", "new_version")
    assert told.detail["waves"] == ["t1"] and len(told.detail["differences"]) == 1

    await town.closes("t1")
    await citizen.says("/survey t2")
    await citizen.sees("item-transport")
    await citizen.says("1")
    await citizen.sees("item-parks")
    await loads(town, edited(ANOTHER_WORDING, ANOTHER_CHOICE), new_version=True)
    assert (await bound(town, "t1"), await bound(town, "t2")) == (2, 3)
    assert sorted(await versions(town)) == [1, 2, 3]


async def test_a_version_nobody_has_answered_is_corrected_in_place(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.starts_t1()
    loaded = await loads(town, edited(ANOTHER_WORDING), new_version=True)
    assert loaded.changes[0] == "questionnaire opinion: changed (no answers yet)"
    assert loaded.notes == ["no new version: no questionnaire differs in anything that is locked"]
    assert list(await versions(town)) == [1]
    await citizen.says("1")
    await citizen.sees("item-parks")
    await loads(town, edited(ANOTHER_CHOICE), new_version=True)
    third = await loads(town, edited())
    assert third.changes[0] == "questionnaire opinion: changed (no answers yet)"
    assert list(await versions(town)) == [1, 2]


async def test_no_new_version_is_made_where_nothing_differs(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.is_enrolled()
    await town.settles()
    before = await everything(town)
    loaded = await loads(town, edited(), new_version=True)
    assert (loaded.changes, len(loaded.notes)) == ([], 1)
    assert await everything(town) == before


async def test_all_questionnaires_of_a_pack_are_decided_together(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    await town.settles()
    before = await everything(town)
    changed = edited(ANOTHER_WORDING, A_TRANSLATION, PROFILE_WORDING)
    told = await is_refused(town, changed)
    assert [line for line in told if not line.startswith("  ")][:-1] == [
        "questionnaire opinion: " + ASKED.format(1),
        "questionnaire profile: " + ASKED.format(2),
    ]
    assert len([line for line in told if line.startswith("  item ")]) == 3
    assert await everything(town) == before
    loaded = await loads(town, changed, new_version=True)
    assert [line for line in loaded.changes if "keeps" in line] == [
        "questionnaire opinion: version 2; version 1 keeps its 1 answer(s)",
        "questionnaire profile: version 2; version 1 keeps its 2 answer(s)",
    ]


async def test_a_dry_run_tells_all_and_stores_nothing(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    await town.settles()
    before = await everything(town)
    changed = edited(ANOTHER_WORDING)
    await is_refused(town, changed, dry_run=True)
    foretold = await loads(town, changed, new_version=True, dry_run=True)
    assert await everything(town) == before
    assert foretold.changes == (await loads(town, changed, new_version=True)).changes


# --- Translations --------------------------------------------------------------------------------


async def test_a_translation_is_corrected_in_the_newest_version_and_recorded(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    await citizen.starts_t1(language="es")
    await citizen.says("1")
    await citizen.sees("item-parks")
    await loads(town, edited(ANOTHER_CHOICE), new_version=True)
    oldest = (await versions(town))[1]
    async with TelegramCitizen(town) as other:
        await other.starts_t1()
        await other.says("1")
        await other.sees("item-parks")
    given = await town.rows(select(answer).order_by(answer.c.id))
    begun = await town.rows(select(response).order_by(response.c.id))

    loaded = await loads(town, edited(ANOTHER_CHOICE, A_TRANSLATION))
    assert loaded.changes == [
        "questionnaire opinion: version 2, translation corrected (1 answer(s))",
        "  item parks: label in 'es' changed: '¿Qué importancia tienen los parques?' -> "
        "'¿Cuánto le importan los parques?'",
    ]
    (told,) = await town.rows(select(event).where(event.c.target == "translation_corrected"))
    assert (told.subject, told.subject_id) == ("questionnaire", "parks/opinion/2")
    assert told.detail == {
        "item": "parks",
        "field": "label",
        "language": "es",
        "from": "¿Qué importancia tienen los parques?",
        "to": "¿Cuánto le importan los parques?",
    }
    assert await town.rows(select(answer).order_by(answer.c.id)) == given
    assert await town.rows(select(response).order_by(response.c.id)) == begun
    assert (await versions(town))[1] == oldest

    await citizen.says("/continue")
    await citizen.sees("welcome-back")
    await citizen.sees_words("¿Qué importancia tienen los parques?")  # of version 1, as begun
    await other.says("/language")
    await other.sees("choose-language")
    await other.chooses("Español")
    other.language = "es"
    await other.sees("language-chosen")
    await other.sees_words("¿Cuánto le importan los parques?")


async def test_wordings_are_locked_in_the_language_that_was_the_source(
    citizen: TelegramCitizen, town: Town, edited: Callable[..., Path]
) -> None:
    """Another first language in the pack must not open the one that people were asked in."""
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    turned = replace(read_pack(edited(ANOTHER_WORDING)), languages=("es", "en", "ar"))
    with pytest.raises(WordingLocked, match="label in 'en' changed"):
        await load_pack(town.app.database, turned, town.clock.now())


# --- Two at once ---------------------------------------------------------------------------------


@asynccontextmanager
async def another_process(town: Town) -> AsyncIterator[Database]:
    database = Database(town.settings.database_url)
    yield database
    await database.close()


async def test_the_first_answer_does_not_slip_in_while_a_pack_is_loaded(
    citizen: TelegramCitizen,
    town: Town,
    edited: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The turn has read the questionnaire and not yet written the answer when loading begins."""
    await citizen.starts_t1()
    await town.settles()
    has_read, may_write = asyncio.Event(), asyncio.Event()
    current: Callable[..., Awaitable[Mapping[int, Deliberation]]] = Library.current

    async def slow(self: Library, connection: Any) -> Mapping[int, Deliberation]:
        found = await current(self, connection)
        if self is town.app.library:
            has_read.set()
            await may_write.wait()
        return found

    monkeypatch.setattr(Library, "current", slow)
    pack = read_pack(edited(ANOTHER_WORDING))
    await citizen.says("1")
    async with another_process(town) as database:
        await asyncio.wait_for(has_read.wait(), 5)
        loading = asyncio.create_task(load_pack(database, pack, town.clock.now()))
        await asyncio.sleep(0.3)
        assert not loading.done(), "it must wait for the turn"
        may_write.set()
        with pytest.raises(WordingLocked, match="opinion: version 1 has 1 answer"):
            await loading
    await citizen.sees("item-parks")


async def test_a_turn_that_comes_while_a_pack_is_loaded_sees_the_new_version(
    citizen: TelegramCitizen,
    town: Town,
    edited: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loading has written the new version and not yet committed when a newcomer begins."""
    async with TelegramCitizen(town) as early:
        await early.starts_t1()
        await early.says("1")
        await early.sees("item-parks")
    await citizen.is_enrolled()
    await town.settles()
    has_written, may_commit = asyncio.Event(), asyncio.Event()
    tell = deliberations._tell

    async def slow(*args: Any) -> None:
        await tell(*args)
        has_written.set()
        await may_commit.wait()

    monkeypatch.setattr(deliberations, "_tell", slow)
    pack = read_pack(edited(ANOTHER_WORDING))
    async with another_process(town) as database:
        loading = asyncio.create_task(load_pack(database, pack, town.clock.now(), new_version=True))
        await asyncio.wait_for(has_written.wait(), 5)
        await citizen.chooses("start-survey")
        await citizen.sees_nothing()
        may_commit.set()
        await loading
    town.pack = pack
    await citizen.sees("item-transport")
    await citizen.says("1")
    await citizen.sees("item-parks")
    found = await town.rows(
        select(questionnaire.c.version)
        .join(response, response.c.questionnaire_id == questionnaire.c.id)
        .where(response.c.instrument == "t1")
        .order_by(response.c.started_at)
    )
    assert [row.version for row in found] == [1, 2]


# --- As staff type it ----------------------------------------------------------------------------


def test_staff_load_a_changed_pack(
    sqlite_url: str, edited: Callable[..., Path], tmp_path: Path
) -> None:
    def minipublic(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=tmp_path,
            env=environment(DATABASE_URL=sqlite_url),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    assert minipublic("load", str(edited())).returncode == 0
    changed = str(edited({"How important are parks?": "How :heart: are [parks]?"}))
    wording = (
        "questionnaire opinion: changed (no answers yet)\n"
        "  item parks: label in 'en' changed: 'How important are parks?' -> "
        "'How :heart: are [parks]?'\n"
    )
    note = "no new version: no questionnaire differs in anything that is locked\n"
    tried = minipublic("load", changed, "--dry-run", "--new-version")
    assert tried.stdout == wording + note + "dry run: nothing was stored\n", tried.stderr
    assert minipublic("load", changed).stdout == wording
    assert minipublic("load", changed).stdout == "nothing has changed\n"
