"""Staff's files: what stands in them, what never does, and that they are whole."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars
import pytest
from sqlalchemy import update

from bot.domain.questionnaire import Item, ItemType, Questionnaire, Scale
from bot.domain.states import ResponseStatus
from bot.export import Shape, staff_file
from bot.export.csv_file import CsvWriter
from bot.export.long import COLUMNS, REPLACED_AT, SHOWN
from bot.export.paradata import COLUMNS as PARADATA
from bot.export.paradata import ORDER
from bot.export.people import people
from bot.export.staff_file import HistoryIsLong, UnknownLanguage
from bot.export.whole_file import NoSuchFolder
from bot.export.wide import PERSON, RESPONSE
from bot.storage import answers, erasure, tables
from bot.storage.people import NoSuchDeliberation
from bot.storage.waves import NoSuchWave
from tests.cast.archive import (
    DONT_KNOW,
    NOON,
    OPINION,
    PARTIAL,
    REFUSED,
    SKIPPED,
    YES_NO,
    Archive,
    at,
    cells,
    choices,
    item,
    opened,
    table_in,
)

DOCS = Path(__file__).parents[2] / "docs" / "exports.md"


@pytest.fixture
async def archive(a_database: str, tmp_path: Path) -> AsyncIterator[Archive]:
    async with opened(a_database, tmp_path) as made:
        yield made


# --- The wide shape ------------------------------------------------------------------------------


async def test_the_wide_columns_stand_in_the_order_of_the_questionnaire(archive: Archive) -> None:
    await archive.holds(OPINION)
    path = await archive.exports()
    assert path.read_bytes().decode("utf-8-sig").splitlines() == [
        "participant,deliberation,language,country,cohort,stratum,arm,"
        "t1_outcome,t1_language,t1_channel,t1_version,t1_invited_at,t1_started_at,t1_completed_at,"
        "t1_trust,t1_ban,t1_ban_label,t1_topics_jobs,t1_topics_art,t1_topics_label,t1_why,t1_age,"
        "t1_days"
    ]


async def test_a_complete_response(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.enrols("p1", country="ke", cohort="spring", stratum="north", arm="control")
    await archive.invites("p1")
    said = {"trust": 7, "ban": "01", "topics": ["art"], "why": "Because.", "age": 34, "days": 0}
    await archive.hears("p1", said)
    assert await archive.wide() == [
        {
            "participant": "p1",
            "deliberation": "town",
            "language": "fr",
            "country": "ke",
            "cohort": "spring",
            "stratum": "north",
            "arm": "control",
            "t1_outcome": "complete",
            "t1_language": "ar",
            "t1_channel": "webchat",
            "t1_version": "1",
            "t1_invited_at": "2025-03-04T12:00:00Z",
            "t1_started_at": "2025-03-04T12:01:00Z",
            "t1_completed_at": "2025-03-04T12:30:00Z",
            "t1_trust": "7",
            "t1_ban": "01",
            "t1_ban_label": "01",
            "t1_topics_jobs": "0",
            "t1_topics_art": "1",
            "t1_topics_label": "Art",
            "t1_why": "Because.",
            "t1_age": "34",
            "t1_days": "0",
        }
    ]


async def test_what_was_not_reached_is_99_and_a_multiple_choice_empty(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"trust": 0, "ban": "01"}, status=PARTIAL)
    [row] = await archive.wide()
    assert row["t1_outcome"] == "partial" and row["t1_completed_at"] == ""
    assert cells(row, "t1_trust", "t1_ban", "t1_why", "t1_days") == ["0", "01", "", "99"]
    assert cells(row, "t1_topics_jobs", "t1_topics_art", "t1_topics_label") == ["", "", ""]


async def test_dont_know_and_refused_are_declared_codes_and_skipped_is_empty(
    archive: Archive,
) -> None:
    await archive.holds(OPINION)
    for who, kind in (("p1", DONT_KNOW), ("p2", REFUSED), ("p3", SKIPPED)):
        await archive.enrols(who)
        await archive.hears(who, dict.fromkeys(("trust", "ban", "topics", "age", "days"), kind))
    names = ["t1_trust", "t1_ban", "t1_ban_label", "t1_topics_jobs", "t1_topics_art"]
    names += ["t1_topics_label", "t1_age", "t1_days"]
    dont_know, refused, skipped = await archive.wide()
    assert cells(dont_know, *names) == ["97", "97", "Unsure", "97", "97", "None", "-97", "97"]
    assert cells(refused, *names) == ["98", "98", "Secret", "98", "98", "Refused", "-98", "98"]
    assert cells(skipped, *names) == [""] * len(names)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (item("q", ItemType.INTEGER), "-97"),
        (item("q", ItemType.INTEGER, constraint=". < 97"), "97"),
        (item("q", ItemType.INTEGER, constraint=". <= 99"), "-97"),
        (item("q", ItemType.INTEGER, constraint=". <= ${other}"), "-97"),
        (item("q", ItemType.INTEGER, constraint=". >= -100 and . <= 100"), "-9997"),
        (item("q", ItemType.RANGE, scale=Scale(0, 100, 10)), "97"),
        (item("q", ItemType.RANGE, scale=Scale(90, 100)), "-97"),
        (item("q", ItemType.SELECT_ONE, choices=choices("1", "099")), "-97"),
        (item("q", ItemType.SELECT_ONE, choices=choices("1", **{"97": DONT_KNOW})), "97"),
        (item("q", ItemType.SELECT_MULTIPLE, choices=choices("97")), None),
    ],
)
async def test_missing_codes_are_no_possible_answers(
    archive: Archive, asked: Item, code: str | None
) -> None:
    await archive.holds(Questionnaire("opinion", 1, {}, (asked,)))
    await archive.one({"q": DONT_KNOW})
    [row] = await archive.wide()
    assert (row["t1_q_97"] == "97") if code is None else (row["t1_q"] == code)


async def test_an_answer_that_became_irrelevant_is_left_out(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"ban": "01", "why": "They lie."})
    await archive.answers("p1", "ban", "02")
    [row] = await archive.wide()
    assert cells(row, "t1_ban", "t1_why") == ["02", ""]
    assert [answer["item"] for answer in await archive.long()] == ["ban"]
    assert "why" not in [answer["item"] for answer in await archive.long(history=True)]


async def test_today_is_the_day_of_the_last_answer(archive: Archive) -> None:
    late = item("late", ItemType.INTEGER, relevant="today() > '2025-03-04'", constraint=". < 9")
    same_day = item("then", ItemType.INTEGER, relevant="today() = '2025-03-04'", constraint=". < 9")
    await archive.holds(Questionnaire("opinion", 1, {}, (late, same_day)))
    await archive.one({"then": 1})
    [row] = await archive.wide()
    assert cells(row, "t1_late", "t1_then") == ["", "1"]


async def test_outcomes_follow_aapor(archive: Archive) -> None:
    await archive.holds(OPINION)
    for status in ResponseStatus:
        await archive.enrols(f"p-{status}")
        await archive.hears(f"p-{status}", {}, status=status)
    await archive.enrols("p-silent")
    await archive.invites("p-silent")
    await archive.enrols("p-uninvited")
    rows = {row["participant"]: row for row in await archive.wide()}
    assert {who: row["t1_outcome"] for who, row in rows.items()} == {
        "p-complete": "complete",
        "p-in_progress": "in_progress",
        "p-not_started": "non-contact",
        "p-partial": "partial",
        "p-refused": "refusal",
        "p-silent": "non-contact",
    }
    assert rows["p-silent"]["t1_invited_at"] == "2025-03-04T12:00:00Z"
    for who in ("p-silent", "p-not_started"):  # nothing was put to them, so nothing is not reached
        assert not any(cells(rows[who], "t1_trust", "t1_ban", "t1_topics_jobs", "t1_days"))


async def test_waves_are_merged_on_the_participant(archive: Archive) -> None:
    await archive.holds(OPINION, waves=("t1", "t2-late"))
    for who in ("p1", "p2"):
        await archive.enrols(who)
    await archive.hears("p2", {"trust": 1}, wave="t1")
    await archive.hears("p2", {"trust": 9}, wave="t2-late")
    await archive.hears("p1", {"trust": 5}, wave="t2-late")
    first, second = await archive.wide("t2-late", "t1")
    assert list(first).index("t2_late_trust") < list(first).index("t1_outcome")
    both = ("participant", "t1_outcome", "t1_trust", "t2_late_outcome", "t2_late_trust")
    assert cells(first, *both) == ["p1", "", "", "complete", "5"]
    assert cells(second, *both) == ["p2", "complete", "1", "complete", "9"]
    alone = await archive.wide("t1")
    assert [row["participant"] for row in alone] == ["p2"]


async def test_versions_of_a_questionnaire_are_united_the_newest_first(archive: Archive) -> None:
    old = Questionnaire(
        "opinion",
        1,
        {},
        (
            item("dropped", ItemType.TEXT),
            item("topics", ItemType.SELECT_MULTIPLE, choices=choices("war", "jobs")),
            item("turned", ItemType.TEXT),
        ),
    )
    new = Questionnaire(
        "opinion",
        2,
        {},
        (
            item("turned", ItemType.RANGE, scale=Scale(0, 5)),
            item("topics", ItemType.SELECT_MULTIPLE, choices=choices("jobs", "art")),
        ),
    )
    await archive.holds(old, new)
    for who in ("p1", "p2"):
        await archive.enrols(who)
    await archive.hears("p1", {"dropped": "x", "topics": ["war"], "turned": "many"})
    await archive.hears("p2", {"turned": 3, "topics": ["jobs"]}, form=("opinion", 2))
    first, second = await archive.wide()
    names = [name for name in first if name.startswith("t1_")][len(RESPONSE) :]
    assert names == [
        *("t1_turned", "t1_topics_jobs", "t1_topics_art", "t1_topics_war", "t1_topics_label"),
        *("t1_dropped", "t1_turned_2"),
    ]
    assert cells(first, "t1_version", *names) == ["1", "", "0", "", "1", "War", "x", "many"]
    assert cells(second, "t1_version", *names) == ["2", "3", "1", "0", "", "Jobs", "", ""]


async def test_items_never_take_the_name_of_another_column(archive: Archive) -> None:
    texts = [item(code, ItemType.TEXT) for code in ("language", "ban_label", "version")]
    pair = item("ban", ItemType.SELECT_ONE, choices=YES_NO)
    several = item("s", ItemType.SELECT_MULTIPLE, choices=choices("label"))
    await archive.holds(Questionnaire("opinion", 1, {}, (*texts, pair, several)))
    said = {"language": "Sw", "ban_label": "b", "version": "v", "ban": "02", "s": ["label"]}
    await archive.one(said)
    [row] = await archive.wide()
    assert cells(row, "t1_language", "t1_language_2", "t1_version", "t1_version_2") == [
        *("ar", "Sw"),
        *("1", "v"),
    ]
    assert cells(row, "t1_ban_label", "t1_ban_2", "t1_ban_2_label") == ["b", "02", "02"]
    assert cells(row, "t1_s_label", "t1_s_label_") == ["1", "Label"]


async def test_the_profile_is_an_instrument_too(archive: Archive) -> None:
    profile = Questionnaire("about", 1, {}, (item("born", ItemType.INTEGER),))
    await archive.holds(profile, OPINION, profile="about")
    await archive.enrols("p1")
    await archive.hears("p1", {"born": 1990}, wave="profile", form=("about", 1))
    await archive.hears("p1", {"trust": 4})
    [row] = await archive.wide("profile", "t1")
    assert cells(row, "profile_outcome", "profile_born", "t1_trust") == ["complete", "1990", "4"]
    [answer] = await archive.long("profile")
    assert cells(answer, "wave", "questionnaire", "value") == ["profile", "about", "1990"]


# --- The long shape ------------------------------------------------------------------------------


async def test_the_long_shape_has_a_row_for_each_answer(archive: Archive) -> None:
    await archive.holds(OPINION, waves=("t1", "t2"))
    await archive.one({"topics": ["jobs", "art"], "ban": "02", "trust": DONT_KNOW, "age": SKIPPED})
    await archive.hears("p1", {"trust": 3}, wave="t2")
    rows = await archive.long("t1", "t2", label_language="fr")
    assert rows[2] == {
        "participant": "p1",
        "deliberation": "town",
        "wave": "t1",
        "questionnaire": "opinion",
        "version": "1",
        "item": "topics",
        "item_label": "topics ?",
        "type": "select_multiple",
        "kind": "value",
        "value": "jobs art",
        "label": "le jobs; le art",
        "language": "en",
        "channel": "telegram",
        "asked_at": "2025-03-04T12:01:00Z",
        "answered_at": "2025-03-04T12:02:00Z",
        "choices_shown": "",
        "changes": "0",
    }
    assert [cells(row, "wave", "item", "kind", "value", "label") for row in rows] == [
        ["t1", "trust", "dont_know", "", ""],
        ["t1", "ban", "value", "02", "le 02"],
        ["t1", "topics", "value", "jobs art", "le jobs; le art"],
        ["t1", "age", "skipped", "", ""],
        ["t2", "trust", "value", "3", ""],
    ]


async def test_history_adds_the_answers_that_were_replaced(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"trust": 3, "days": 1})
    await archive.answers("p1", "trust", DONT_KNOW, minute=10)
    await archive.answers("p1", "trust", 8, minute=11)
    assert [cells(row, "item", "value") for row in await archive.long()] == [
        ["trust", "8"],
        ["days", "1"],
    ]
    rows = await archive.long(history=True)
    assert [cells(row, "item", "kind", "value", "replaced_at") for row in rows] == [
        ["trust", "value", "3", "2025-03-04T12:10:00Z"],
        ["trust", "dont_know", "", "2025-03-04T12:11:00Z"],
        ["trust", "value", "8", ""],
        ["days", "value", "1", ""],
    ]
    [row] = await archive.wide()
    assert row["t1_trust"] == "8"
    with pytest.raises(HistoryIsLong):
        await archive.wide(history=True)


# --- What identifies -----------------------------------------------------------------------------


async def test_nothing_that_identifies_is_in_a_file(archive: Archive) -> None:
    await archive.holds(OPINION)
    conversation = await archive.adds(tables.conversation, places=[], offered=[])
    await archive.adds(
        tables.address,
        conversation_id=conversation,
        channel="telegram",
        bot="1",
        external_id="4915550001",
    )
    await archive.enrols("p1", conversation_id=conversation)
    await archive.hears("p1", {"trust": 1, "email": None, "days": 1})
    await archive.adds(
        tables.identity,
        participant_id="p1",
        item="email",
        value="asha@example.org",
        stored_at=NOON,
    )
    for shape in Shape:
        text = (await archive.exports(shape=shape)).read_text(encoding="utf-8")
        assert "email" not in text and "asha" not in text and "4915550001" not in text


async def test_an_item_that_identifies_in_one_version_is_left_out_in_all(archive: Archive) -> None:
    first = Questionnaire("opinion", 1, {}, (item("street", ItemType.TEXT),))
    second = Questionnaire(
        "opinion", 2, {}, (item("street", ItemType.TEXT, personal=True), OPINION.items[1])
    )
    await archive.holds(first, second)
    await archive.one({"street": "Elm Street 5"})
    assert "street" not in (await archive.exports()).read_text(encoding="utf-8").lower()
    assert await archive.long() == []


async def test_who_was_erased_comes_under_a_fresh_pseudonym(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.enrols("p0", country="ke")
    await archive.hears("p0", {"trust": 6})
    async with archive.database.writing() as transaction:
        await erasure.erase(transaction, "p0", at(40))
    [row] = await archive.wide()
    assert row["participant"] != "p0" and cells(row, "country", "t1_trust") == ["ke", "6"]
    async with archive.database.writing() as transaction:
        await transaction.execute(update(tables.deliberation).values(on_erase="remove"))
        await erasure.erase(transaction, row["participant"], at(41))
    assert await archive.wide() == []


async def test_other_deliberations_stay_out(archive: Archive) -> None:
    await archive.holds(OPINION, deliberation="village")
    await archive.enrols("p9", "village")
    await archive.invites("p9")
    await archive.hears("p9", {"trust": 9})
    await archive.holds(OPINION)
    await archive.one({"trust": 1})
    with pytest.raises(NoSuchDeliberation, match="town/t1, village/t1"):
        await archive.wide()
    [row] = await archive.wide(deliberation="town")
    assert cells(row, "participant", "t1_trust") == ["p1", "1"]
    [row] = await archive.long(deliberation="village")
    assert cells(row, "participant", "deliberation", "value") == ["p9", "village", "9"]


# --- CSV -----------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+33 6 12", "-2 to 4", "@SUM(A1)", "\tx", "\rx", "＝1"]


async def test_a_text_is_never_run_as_a_formula(archive: Archive) -> None:
    texts = [item(f"x{n}", ItemType.TEXT) for n in range(len(FORMULAS))]
    number = item("cold", ItemType.RANGE, scale=Scale(-5, 5))
    await archive.holds(Questionnaire("opinion", 1, {}, (*texts, number)))
    said = {text.code: formula for text, formula in zip(texts, FORMULAS, strict=True)}
    await archive.one({**said, "cold": -5})
    [row] = await archive.wide()
    assert cells(row, *(f"t1_{code}" for code in said)) == [f"'{text}" for text in FORMULAS]
    assert row["t1_cold"] == "-5"
    rows = await archive.long()
    assert [row["value"] for row in rows] == [*(f"'{text}" for text in FORMULAS), "-5"]


async def test_words_of_every_script_arrive_whole(archive: Archive) -> None:
    texts = ("العدالة للجميع", 'Ku "anza", sasa;\nmstari wa pili', "x" * 4096, "007", "1e5")
    items = tuple(item(f"x{n}", ItemType.TEXT) for n in range(len(texts)))
    await archive.holds(Questionnaire("opinion", 1, {}, items))
    await archive.one({one.code: text for one, text in zip(items, texts, strict=True)})
    path = await archive.exports()
    assert path.read_bytes().startswith("\ufeffparticipant,".encode())
    assert path.read_bytes().endswith(b"\r\n")
    [row] = table_in(path)
    assert cells(row, *(f"t1_x{n}" for n in range(len(texts)))) == list(texts)
    frame = polars.read_csv(path, infer_schema=False)
    assert frame.columns[0] == "participant"
    assert [frame[f"t1_x{n}"].item() for n in range(len(texts))] == list(texts)


async def test_numbers_are_numbers_for_other_programs(archive: Archive) -> None:
    big = item("big", ItemType.INTEGER, constraint=". > 99")
    half = item("half", ItemType.RANGE, scale=Scale(0, 1, 0.1))
    await archive.holds(Questionnaire("opinion", 1, {}, (big, half)))
    await archive.one({"big": 123456789012345, "half": 0.3})
    frame = polars.read_csv(await archive.exports(), try_parse_dates=True)
    assert frame["t1_big"].item() == 123456789012345 and frame["t1_half"].item() == 0.3
    assert frame["t1_started_at"].item() == datetime(2025, 3, 4, 12, 1, tzinfo=UTC)


def test_half_a_surrogate_pair_does_not_stop_the_export(tmp_path: Path) -> None:
    writer = CsvWriter(tmp_path / "x.csv", PERSON[:1])
    writer.write([["ok \ud83d"]])
    writer.close()
    assert table_in(tmp_path / "x.csv") == [{"participant": "ok ?"}]


async def test_labels_come_in_the_language_asked_for(archive: Archive) -> None:
    await archive.holds(OPINION)
    await archive.one({"ban": "02"})
    for language, label in ((None, "02"), ("fr", "le 02"), ("ar", "02")):  # no Arabic: the source
        [row] = await archive.wide(label_language=language)
        assert row["t1_ban_label"] == label
    with pytest.raises(UnknownLanguage, match="en, fr, ar"):
        await archive.wide(label_language="sw")


# --- The file ------------------------------------------------------------------------------------


class FailingWriter(CsvWriter):
    def write(self, rows: Iterable[Any]) -> None:
        super().write(rows)
        raise OSError("the disk is full")


async def test_a_failed_export_leaves_the_old_file(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.holds(OPINION)
    await archive.one({"trust": 1})
    before = (await archive.exports()).read_bytes()
    await archive.answers("p1", "trust", 2)
    with monkeypatch.context() as patched:
        patched.setattr(staff_file, "writer_of", lambda _: FailingWriter)
        with pytest.raises(OSError, match="disk"):
            await archive.exports()
    assert (archive.folder / "staff.csv").read_bytes() == before
    assert archive.left_behind == {"staff.csv"}
    assert not archive.may_be_read_by_others("staff.csv")
    assert (await archive.exports()).read_bytes() != before
    assert archive.left_behind == {"staff.csv"}


async def test_the_same_data_gives_the_same_bytes_in_blocks_of_any_size(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.holds(OPINION, waves=("t1", "t2"))
    for who in ("p3", "p1", "p2", "p5", "p4"):
        await archive.enrols(who)
        await archive.invites(who, "t2")
    for who, wave in (("p4", "t2"), ("p1", "t1"), ("p1", "t2"), ("p3", "t1")):
        await archive.hears(who, {"days": 1, "trust": 5, "topics": ["art"], "age": 20}, wave)
    for shape in Shape:
        whole = (await archive.exports("t1", "t2", shape=shape)).read_bytes()
        for size in (1, 2, 3, 7):
            monkeypatch.setattr(answers, "BLOCK", size)
            assert (await archive.exports("t1", "t2", shape=shape)).read_bytes() == whole
        monkeypatch.undo()
    rows = await archive.wide("t1", "t2")
    assert [row["participant"] for row in rows] == ["p1", "p2", "p3", "p4", "p5"]


async def test_a_file_is_of_one_moment(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    await archive.holds(OPINION)
    for who in ("p1", "p2"):
        await archive.enrols(who)
        await archive.hears(who, {"trust": 1})
    monkeypatch.setattr(answers, "BLOCK", 1)
    async with answers.snapshot(archive.database) as connection:
        whose = await answers.deliberation_of(connection, None, ["t1"])
        await archive.answers("p2", "trust", 9)
        reading = answers.Reading(whose.id, {"t1": archive.waves["t1"]})
        told = [
            people(rows, whose.questionnaires, history=False)
            async for rows in answers.blocks(connection, reading)
        ]
        assert [[each.parts["t1"].values for each in block] for block in told] == 2 * [
            [{"trust": 1}]
        ]


async def test_the_file_is_named_after_waves_and_shape(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.holds(OPINION, waves=("t1", "t2"))
    monkeypatch.chdir(archive.folder)
    assert await archive.exports("t1", "t2", "t1", out=None) == Path("t1-t2-wide.csv")
    assert "t1-t2-wide.csv" in archive.left_behind
    folder = archive.folder / "data"
    with pytest.raises(NoSuchFolder, match="data"):
        await archive.exports(out=folder / "t1.csv")
    folder.mkdir()
    assert await archive.exports(out=folder, shape=Shape.LONG) == folder / "t1-long.csv"


async def test_what_does_not_exist_is_refused_by_name(archive: Archive) -> None:
    await archive.holds(OPINION, waves=("t1", "t2"), profile="opinion")
    with pytest.raises(NoSuchWave, match=r"'t9'.*town/profile, town/t1, town/t2"):
        await archive.wide("t1", "t9")
    with pytest.raises(NoSuchDeliberation, match=r"'city'.*town/t1"):
        await archive.wide("t1", deliberation="city")
    assert archive.left_behind == set()


def test_every_column_is_documented() -> None:
    told = DOCS.read_text(encoding="utf-8")
    names = [column.name for column in (*PERSON, *COLUMNS, REPLACED_AT, *SHOWN)]
    names += [f"t1_{column.name}" for column in RESPONSE]
    names += [f"t1_q__{column.name}" for column in (*PARADATA, ORDER)]
    names += [str(outcome) for column in RESPONSE for outcome in column.value_labels]
    assert [name for name in names if f"`{name}`" not in told] == []
