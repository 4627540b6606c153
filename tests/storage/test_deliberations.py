"""Loading a pack: what changed is written and told, and answers stay comparable."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.deliberation import BriefingPart, Consent, Pack, Release
from bot.domain.questionnaire import MediaKind
from bot.domain.questionnaire_document import from_document, to_document
from bot.domain.states import ForbiddenTransition
from bot.packs.load import read_pack
from bot.scheduling import staff
from bot.storage.database import Database
from bot.storage.deliberations import WaveIsOpen, WordingLocked, load_pack
from bot.storage.library import Library
from bot.storage.media import StoredMedia
from bot.storage.tables import (
    briefing,
    consent,
    consent_text,
    event,
    media,
    metadata,
    questionnaire,
    wave,
)
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import PARKS, Town

NOON = datetime(2030, 1, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
PACK = read_pack(PARKS)
GOLDEN = Path(__file__).parent / "opinion_of_the_first_release.json"


@pytest.fixture
async def database(a_database: str) -> AsyncIterator[Database]:
    database = Database(a_database)
    yield database
    await database.close()


async def everything(database: Database) -> dict[str, list[str]]:
    async with database.reading() as connection:
        return {
            table.name: sorted(repr(row) for row in await connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


async def waves(database: Database) -> dict[str, str]:
    async with database.reading() as connection:
        found = await connection.execute(select(wave.c.code, wave.c.status))
        return {row.code: row.status for row in found}


async def loads(database: Database, pack: Pack, now: datetime = NOON) -> list[str]:
    return (await load_pack(database, pack, now)).changes


# --- Changes of a pack ---------------------------------------------------------------------------


def with_title(pack: Pack) -> Pack:
    return replace(pack, title={**pack.title, "en": "Parks for all"})


def with_another_door(pack: Pack) -> Pack:
    return replace(pack, invited_only=True, on_erase="anonymise", timezone="Africa/Nairobi")


def with_a_language_less(pack: Pack) -> Pack:
    return replace(pack, languages=("en", "es"))


def with_consent(pack: Pack) -> Pack:
    return replace(
        pack, consent=Consent({**pack.consent.texts, "en": "# Now\n\nTaking part anew."})
    )


def with_wording(pack: Pack, code: str = "opinion") -> Pack:
    instrument = pack.questionnaires[code]
    first, *others = instrument.items
    changed = replace(first, label={**first.label, "en": f"{first.label['en']} Please."})
    items = (changed, *others)
    return replace(
        pack, questionnaires={**pack.questionnaires, code: replace(instrument, items=items)}
    )


def with_a_questionnaire_more(pack: Pack) -> Pack:
    more = replace(pack.questionnaires["opinion"], code="again")
    return replace(pack, questionnaires={**pack.questionnaires, "again": more})


def with_briefing(pack: Pack, **changes: Any) -> Pack:
    first, *others = pack.briefings
    return replace(pack, briefings=(replace(first, **changes), *others))


def with_picture(pack: Pack, content: bytes = b"PNG", filename: str = "tree.png") -> Pack:
    parts = {
        language: (BriefingPart("A tree", filename, "A tree"),)
        for language in pack.briefings[0].parts
    }
    return replace(with_briefing(pack, parts=parts), media={filename: content})


def with_item_media(pack: Pack, name: str = "tree", **contents: bytes) -> Pack:
    """A picture in each of these languages before the first item."""
    instrument = pack.questionnaires["opinion"]
    first, *others = instrument.items
    files = {language: f"{name}.{language}.png" for language in contents}
    first = replace(first, media={MediaKind.IMAGE: files})
    changed = replace(instrument, items=(first, *others))
    return replace(
        pack,
        questionnaires={**pack.questionnaires, "opinion": changed},
        media={files[language]: content for language, content in contents.items()},
    )


def with_a_briefing_more(pack: Pack) -> Pack:
    more = replace(pack.briefings[0], code="trees")
    return replace(pack, briefings=(*pack.briefings, more))


def with_briefings_swapped(pack: Pack) -> Pack:
    return replace(pack, briefings=pack.briefings[::-1])


def with_wave(pack: Pack, **changes: Any) -> Pack:
    first, second = pack.waves
    return replace(pack, waves=(first, replace(second, **changes)))


def with_waves_more(pack: Pack) -> Pack:
    _, second = pack.waves
    undecided = replace(second, code="t4", opens=Release(), closes=None)
    return replace(pack, waves=(*pack.waves, replace(second, code="t3"), undecided))


WORDING_CHANGED = [
    "questionnaire opinion: changed (no answers yet)",
    "  item intro: label in 'en' changed: 'A few questions about parks.' -> "
    "'A few questions about parks. Please.'",
]

CHANGES: list[tuple[Callable[[Pack], Pack], list[str]]] = [
    (with_title, ["deliberation parks: title changed"]),
    (with_another_door, ["deliberation parks: timezone, invited_only, on_erase changed"]),
    (with_a_language_less, ["deliberation parks: languages changed"]),
    (lambda pack: replace(pack, profile=None), ["deliberation parks: profile_code changed"]),
    (with_consent, ["consent: version 2"]),
    (with_wording, WORDING_CHANGED),
    (with_a_questionnaire_more, ["questionnaire again: created"]),
    (
        lambda pack: with_briefing(pack, titles={"en": "Parks!"}, release=Release(at=LATER)),
        ["briefing parks: release, titles changed"],
    ),
    (with_picture, ["briefing parks: parts changed"]),
    (with_a_briefing_more, ["briefing trees: created"]),
    (
        with_briefings_swapped,
        ["briefing costs: position changed", "briefing parks: position changed"],
    ),
    (
        lambda pack: with_wave(pack, reminders=(timedelta(days=1),), opens=Release(at=LATER)),
        ["wave t2: opens_at, reminders changed"],
    ),
    (lambda pack: with_wave(pack, opens=Release()), ["wave t2: opens_at, status changed"]),
    (with_waves_more, ["wave t3: scheduled", "wave t4: draft"]),
    (
        lambda pack: with_consent(with_title(pack)),
        ["deliberation parks: title changed", "consent: version 2"],
    ),
]


async def test_a_new_deliberation_is_told_part_by_part(database: Database) -> None:
    assert await loads(database, PACK) == [
        "deliberation parks: created",
        "consent: version 1",
        "questionnaire opinion: created",
        "questionnaire profile: created",
        "briefing parks: created",
        "briefing costs: created",
        "wave t1: scheduled",
        "wave t2: scheduled",
    ]


async def test_loading_a_pack_again_changes_nothing(database: Database) -> None:
    pack = with_picture(PACK)
    await loads(database, pack)
    before = await everything(database)
    assert await loads(database, pack, LATER) == []
    assert await everything(database) == before


@pytest.mark.parametrize(("change", "told"), CHANGES, ids=[told[-1] for _, told in CHANGES])
async def test_a_change_is_told_once_and_seen_by_the_conversation(
    database: Database, change: Callable[[Pack], Pack], told: list[str]
) -> None:
    await loads(database, PACK)
    library = Library()
    async with database.reading() as connection:
        (before,) = (await library.current(connection)).values()
    assert await loads(database, change(PACK), LATER) == told
    async with database.reading() as connection:
        (after,) = (await library.current(connection)).values()
        (noted,) = await connection.execute(
            select(event.c.detail).where(event.c.subject == "deliberation", event.c.at == LATER)
        )
    assert after.revision == before.revision + 1
    assert noted.detail == {"changes": told}


@pytest.mark.parametrize(("change", "told"), CHANGES, ids=[told[-1] for _, told in CHANGES])
async def test_a_changed_pack_loaded_again_changes_nothing(
    database: Database, change: Callable[[Pack], Pack], told: list[str]
) -> None:
    await loads(database, PACK)
    await loads(database, change(PACK), LATER)
    before = await everything(database)
    await loads(database, change(PACK), LATER)
    assert await everything(database) == before


SMALLER = replace(PACK, briefings=PACK.briefings[:1], waves=PACK.waves[:1])


async def test_what_is_no_longer_in_the_pack_is_withdrawn_and_comes_back(
    database: Database,
) -> None:
    await loads(database, PACK)
    gone = [
        "briefing costs: no longer in the pack, withdrawn",
        "wave t2: no longer in the pack, withdrawn; it is draft",
    ]
    rehearsed = await load_pack(database, SMALLER, LATER, dry_run=True)
    assert rehearsed.changes == gone
    assert await waves(database) == {"t1": "scheduled", "t2": "scheduled"}
    assert await loads(database, SMALLER) == gone
    assert await waves(database) == {"t1": "scheduled", "t2": "draft"}
    async with database.reading() as connection:
        known = (await Library().current(connection))[1]
        stored = await connection.execute(select(briefing.c.code))
    assert [each.briefing.code for each in known.briefings] == ["parks"]
    assert sorted(stored.scalars()) == ["costs", "parks"]
    assert await loads(database, SMALLER) == []
    with pytest.raises(ForbiddenTransition, match="no longer in the pack"):
        await staff.open_wave(database, None, "t2", LATER)
    assert await loads(database, PACK) == [
        "briefing costs: in the pack again",
        "wave t2: in the pack again; status changed",
    ]
    assert await waves(database) == {"t1": "scheduled", "t2": "scheduled"}


async def test_a_wave_that_left_the_pack_never_opens_by_itself(town: Town) -> None:
    await load_pack(town.app.database, SMALLER, town.clock.now())
    await town.is_at(datetime(2030, 3, 1, 9, tzinfo=UTC))
    assert (await town.wave("t2")).status == "draft"


async def test_an_open_wave_is_withdrawn_at_a_word_alone(database: Database) -> None:
    await loads(database, PACK)
    await staff.open_wave(database, None, "t2", NOON)
    before = await everything(database)
    for dry_run in (True, False):
        with pytest.raises(WaveIsOpen, match=r"wave t2 is open(.|\n)*--withdraw-open"):
            await load_pack(database, SMALLER, LATER, dry_run=dry_run)
        assert await everything(database) == before
    loaded = await load_pack(database, SMALLER, LATER, withdraw_open=True)
    assert "wave t2: no longer in the pack, withdrawn; it is closed" in loaded.changes
    assert await waves(database) == {"t1": "scheduled", "t2": "closed"}
    async with database.reading() as connection:
        logged = await connection.execute(select(event.c.target).where(event.c.subject == "wave"))
    assert list(logged.scalars())[-1] == "closed"
    assert "wave t2: in the pack again; open again" in await loads(database, PACK, LATER)
    assert await waves(database) == {"t1": "scheduled", "t2": "open"}


async def test_a_wave_that_was_opened_stays_open(database: Database) -> None:
    await loads(database, PACK)
    await staff.open_wave(database, None, "t2", NOON)
    undecided = with_wave(PACK, opens=Release(), closes=LATER)
    assert await loads(database, undecided) == ["wave t2: opens_at, closes_at changed"]
    async with database.reading() as connection:
        found = await connection.execute(select(wave.c.status).where(wave.c.code == "t2"))
        assert found.scalar_one() == "open"


# --- Consent -------------------------------------------------------------------------------------


async def test_who_consents_later_consents_to_the_later_text(town: Town) -> None:
    early, late = TelegramCitizen(town), TelegramCitizen(town)
    await early.is_enrolled()
    assert await loads(town.app.database, with_consent(town.pack)) == ["consent: version 2"]
    await late.says("/start")
    await late.sees("welcome", "choose-language")
    await late.chooses("English")
    await late.sees("language-chosen")
    await late.sees_words("Taking part anew.")
    await late.chooses("consent-agree")
    await late.sees("consent-given", "profile-introduction", "item-country")
    given = await town.rows(
        select(consent_text.c.version)
        .join(consent, consent.c.consent_text_id == consent_text.c.id)
        .order_by(consent.c.id)
    )
    assert [row.version for row in given] == [1, 2]


# --- Questionnaires of earlier releases ----------------------------------------------------------


async def test_a_document_of_the_first_release_is_the_questionnaire_that_it_was(
    database: Database,
) -> None:
    """It lacks all that has been added to items since, and so does not differ from the pack."""
    document = json.loads(GOLDEN.read_text("utf-8"))
    assert from_document(document) == PACK.questionnaires["opinion"]
    assert to_document(from_document(document)) == document
    await loads(database, PACK)
    async with database.writing() as transaction:
        await transaction.execute(
            update(questionnaire).where(questionnaire.c.code == "opinion").values(document=document)
        )
    before = await everything(database)
    assert await loads(database, PACK, LATER) == []
    assert await everything(database) == before


# --- Locked wordings -----------------------------------------------------------------------------


async def test_a_questionnaire_with_answers_is_locked_and_nothing_of_the_pack_is_loaded(
    town: Town, telegram_citizen: TelegramCitizen
) -> None:
    await telegram_citizen.is_enrolled()
    await town.settles()
    before = await everything(town.app.database)
    changed = with_picture(with_title(with_consent(with_wording(town.pack, "profile"))))
    with pytest.raises(WordingLocked, match=r"profile: version 1 has 2 answer\(s\), so"):
        await loads(town.app.database, changed)
    assert await everything(town.app.database) == before
    assert await loads(town.app.database, town.pack) == []


async def test_a_questionnaire_is_corrected_in_place_until_its_first_answer(
    town: Town, telegram_citizen: TelegramCitizen
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    corrected = with_wording(town.pack, "opinion")
    assert await loads(town.app.database, corrected) == WORDING_CHANGED
    await citizen.says("/continue")
    await citizen.sees("welcome-back")
    await citizen.sees_words("A few questions about parks. Please.")
    await citizen.says("1")
    await citizen.sees("item-parks")
    with pytest.raises(WordingLocked):
        await loads(town.app.database, town.pack)


async def test_what_is_not_wording_can_be_changed_beside_locked_questionnaires(
    town: Town, telegram_citizen: TelegramCitizen
) -> None:
    await telegram_citizen.is_enrolled()
    assert await loads(town.app.database, with_title(town.pack)) == [
        "deliberation parks: title changed"
    ]


# --- Media ---------------------------------------------------------------------------------------


async def test_a_picture_is_stored_once_under_its_content(database: Database) -> None:
    await loads(database, with_picture(PACK))
    await loads(database, with_picture(PACK, filename="the same tree.png"))
    await loads(database, replace(with_picture(PACK), code="village"))
    await loads(database, with_picture(PACK, content=b"another"))
    async with database.reading() as connection:
        stored = {row.content: row.digest for row in await connection.execute(select(media))}
        briefings = (await Library().current(connection)).values()
    assert sorted(stored) == [b"PNG", b"another"]
    shown = {d.code: d.briefings[0].briefing.parts["en"][0].media for d in briefings}
    assert shown == {"parks": stored[b"another"], "village": stored[b"PNG"]}
    assert (await StoredMedia(database).fetch(stored[b"PNG"])).filename == "tree.png"


async def test_an_items_media_are_stored_under_their_content(database: Database) -> None:
    loaded = await loads(database, with_item_media(PACK, en=b"EN", es=b"ES"))
    assert "questionnaire opinion: created" in loaded
    digests = {language: sha256(language.upper().encode()).hexdigest() for language in ("en", "es")}
    async with database.reading() as connection:
        (read,) = (await Library().current(connection)).values()
    item = read.questionnaires[read.newest["opinion"]].items[0]
    assert item.media == {MediaKind.IMAGE: digests}
    assert (await StoredMedia(database).fetch(digests["es"])).content == b"ES"

    renamed = with_item_media(PACK, "renamed", en=b"EN", es=b"ES")
    assert await loads(database, renamed) == []
    assert await loads(database, with_item_media(PACK, en=b"EN", es=b"another")) == [
        "questionnaire opinion: changed (no answers yet)",
        f"  item intro: image in 'es' changed: {digests['es'][:12]} -> "
        f"{sha256(b'another').hexdigest()[:12]}",
    ]
    assert (await StoredMedia(database).fetch(digests["es"])).content == b"ES"


async def test_two_deliberations_of_one_database_do_not_touch_each_other(
    database: Database,
) -> None:
    await loads(database, PACK)
    await loads(database, replace(PACK, code="village"))
    assert await loads(database, with_wording(replace(PACK, code="village"))) == WORDING_CHANGED
    assert await loads(database, PACK) == []
