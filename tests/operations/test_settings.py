"""Settings: read once, and whatever is wrong with them is said all at once."""

import socket
from datetime import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.app import App
from bot.domain.local_time import QuietHours
from bot.settings import PREFIX, BadSettings, PortTaken, Role, Settings, read_settings

WRONG = {
    "DATABASE_URL": "mysql://town",
    "TELEGRAM_TOKENS": "123456:good, not-a-token",
    "TELEGRAM_API_URL": "api.telegram.org",
    "TELEGRAM_PACE": "0",
    "TELEGRAM_CHAT_BURST": "0",
    "PUBLIC_URL": "town.example",
    "SECRET_KEY": "sesame",
    "PORT": "eighty",
    "QUIET_HOURS": "21-25",
    "PURGE_AFTER_DAYS": "0",
    "LOG_FORMAT": "xml",
}

LONG_SECRET = "s" * 32


@pytest.fixture(autouse=True)
def a_folder_without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def put(environment: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        environment.setenv(PREFIX + name, value)


def faults() -> list[str]:
    """The lines of the refusal, each naming its variable."""
    with pytest.raises(BadSettings) as refused:
        read_settings()
    title, *lines = str(refused.value).splitlines()
    assert title == "These settings are wrong:"
    return [line.strip() for line in lines]


def test_nothing_has_to_be_set() -> None:
    settings = read_settings()
    assert settings.database_url == "sqlite:///minipublic.db"
    assert settings.telegram_tokens == ()
    assert settings.quiet == QuietHours(time(21), time(8))


def test_all_faults_are_told_at_once_each_by_its_name(environment: pytest.MonkeyPatch) -> None:
    put(environment, **WRONG)
    told = faults()
    assert sorted(line.partition(":")[0] for line in told) == sorted(PREFIX + n for n in WRONG)


@pytest.mark.parametrize("name", sorted(WRONG))
def test_each_fault_alone_is_told_with_what_is_expected(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    put(environment, **{name: WRONG[name]})
    (told,) = faults()
    assert told.startswith(f"{PREFIX}{name}: ") and len(told) > len(f"{PREFIX}{name}: ") + 10


def test_no_fault_repeats_a_secret(environment: pytest.MonkeyPatch) -> None:
    put(
        environment,
        TELEGRAM_TOKENS="123456:hush, hush",
        SECRET_KEY="hush",
        DATABASE_URL="mysql://town:hush@db/town",
    )
    assert len(faults()) == 3
    assert "hush" not in "".join(faults())


def test_settings_that_are_read_do_not_show_secrets(environment: pytest.MonkeyPatch) -> None:
    put(environment, TELEGRAM_TOKENS="123456:hush", SECRET_KEY="hush" * 8)
    assert "hush" not in repr(read_settings())


def test_a_public_url_needs_a_secret_key_and_says_how_to_make_one(
    environment: pytest.MonkeyPatch,
) -> None:
    put(environment, PUBLIC_URL="https://town.example/")
    (told,) = faults()
    assert told.startswith(f"{PREFIX}SECRET_KEY: ") and "secrets.token_hex" in told
    put(environment, SECRET_KEY=LONG_SECRET)
    assert read_settings().public_url == "https://town.example"


def test_a_missing_secret_key_is_told_together_with_other_faults(
    environment: pytest.MonkeyPatch,
) -> None:
    put(environment, PUBLIC_URL="https://town.example", PORT="eighty")
    told = {line.partition(":")[0] for line in faults()}
    assert told == {f"{PREFIX}SECRET_KEY", f"{PREFIX}PORT"}


def test_several_bots_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    put(environment, TELEGRAM_TOKENS=" 1:a, 2:b ,")
    tokens = [token.get_secret_value() for token in read_settings().telegram_tokens]
    assert tokens == ["1:a", "2:b"]


@pytest.mark.parametrize(
    "tokens", ["123456", "123456:", ":abc", "bot:abc", "1:a b", "1:a;2:b", "1:a,1:b"]
)
def test_a_token_that_was_copied_wrongly_is_refused(
    environment: pytest.MonkeyPatch, tokens: str
) -> None:
    put(environment, TELEGRAM_TOKENS=tokens)
    (told,) = faults()
    assert told.startswith(f"{PREFIX}TELEGRAM_TOKENS: ") and "@BotFather" in told


@pytest.mark.parametrize(
    "url", ["sqlite://", "oracle://db/town", "postgresql://town:hush@db:port/town", "town.db", ""]
)
def test_a_database_url_that_cannot_be_used_is_refused(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    put(environment, DATABASE_URL=url)
    (told,) = faults()
    assert told.startswith(f"{PREFIX}DATABASE_URL: ") and "hush" not in told


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [
        ("22-7", QuietHours(time(22), time(7))),
        ("0-0", QuietHours(time(0), time(0))),
        ("13-16", QuietHours(time(13), time(16))),
    ],
)
def test_quiet_hours_are_two_hours_of_the_day(
    environment: pytest.MonkeyPatch, hours: str, quiet: QuietHours
) -> None:
    put(environment, QUIET_HOURS=hours)
    assert read_settings().quiet == quiet


@pytest.mark.parametrize("hours", ["21", "21-", "21-24", "-1-8", "21:30-8", "night"])
def test_other_quiet_hours_are_refused_with_an_example(
    environment: pytest.MonkeyPatch, hours: str
) -> None:
    put(environment, QUIET_HOURS=hours)
    (told,) = faults()
    assert "21-8" in told


def test_a_file_named_env_is_read_and_the_environment_goes_before_it(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "MINIPUBLIC_PORT=9000\nMINIPUBLIC_HOST=0.0.0.0\nMINIPUBLIC_FUTURE=1\nOTHER=2\n"
    )
    put(environment, PORT="9001")
    settings = read_settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


async def test_a_port_that_is_taken_is_told_in_one_sentence(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        app = App(Settings(_env_file=None, database_url=sqlite_url, port=port))
        with pytest.raises(PortTaken, match=f"port {port}.*MINIPUBLIC_PORT"):
            await app.run(list(Role))
