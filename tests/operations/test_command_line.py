"""The commands as staff type them: what they print, and how they end."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.commands import EXAMPLE
from bot.domain.states import ParticipantStatus
from bot.packs.load import read_pack
from bot.settings import PREFIX
from bot.storage.database import Database
from bot.storage.deliberations import load_pack
from bot.storage.tables import address, conversation, participant, wave
from tests.cast.town import PARKS, SettableClock

Ended = subprocess.CompletedProcess[str]


def environment(**settings: str) -> dict[str, str]:
    """Only these settings, whatever the shell of the tests has."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {PREFIX + name: value for name, value in settings.items()}
    return {**others, "COLUMNS": "120", **given}


@pytest.fixture
def minipublic(tmp_path: Path) -> Callable[..., Ended]:
    """Runs a command to its end, in an empty folder and with a database there."""

    def run(*words: str, typed: str = "", **settings: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=tmp_path,
            env=environment(**{"DATABASE_URL": "sqlite:///town.db", **settings}),
            input=typed,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Traceback" not in ended.stderr + ended.stdout, ended.stderr
        return ended

    return run


class Service:
    """`minipublic run` in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def printed(self) -> str:
        """All on one line, however it was folded."""
        return " ".join(self._log.read_text("utf-8").split())

    def prints(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until it has printed so, so many times."""
        for _ in range(600):
            found = list(re.finditer(pattern, self.printed))
            if len(found) >= times:
                return found[-1]
            assert self._process.poll() is None, f"it has ended: {self.printed}"
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} did not come: {self.printed}")

    def ends_on_sigterm(self) -> None:
        """Within ten seconds, well, and without a traceback."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(timeout=10) == 0, self.printed
        assert "Traceback" not in self.printed, self.printed


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Service]:
    log = folder / "log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=folder,
            env=environment(**settings),
            stdout=file,
            stderr=file,
        ) as process,
    ):
        try:
            yield Service(process, log)
        finally:
            if process.poll() is None:
                process.kill()


def a_closed_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# --- Setting up ----------------------------------------------------------------------------------


def test_staff_set_a_deliberation_up(minipublic: Callable[..., Ended]) -> None:
    ill = minipublic("doctor")
    assert ill.returncode == 1
    assert re.search(r"BAD .*`minipublic migrate`", ill.stdout)

    refused = minipublic("run")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "The database is empty. Run `minipublic migrate` first.\n"

    assert minipublic("migrate").stdout == "The database has the current schema.\n"

    loaded = minipublic("load", str(EXAMPLE))
    assert loaded.returncode == 0
    assert loaded.stdout.startswith("deliberation inclusive-ai: created\nconsent: version 1\n")

    again = minipublic("load", str(EXAMPLE))
    assert (again.returncode, again.stdout) == (0, "nothing has changed\n")

    well = minipublic("doctor", TELEGRAM_TOKENS="", SECRET_KEY="hush" * 8)
    assert well.returncode == 0, well.stdout
    assert "BAD" not in well.stdout and "deliberations: inclusive-ai" in well.stdout
    assert "hush" not in well.stdout


def test_wrong_settings_are_refused_all_at_once(minipublic: Callable[..., Ended]) -> None:
    refused = minipublic("migrate", PORT="eighty", LOG_FORMAT="xml")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"{PREFIX}PORT: " in refused.stderr and f"{PREFIX}LOG_FORMAT: " in refused.stderr


def test_a_pack_with_faults_is_refused_by_file_and_row(
    minipublic: Callable[..., Ended], tmp_path: Path
) -> None:
    assert minipublic("check", str(PARKS)).returncode == 0
    broken = shutil.copytree(PARKS, tmp_path / "broken")
    (broken / "consent.es.md").unlink()
    opinion = broken / "questionnaires" / "opinion.md"
    opinion.write_text(opinion.read_text("utf-8").replace("| integer |", "| intger |"), "utf-8")
    settings = broken / "deliberation.toml"
    settings.write_text(settings.read_text("utf-8").replace('"on-enrolment"', '"soon"'), "utf-8")

    refused = minipublic("check", "broken")
    assert refused.returncode == 1
    *faults, count = refused.stderr.splitlines()
    assert count == f"{len(faults)} fault(s) in broken"
    places = [fault.partition(": ")[0] for fault in faults]
    assert "consent.es.md" in places
    assert "questionnaires/opinion.md, survey row 7" in places
    row = settings.read_text("utf-8").splitlines().index('release = "soon"') + 1
    assert f"deliberation.toml, row {row}" in places

    assert minipublic("migrate").returncode == 0
    assert minipublic("load", "broken").returncode == 1
    with closing(sqlite3.connect(tmp_path / "town.db")) as database:
        assert database.execute("SELECT count(*) FROM deliberation").fetchone() == (0,)


# --- Working -------------------------------------------------------------------------------------


@pytest.fixture
async def a_loaded_town(tmp_path: Path, sqlite_template: Path) -> Path:
    """The folder of a town whose deliberation `parks` is loaded."""
    shutil.copy(sqlite_template, tmp_path / "town.db")
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    await load_pack(database, read_pack(PARKS), SettableClock().now())
    await database.close()
    return tmp_path


def test_staff_conduct_waves(minipublic: Callable[..., Ended], a_loaded_town: Path) -> None:
    assert minipublic("wave", "open", "t2").stdout == "t2 is open.\n0 are invited now.\n"
    assert minipublic("wave", "remind", "parks/t2").stdout == "0 are reminded now.\n"
    assert minipublic("wave", "close", "t2").stdout == "t2 is closed.\n"

    refused = minipublic("wave", "remind", "t2")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "wave t2 is closed: only an open one can remind\n"

    listed = minipublic("wave", "list")
    assert re.search(r"parks/t1 +scheduled +on enrolment +- +0 +0", listed.stdout)
    assert re.search(
        r"parks/t2 +closed +2030-03-01 09:00 UTC +2030-03-15 09:00 UTC +0 +0", listed.stdout
    )

    unknown = minipublic("wave", "open", "t9")
    assert unknown.returncode == 1
    assert "no wave is called 't9'; there are: parks/t1, parks/t2." in unknown.stderr


async def test_writing_to_people_at_night_is_confirmed(
    minipublic: Callable[..., Ended], a_loaded_town: Path
) -> None:
    hour = datetime.now(UTC).hour
    settings = {"QUIET_HOURS": f"{(hour - 1) % 24}-{(hour + 2) % 24}"}
    await somebody_joins(a_loaded_town)
    waiting = minipublic("wave", "open", "t2", **settings).stdout.splitlines()
    assert waiting[:2] == ["t2 is open.", "0 are invited now."]
    assert re.fullmatch(r"1 wait until .* UTC, when it is morning there\.", waiting[2])

    question = "For 1 of those to be invited it is night. Write to them now? [y/N]: "
    declined = minipublic("wave", "open", "t2", "--now", typed="n\n", **settings)
    assert (declined.returncode, declined.stdout) == (1, question)
    agreed = minipublic("wave", "open", "t2", "--now", typed="y\n", **settings)
    assert agreed.stdout == f"{question}t2 is open.\n1 are invited now.\n"
    assert minipublic("wave", "open", "t2", "--now", "--yes").stdout.startswith("t2 is open.")


def test_what_leaves_the_pack_while_it_is_open_needs_a_word(
    minipublic: Callable[..., Ended], a_loaded_town: Path
) -> None:
    minipublic("wave", "open", "t2")
    pack = a_loaded_town / "pack"
    shutil.copytree(PARKS, pack)
    settings = pack / "deliberation.toml"
    words = settings.read_text("utf-8")
    settings.write_text(words[: words.rindex("[[waves]]")], "utf-8")
    refused = minipublic("load", "pack")
    assert refused.returncode == 1
    assert refused.stderr.startswith("wave t2 is open, and no longer in the pack.\n")
    loaded = minipublic("load", "pack", "--withdraw-open")
    assert loaded.stdout == "wave t2: no longer in the pack, withdrawn; it is closed\n"
    assert re.search(r"parks/t2 +closed, withdrawn", minipublic("wave", "list").stdout)


async def test_doctor_finds_waves_that_should_be_closed(
    minipublic: Callable[..., Ended], a_loaded_town: Path
) -> None:
    minipublic("wave", "open", "t2")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    database = Database(f"sqlite:///{a_loaded_town / 'town.db'}")
    async with database.writing() as transaction:
        await transaction.execute(
            update(wave).where(wave.c.code == "t2").values(closes_at=long_ago)
        )
    await database.close()
    ill = minipublic("doctor")
    assert ill.returncode == 1
    assert "BAD wave t2 should be closed: no process has the role `scheduler`" in ill.stdout


async def somebody_joins(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'town.db'}")
    async with database.writing() as transaction:
        made = await transaction.execute(
            insert(conversation).values(deliberation_id=1, places=[], offered=[])
        )
        assert made.inserted_primary_key is not None
        (chat,) = made.inserted_primary_key
        await transaction.execute(
            insert(address).values(
                conversation_id=chat, channel="telegram", bot="42", external_id="1"
            )
        )
        await transaction.execute(
            insert(participant).values(
                id="p1",
                deliberation_id=1,
                conversation_id=chat,
                status=ParticipantStatus.ENROLLED,
                language="en",
                timezone="UTC",
                profile={},
                created_at=datetime.now(UTC),
            )
        )
    await database.close()


def test_staff_invite_bind_and_export(
    minipublic: Callable[..., Ended], a_loaded_town: Path
) -> None:
    invited = minipublic(
        "invite", "--count", "3", "--uses", "2", "--cohort", "north", "--expires", "2030-01-31"
    )
    bound = minipublic("bot", "bind", "42", "parks")
    assert bound.stdout == "Bot 42 serves parks.\n"
    with closing(sqlite3.connect(a_loaded_town / "town.db")) as database:
        codes = database.execute(
            "SELECT code, most_uses, cohort, expires_at FROM invitation_code"
        ).fetchall()
        assert database.execute("SELECT channel, bot FROM bot_binding").fetchall() == [
            ("telegram", "42")
        ]
    assert len(codes) == 3 and sorted(invited.stdout.split()) == sorted(code[0] for code in codes)
    assert {code[1:] for code in codes} == {(2, "north", "2030-01-31 00:00:00.000000")}

    exported = minipublic("export", "t1", "t2", "--out", "answers.csv")
    assert (exported.returncode, exported.stdout) == (0, "Written: answers.csv\n")
    header, *rows = (a_loaded_town / "answers.csv").read_text("utf-8-sig").splitlines()
    assert header.startswith("participant,") and "t2_transport" in header and rows == []


@pytest.fixture
async def a_town_with_a_panel(a_loaded_town: Path) -> Path:
    """Two people are enrolled: p-ana, who reads Spanish, in Kenya, and p-ben."""
    database, now = Database(f"sqlite:///{a_loaded_town / 'town.db'}"), SettableClock().now()
    async with database.writing() as transaction:
        for number, (who, language, country) in enumerate(
            (("p-ana", "es", "ke"), ("p-ben", "en", None)), start=1
        ):
            await transaction.execute(insert(conversation).values(places=[], offered=[]))
            await transaction.execute(
                insert(address).values(
                    conversation_id=number, channel="telegram", bot="42", external_id=str(number)
                )
            )
            await transaction.execute(
                insert(participant).values(
                    id=who, deliberation_id=1, conversation_id=number, language=language,
                    status=ParticipantStatus.ENROLLED, country=country, timezone="UTC",
                    profile={}, created_at=now,
                )
            )  # fmt: skip
    await database.close()
    return a_loaded_town


def test_organisers_send_a_broadcast(
    minipublic: Callable[..., Ended], a_town_with_a_panel: Path
) -> None:
    news = a_town_with_a_panel / "news.en.md"
    news.write_text("The hall of **{deliberation}**\n\n[The hall](https://example.org/)\n", "utf-8")
    (a_town_with_a_panel / "news.es.md").write_text("La sala", "utf-8")
    to_all = ("broadcast", "--text-file", "news.en.md", "--audience")

    shown = minipublic(*to_all, "true()", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "It goes to 2: 1 es, 1 en; 2 telegram." in shown.stdout
    assert "[The hall] https://example.org/" in shown.stdout and "La sala" in shown.stdout
    assert "p-ana: channel telegram, country KE, language es" in shown.stdout
    assert "1 es" in minipublic(*to_all, '${country} = "KE"', "--dry-run").stdout

    stored = minipublic(*to_all, "true()", "--draft", "--at-night")
    id_ = re.search(r"Stored as draft (b\w+)", stored.stdout)[1]  # type: ignore[index]
    listed = minipublic("broadcast", "list").stdout
    assert re.search(rf"{id_} +parks +draft +- +en es +true\(\)", listed)
    assert f"{id_} goes to 2, beginning" in minipublic("broadcast", "approve", id_).stdout
    assert minipublic("broadcast", "pause", id_).stdout == f"{id_} is paused.\n"
    assert minipublic("broadcast", "resume", id_).stdout == f"{id_} is on its way again.\n"
    assert minipublic("broadcast", "cancel", id_).stdout == f"{id_} is cancelled.\n"
    again = minipublic("broadcast", "resume", id_)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == f"broadcast {id_} is cancelled and cannot become sending\n"

    report = minipublic("broadcast", "report", id_, "--lines-to", "lines.csv")
    assert re.search(r"cancelled +2", report.stdout)
    header, ana, ben = (a_town_with_a_panel / "lines.csv").read_text("utf-8-sig").splitlines()
    assert header.startswith("participant_id,language,channel,bot,status,reason")
    assert ana.startswith("p-ana,es,telegram,42,cancelled") and ben.startswith("p-ben,en")


def test_a_broadcast_that_cannot_be_sent_is_refused(
    minipublic: Callable[..., Ended], a_town_with_a_panel: Path
) -> None:
    (a_town_with_a_panel / "news.md").write_text("Look\n\n![Hall](hall.png)\n", "utf-8")
    no_file = minipublic("broadcast", "--text-file", "news.md", "--audience", "true()")
    assert no_file.returncode == 1
    assert "news.md, row 3: there is no file 'hall.png' beside this text" in no_file.stderr
    (a_town_with_a_panel / "news.md").write_text("Look", "utf-8")
    for wrong, complaint in (
        (("--audience", "${hat} = 1"), "${hat}, which is not known of participants"),
        (("--audience", "true()", "--at", "soon"), "'soon' is no time"),
        (("--audience", "true()", "--at", "2020-01-01"), "is over: choose a later time"),
        (("--audience", '${country} = "FR"'), "its audience is empty"),
    ):
        refused = minipublic("broadcast", "--text-file", "news.md", *wrong)
        assert refused.returncode == 1 and complaint in refused.stderr
    assert minipublic("broadcast", "--text-file", "news.md").returncode == 2
    assert minipublic("broadcast", "report", "b0").stderr.startswith("no broadcast is called 'b0'")


def test_an_organiser_is_invited_and_listed(
    minipublic: Callable[..., Ended], a_loaded_town: Path
) -> None:
    invited = minipublic("organiser", "invite", "Amina")
    code, *_ = invited.stdout.splitlines()
    assert re.fullmatch(r"org-[0-9a-f]{16}", code) and f"?start={code}" in invited.stdout
    assert minipublic("organiser", "list").returncode == 0
    assert "no organiser has the number 7" in minipublic("organiser", "revoke", "7").stderr


def test_a_citizen_chats_in_the_terminal_with_an_empty_database(
    minipublic: Callable[..., Ended],
) -> None:
    chat = minipublic("chat", "--language", "fr", typed="1\n/quit\n")
    assert chat.returncode == 0, chat.stderr
    welcome, question, consent = (
        chat.stdout.index(words)
        for words in ("Un dialogue mondial sur l’IA", "1. English", "Before you take part")
    )
    assert welcome < question < consent
    assert "1. I agree" in chat.stdout


# --- Serving -------------------------------------------------------------------------------------


def test_a_database_out_of_reach_is_waited_for(tmp_path: Path) -> None:
    url = f"postgresql://town:hush@127.0.0.1:{a_closed_port()}/town"
    with running(tmp_path, DATABASE_URL=url) as service:
        service.prints(f"{PREFIX}DATABASE_URL cannot be used: .*? Trying again", times=2)
        service.ends_on_sigterm()
        assert "hush" not in service.printed


def test_a_platform_out_of_reach_stops_nothing_else(tmp_path: Path, sqlite_url: str) -> None:
    settings = {
        "DATABASE_URL": sqlite_url,
        "TELEGRAM_TOKENS": "42:HUSH",
        "TELEGRAM_API_URL": f"http://127.0.0.1:{a_closed_port()}",
        "PORT": "0",
    }
    with running(tmp_path, **settings) as service:
        url = service.prints(r"listening +url=(http://\S+:\d+/)")[1]
        service.prints("Telegram cannot be reached")
        for path, answer in (("healthz", b"alive\n"), ("readyz", b"ready\n")):
            with urllib.request.urlopen(url + path, timeout=10) as page:
                assert page.read() == answer
        service.ends_on_sigterm()
        assert "HUSH" not in service.printed
