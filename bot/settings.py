"""The environment, read once into frozen settings. Every setting: docs/settings.md."""

import re
from datetime import time
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.local_time import QuietHours

PREFIX = "MINIPUBLIC_"


class Role(StrEnum):
    """What a process does. Without any named, it does all."""

    WEB = "web"  #: Webhooks or polling, the web chat, health and metrics.
    CONVERSATION = "conversation"  #: Runs turns.
    SENDER = "sender"  #: Sends what is in the outbox.
    SCHEDULER = "scheduler"  #: Opens, closes, invites and reminds.


class PortTaken(Exception):
    """Somebody else listens on the port, or nobody may."""


class BadSettings(Exception):
    """Some settings are wrong; the message lists all of them, and how to mend each."""


class Settings(BaseSettings):
    """Read from the environment and from `.env`, prefix `MINIPUBLIC_`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
    )

    database_url: str = Field(
        "sqlite:///minipublic.db",
        description="Where everything is stored: `sqlite:///FILE` or `postgresql://...`.",
    )
    telegram_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Tokens from @BotFather, comma-separated: one bot each."
    )
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="The Bot API server, if you run your own."
    )
    telegram_proxy: SecretStr | None = Field(
        None,
        description="The way to Telegram where it is blocked: `http://HOST:PORT` or "
        "`socks5://HOST:PORT`.",
    )
    telegram_pace: float = Field(
        28, gt=0, le=1000, description="Messages a second each Telegram bot may send."
    )
    telegram_chat_burst: int = Field(
        10,
        ge=1,
        description="Messages a Telegram chat may get at once; beyond, one a second. "
        "Telegram asks for about one a second, short bursts apart.",
    )
    telegram_paid_broadcasts: bool = Field(
        False,
        description="Pay Telegram for broadcasts, 0.1 Star a message, so that `TELEGRAM_PACE` may "
        "be up to 1000.",
    )
    public_url: str | None = Field(
        None,
        description="The https address of this service. Set: webhooks; unset: long polling.",
    )
    secret_key: SecretStr | None = Field(
        None,
        validate_default=True,
        description="32 or more random characters, needed with `PUBLIC_URL`.",
    )
    host: str = Field("127.0.0.1", description="The interface the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="The port the web server listens on.")
    quiet_hours: str = Field(
        "21-8", description="Local hours in which nobody is written to unasked; `0-0` for none."
    )
    purge_after_days: int = Field(
        30, ge=1, description="Days after which the texts of finished messages are deleted."
    )
    log_format: str = Field(
        "console", pattern="^(console|json)$", description="`console` to read, `json` to collect."
    )

    @field_validator("telegram_tokens", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("telegram_tokens")
    @classmethod
    def _tokens(cls, tokens: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        bots: dict[str, str] = {}
        for token in (each.get_secret_value() for each in tokens):
            if not re.fullmatch(r"\d+:[\w-]+", token, re.ASCII):
                raise ValueError(
                    "a token looks like 123456:ABC-def, as @BotFather gives it; "
                    "several are separated by commas"
                )
            bot = token.partition(":")[0]
            if bots.setdefault(bot, token) != token:
                raise ValueError(f"bot {bot} has two tokens: keep the one that @BotFather shows")
        return tokens

    @field_validator("public_url", "telegram_api_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// (or http:// on this machine)")
        return value.rstrip("/")

    @field_validator("telegram_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                url = urlsplit(value.get_secret_value())
                well = url.scheme in ("http", "socks5") and url.hostname and url.port
            except ValueError:
                well = False
            if not well:
                raise ValueError(
                    "write http://HOST:PORT or socks5://HOST:PORT, where the proxy wants it with "
                    "NAME:PASSWORD@ before the host, percent-encoded"
                )
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        try:
            make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError(
                "cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/NAME, with what is not "
                "a letter or a digit in the password percent-encoded"
            ) from None
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        try:
            _quiet(value)
        except ValueError:
            raise ValueError("write two hours of the day, such as 21-8") from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("public_url"):
            raise ValueError(
                f"is needed with {PREFIX}PUBLIC_URL; make one with "
                "python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("is too short: at least 32 random characters")
        return value

    @property
    def proxy(self) -> str | None:
        return self.telegram_proxy.get_secret_value() if self.telegram_proxy else None

    @property
    def quiet(self) -> QuietHours:
        return _quiet(self.quiet_hours)


def _quiet(value: str) -> QuietHours:
    start, _, end = value.partition("-")
    return QuietHours(time(int(start)), time(int(end)))


def read_settings(**overrides: Any) -> Settings:
    """The settings in force. Raises `BadSettings` with every fault at once."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = ["These settings are wrong:"]
        for fault in error.errors(include_input=False):
            name = PREFIX + "_".join(str(part) for part in fault["loc"][:1]).upper()
            lines.append(f"  {name}: {fault['msg'].removeprefix('Value error, ')}")
        raise BadSettings("\n".join(lines)) from None
