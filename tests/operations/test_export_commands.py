"""`minipublic export`, `codebook` and `response`, as staff type them, on both databases."""

import csv
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.settings import PREFIX
from bot.storage.database import Database
from tests.export.poll import COMPLETE, SKIPPED, Part, Poll

Ended = subprocess.CompletedProcess[str]


@pytest.fixture
async def a_poll(a_database: str) -> AsyncIterator[str]:
    """The URL of a database with ten people in two waves."""
    database = Database(a_database)
    poll = Poll(database)
    await poll.begins()
    said = {"trust": 1, "vote": "yes", "uses": ["play"], "age": 50, "why": SKIPPED}
    await poll.hears(10, Part(COMPLETE, said), Part(), country="ke")
    await database.close()
    yield a_database


@pytest.fixture
def minipublic(a_poll: str, tmp_path: Path) -> Callable[..., Ended]:
    """Runs a command to its end, in an empty folder and with the poll's database."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}

    def run(*words: str, stderr: int = subprocess.PIPE) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=tmp_path,
            env={**others, "COLUMNS": "160", "TERM": "xterm", f"{PREFIX}DATABASE_URL": a_poll},
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Traceback" not in (ended.stderr or "") + ended.stdout, ended.stderr
        return ended

    return run


def table_in(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_staff_export_waves(minipublic: Callable[..., Ended], tmp_path: Path) -> None:
    done = minipublic(
        "export", "t1", "t2", "--format", "csv", "--shape", "wide", "--out", "poll.csv"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "Written: poll.csv\n", "")
    rows = table_in(tmp_path / "poll.csv")
    assert len(rows) == 10 and rows[0]["t1_trust"] == "1" and rows[0]["t2_outcome"] == "non-contact"
    assert "t1_trust__changes" not in rows[0] and "t1_email" not in rows[0]

    assert minipublic("export", "t1").stdout == "Written: t1-wide.csv\n"
    long = minipublic("export", "t1", "--shape", "long", "--history", "--format", "parquet")
    assert long.stdout == "Written: t1-long.parquet\n"
    minipublic("export", "t1", "--paradata", "--out", "how.csv")
    assert table_in(tmp_path / "how.csv")[0]["t1_trust__changes"] == "0"


def test_a_terminal_shows_how_far_it_is(minipublic: Callable[..., Ended], tmp_path: Path) -> None:
    terminal, its_end = os.openpty()
    done = minipublic("export", "t1", stderr=its_end)
    os.close(its_end)
    with os.fdopen(terminal, "rb") as screen:
        shown = screen.read1(65_536).decode()
    assert done.returncode == 0 and "participants" in shown and "10/10" in shown


def test_personal_data_are_exported_with_a_warning(
    minipublic: Callable[..., Ended], tmp_path: Path
) -> None:
    done = minipublic("export", "t1", "--include-personal", "--out", "all.csv")
    assert done.returncode == 0 and done.stdout == "Written: all.csv\n"
    assert "all.csv identifies people" in done.stderr and "is recorded" in done.stderr
    assert "t1_email" in table_in(tmp_path / "all.csv")[0]


def test_staff_make_a_bundle(minipublic: Callable[..., Ended], tmp_path: Path) -> None:
    done = minipublic("export", "t1", "t2", "--bundle", "--out", "poll.zip")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Written: poll.zip\n", "")
    with ZipFile(tmp_path / "poll.zip") as archive:
        assert {"README.md", "wide.sav", "long.dta", "spss.sps"} <= set(archive.namelist())
    minipublic("export", "t1", "--bundle", "--format", "csv", "--format", "dta")
    with ZipFile(tmp_path / "t1.zip") as archive:
        data = {name for name in archive.namelist() if name.startswith(("wide", "long"))}
        command = archive.read("README.md").decode()
    assert data == {"wide.csv", "wide.dta", "long.csv", "long.dta"}
    words = command.partition("`minipublic ")[2].partition("`")[0].split()
    again = minipublic(*words, "--out", "again.zip")
    assert again.stdout == "Written: again.zip\n"
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "t1.zip").read_bytes()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--bundle", "--shape", "long"), "A bundle has both shapes"),
        (("--format", "csv", "--format", "sav"), "add --bundle, or name one"),
    ],
)
def test_options_that_contradict_each_other(
    minipublic: Callable[..., Ended], tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    refused = minipublic("export", "t1", *words)
    assert refused.returncode == 2 and complaint in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_wave_is_refused(minipublic: Callable[..., Ended], tmp_path: Path) -> None:
    for words in (("export", "t9", "--bundle"), ("codebook", "t9"), ("response", "t9")):
        refused = minipublic(*words)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "no wave is called 't9'; there are: town/t1, town/t2." in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_staff_write_a_codebook(minipublic: Callable[..., Ended], tmp_path: Path) -> None:
    done = minipublic("codebook", "t1", "--language", "fr")
    assert done.stdout == "Written: t1-codebook.md\n"
    assert "| yes | 1 | Oui | 10 | 100.0 |" in (tmp_path / "t1-codebook.md").read_text("utf-8")
    done = minipublic("codebook", "t1", "--format", "xlsx", "--out", "book.xlsx")
    assert done.stdout == "Written: book.xlsx\n" and (tmp_path / "book.xlsx").stat().st_size


def test_staff_look_at_the_response(minipublic: Callable[..., Ended], tmp_path: Path) -> None:
    shown = minipublic("response", "t1", "t2", "--by", "country").stdout
    lines = [line.split() for line in shown.splitlines()]
    assert lines[0][:4] == ["country", "wave", "invited", "complete"]
    assert lines[1] == ["ke", "t1", "10", "10", "0", "0", "0", "0", "100.0"]
    assert lines[3] == ["ke", "t2", "10", "0", "0", "0", "0", "10", "0.0", "0", "0.0"]
    assert minipublic("response", "t1", "--out", "r.csv").stdout == "Written: r.csv\n"
    assert table_in(tmp_path / "r.csv")[-1]["stratum"] == "total"
    refused = minipublic("response", "t1", "--out", "r.pdf")
    assert refused.returncode == 2 and "end its name in .csv or .md" in refused.stderr
