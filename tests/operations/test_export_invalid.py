"""What is stored and is no answer to its item: a state of its own in every file, never a crash."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.questionnaire import AnswerKind, Item, ItemType, Questionnaire
from bot.export import Format, Shape
from bot.export.bundle import Wish, bundle
from bot.export.codebook import BookFormat
from bot.export.codebook_file import write_codebook
from bot.export.response_table import By, response
from bot.storage import tables
from bot.storage.unsound import InvalidAnswers, invalid_answers
from tests.cast.archive import NOON, OPINION, PARTIAL, Archive, cells, opened

#: The small input: an integer that is text, a point off the scale, a code of no choice, an item
#: that is not in the questionnaire, and forms that no answer has.
BROKEN = {"age": "many", "trust": 77, "ban": "03", "topics": ["jobs", 5], "gone": "?",
          "days": {"a": [1]}, "why": 4}  # fmt: skip
SOUND = {"age": 40, "trust": 7, "ban": "02", "topics": ["art"], "days": 3}
#: Everybody is asked everything: such versions take a way of their own.
STRAIGHT = Questionnaire(
    "straight", 1, {"en": "Straight"}, tuple(i for i in OPINION.items if i.code != "why")
)


@pytest.fixture(params=[OPINION, STRAIGHT], ids=["branching", "straight"])
async def archive(
    a_database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Archive]:
    form: Questionnaire = request.param
    async with opened(a_database, tmp_path) as made:
        await made.holds(form)
        for who, said in (("p1", BROKEN), ("p2", SOUND)):
            await made.enrols(who, timezone="Mars/Base" if who == "p1" else "UTC")
            await made.invites(who)
            await made.hears(who, said, form=(form.code, 1))
        yield made


async def test_it_is_empty_in_the_wide_shape_and_kept_in_the_long_one(archive: Archive) -> None:
    with capture_logs() as logged:
        broken, sound = await archive.wide()
    named = {each["item"] for each in logged if each.get("response") == "p1-t1"}
    assert named == set(BROKEN)
    assert all("many" not in str(each) for each in logged)
    columns = ("t1_age", "t1_trust", "t1_ban", "t1_ban_label", "t1_topics_jobs", "t1_topics_label")
    assert cells(broken, *columns) == [""] * 6
    assert cells(sound, *columns) == ["40", "7", "02", "02", "0", "Art"]

    rows = [row for row in await archive.long() if row["participant"] == "p1"]
    assert {(row["item"], row["kind"], row["value"], row["label"]) for row in rows} == {
        ("age", "invalid", "many", ""),
        ("trust", "invalid", "77", ""),
        ("ban", "invalid", "03", ""),
        ("topics", "invalid", '["jobs",5]', ""),
        ("gone", "invalid", "?", ""),
        ("days", "invalid", '{"a":[1]}', ""),
        ("why", "invalid", "4", ""),
    }


@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("shape", list(Shape))
async def test_it_stops_no_format(archive: Archive, format: Format, shape: Shape) -> None:
    path = await archive.exports(format=format, shape=shape)
    assert path.stat().st_size


async def test_codebook_response_table_and_bundle_count_it(
    archive: Archive, tmp_path: Path
) -> None:
    for _ in range(3):
        book = await write_codebook(
            archive.database, ["t1"], deliberation=None, format=BookFormat.MD, out=tmp_path,
            language=None,
        )  # fmt: skip
    assert "Not a valid answer" in book.read_text("utf-8")
    table = await response(archive.database, ["t1"], deliberation=None, by=By.STRATUM)
    assert table.total("t1")[3]
    assert (await bundle(archive.database, ["t1"], Wish(personal=True), out=tmp_path)).exists()


async def test_doctor_finds_them_by_response_and_item(archive: Archive) -> None:
    async with archive.database.reading() as connection:
        found = await invalid_answers(connection)
    assert found == [InvalidAnswers(item, ("p1-t1",), 1) for item in sorted(BROKEN)]


async def test_what_identifies_may_be_broken_too(a_database: str, tmp_path: Path) -> None:
    async with opened(a_database, tmp_path) as archive:
        form = Questionnaire(
            "form", 1, {"en": "Form"}, (Item("born", ItemType.INTEGER, {"en": "?"}, personal=True),)
        )
        await archive.holds(form)
        await archive.enrols("p1")
        await archive.hears("p1", {"born": AnswerKind.SKIPPED}, status=PARTIAL, form=("form", 1))
        await archive.answers("p1", "born", None)
        await archive.adds(
            tables.identity, participant_id="p1", item="born", value="long ago", stored_at=NOON
        )
        (row,) = await archive.wide(personal=True)
        assert row["t1_born"] == ""
