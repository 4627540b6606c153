"""The bundle: everything about some waves in one file, the same bytes for the same data."""

import hashlib
import io
import re
from pathlib import Path
from zipfile import ZipFile

import pandas
import polars
import pytest
from sqlalchemy import select

from bot.export import ExportRefused
from bot.export.bundle import Wish, bundle
from bot.export.formats import Format
from bot.export.material import UnknownLanguage
from bot.export.whole_file import NoSuchFolder
from bot.storage.tables import event
from tests.export.poll import COMPLETE, PARTIAL, SKIPPED, Part, Poll

SAID = {"trust": 1, "vote": "yes", "uses": ["play"], "age": 50, "why": "=2+2"}


async def held(poll: Poll) -> None:
    await poll.hears(8, Part(COMPLETE, SAID), Part(COMPLETE, {**SAID, "trust": 2}), stratum="north")
    await poll.hears(7, Part(PARTIAL, {"trust": 0, "vote": "no", "why": SKIPPED}), Part())


async def made(poll: Poll, folder: Path, wish: Wish | None = None) -> ZipFile:
    path = await bundle(poll.database, ["t1", "t2"], wish or Wish(), out=folder / "poll.zip")
    return ZipFile(path)


def text(archive: ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8-sig")


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_all_that_belongs_to_a_poll(poll: Poll, tmp_path: Path) -> None:
    await held(poll)
    archive = await made(poll, tmp_path)
    data = [f"{shape}.{format}" for shape in ("wide", "long") for format in Format]
    others = ["codebook.md", "codebook.xlsx", "open_answers.csv", "response.csv", "response.md"]
    assert archive.namelist() == ["README.md", *sorted([*data, *others, "spss.sps"])]
    assert archive.testzip() is None and left_in(tmp_path) == ["poll.zip"]

    wide = polars.read_parquet(archive.read("wide.parquet"))
    assert wide["t1_trust"].to_list() == [1] * 8 + [0] * 7
    assert len(pandas.read_excel(io.BytesIO(archive.read("long.xlsx")))) == 8 * 5 * 2 + 7 * 3
    assert text(archive, "codebook.md").startswith("# Codebook: A town\n")
    assert "north,t1,8,8,0,0,0,0,100.0,," in text(archive, "response.csv")
    assert "| north | t2 | 8 | 8 |" in text(archive, "response.md")
    assert "GET FILE='wide.sav'." in text(archive, "spss.sps")


async def test_open_answers_have_a_file_of_their_own(poll: Poll, tmp_path: Path) -> None:
    await held(poll)
    header, *lines = text(await made(poll, tmp_path), "open_answers.csv").splitlines()
    assert header == "participant,wave,item,language,answered_at,text"
    assert lines[0] == "p0001,t1,why,fr,2025-03-05T12:01:00Z,'=2+2" and len(lines) == 16


async def test_the_same_data_give_the_same_bytes(poll: Poll, tmp_path: Path) -> None:
    await held(poll)
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
        await made(poll, folder)
    one, other = (folder.joinpath("poll.zip").read_bytes() for folder in folders)
    assert one == other
    await poll.hears(1, Part(COMPLETE, {"trust": 1}))
    assert (await made(poll, tmp_path)).read("wide.csv") != ZipFile(io.BytesIO(one)).read(
        "wide.csv"
    )


async def test_the_readme_says_how_it_was_made(poll: Poll, tmp_path: Path) -> None:
    await held(poll)
    wish = Wish(formats=[Format.CSV, Format.SAV], label_language="fr", paradata=True)
    archive = await made(poll, tmp_path, wish)
    words = text(archive, "README.md")
    assert words.startswith("# Une ville: t1, t2\n")
    assert "newest invitation or answer in the data: 2025-03-06 13:00:00 UTC" in words
    assert "- participants: 15\n" in words
    assert (
        "`minipublic export t1 t2 --bundle --deliberation town --format csv --format sav "
        "--language fr --paradata`" in words
    )
    assert (
        "| t1 | opinion 1 | 2025-03-05 12:00:00 UTC | 2025-03-05 13:00:00 UTC | 15 | 8 | 53.3 |"
        in words
    )
    assert "Left out are the items that identify (`email` of t1, `email` of t2)" in words
    assert "read_sav" in words and "use wide.dta" not in words
    sums = dict(re.findall(r"\| (\S+) \| [^|]+ \| `([0-9a-f]{64})` \|", words))
    assert sums == {
        name: hashlib.sha256(archive.read(name)).hexdigest()
        for name in archive.namelist()
        if name != "README.md"
    }
    assert "t1_trust__changes" in text(archive, "wide.csv").splitlines()[0]
    assert "wide.dta" not in sums


@pytest.mark.parametrize("personal", [False, True])
async def test_what_identifies_is_left_out_unless_asked_for(
    poll: Poll, tmp_path: Path, personal: bool
) -> None:
    await held(poll)
    archive = await made(poll, tmp_path, Wish(formats=[Format.CSV], personal=personal))
    assert ("t1_email" in text(archive, "wide.csv").splitlines()[0]) is personal
    assert ("These files identify people" in text(archive, "README.md")) is personal
    assert ("--include-personal" in text(archive, "README.md")) is personal
    async with poll.database.reading() as connection:
        recorded = (await connection.execute(select(event.c.target))).scalars().all()
    assert list(recorded) == (["personal_data"] if personal else [])


async def test_a_poll_without_answers(poll: Poll, tmp_path: Path) -> None:
    archive = await made(poll, tmp_path)
    assert "in the data: there is none" in text(archive, "README.md")
    assert "| total | t1 | 0 | 0 |" in text(archive, "response.md")


async def test_progress_is_told(poll: Poll, tmp_path: Path) -> None:
    await held(poll)
    told: list[tuple[int, int]] = []
    await bundle(
        poll.database,
        ["t1"],
        Wish([Format.CSV]),
        out=tmp_path,
        progress=lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (15, 15) and left_in(tmp_path) == ["t1.zip"]


async def test_nothing_is_left_of_a_bundle_that_fails(poll: Poll, tmp_path: Path) -> None:
    await held(poll)
    with pytest.raises(UnknownLanguage, match="town has no 'sw'"):
        await made(poll, tmp_path, Wish(label_language="sw"))
    with pytest.raises(NoSuchFolder):
        await made(poll, tmp_path / "nowhere")
    await poll.hears(1, Part(COMPLETE, {"why": "é" * 40_000}))
    with pytest.raises(ExportRefused, match=r"a text of [48]0,000"):
        await made(poll, tmp_path)
    assert left_in(tmp_path) == []
