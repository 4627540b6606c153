"""The environment, read once into frozen settings. Every setting: docs/settings.md."""

from datetime import time
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.local_time import QuietHours

PREFIX = "MINIPUBLIC_"


class Role(StrEnum):
    """What a process does. Without any named, it does all."""

    WEB = "web"  #: Webhooks or polling, the web chat, health and metrics.
    CONVERSATION = "conversation"  #: Runs turns.
    SENDER = "sender"  #: Sends what is in the outbox.
    SCHEDULER = "scheduler"  #: Opens, closes, invites and reminds.


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
    telegram_pace: float = Field(
        28, gt=0, le=1000, description="Messages a second each Telegram bot may send."
    )
    public_url: str | None = Field(
        None,
        description="The https address of this service. Set: webhooks; unset: long polling.",
    )
    secret_key: SecretStr | None = Field(
        None, description="32 or more random characters, needed with `PUBLIC_URL`."
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
        for token in tokens:
            bot, _, secret = token.get_secret_value().partition(":")
            if not (bot.isdecimal() and secret):
                raise ValueError("a token looks like 123456:ABC..., as @BotFather gives it")
        return tokens

    @field_validator("public_url", "telegram_api_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// (or http:// on this machine)")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
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
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("is too short: at least 32 random characters")
        return value

    @property
    def quiet(self) -> QuietHours:
        return _quiet(self.quiet_hours)


def _quiet(value: str) -> QuietHours:
    start, _, end = value.partition("-")
    return QuietHours(time(int(start)), time(int(end)))


def read_settings(**overrides: Any) -> Settings:
    """The settings in force. Raises `BadSettings` with every fault at once."""
    faults: list[str] = []
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            name = PREFIX + "_".join(str(part) for part in fault["loc"][:1]).upper()
            faults.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    else:
        if settings.public_url and settings.secret_key is None:
            faults.append(
                f"{PREFIX}SECRET_KEY: is needed with {PREFIX}PUBLIC_URL; make one with "
                "python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        if not faults:
            return settings
    raise BadSettings("\n".join(["These settings are wrong:", *(f"  {f}" for f in faults)]))
