"""`minipublic doctor`: settings, database, channels; what is wrong, and how to mend it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.commands import out
from bot.settings import PREFIX, Settings
from bot.storage.clocks import clocks_ahead
from bot.storage.database import Database
from bot.storage.figures import counts, given_up
from bot.storage.people import deliberation_codes
from bot.storage.reception import last_heard
from bot.storage.schema import SchemaMismatch, require_schema
from bot.storage.setback import TOLERANCE
from bot.storage.unreadable import parked
from bot.storage.unsound import NAMED, invalid_answers, strangers_to_time
from bot.storage.waves import all_waves, is_overdue
from bot.telegram_doctor import examine_bots

#: What was given up longer ago is nothing to mend now.
RECENT = timedelta(days=7)

NONE = timedelta()


async def examine(settings: Settings) -> bool:
    """Print what was looked at, and return whether all is well."""
    for name, value in _shown(settings):
        out.print(f"  {name}={value}", markup=False, soft_wrap=True)
    heard: dict[str, datetime] = {}
    well = await _database(settings, heard)
    async for well_there, words in examine_bots(settings, heard, datetime.now(UTC)):
        well &= _say(well_there, words)
    if not settings.telegram_tokens:
        _say(True, f"no Telegram bot: set {PREFIX}TELEGRAM_TOKENS to serve one")
    if settings.public_url is None and settings.telegram_tokens:
        _say(True, f"Telegram is polled: set {PREFIX}PUBLIC_URL for webhooks")
    return well


def _shown(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name == "telegram_tokens":
            value = ",".join(f"{t.get_secret_value().partition(':')[0]}:***" for t in value)
        elif name == "database_url":
            value = Database(value).url.render_as_string()
        yield PREFIX + name.upper(), "" if value is None else str(value)


async def _database(settings: Settings, heard: dict[str, datetime]) -> bool:
    """Puts in `heard` when each Telegram bot last heard its platform."""
    database = Database(settings.database_url)
    try:
        await require_schema(database)
        codes = await deliberation_codes(database)
        async with database.reading() as connection:
            ahead = await clocks_ahead(connection, datetime.now(UTC))
            figures = await counts(connection)
            unread = await parked(connection)
            waves = await all_waves(connection)
            strangers = await strangers_to_time(connection)
            invalid = await invalid_answers(connection)
            unsaid = await given_up(connection, datetime.now(UTC) - RECENT)
            heard.update(await last_heard(connection, "telegram"))
    except SchemaMismatch as mismatch:
        return _say(False, str(mismatch))
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return _say(False, f"the database cannot be used: {reason}; see {PREFIX}DATABASE_URL")
    finally:
        await database.close()
    well = _say(True, f"database: {figures}")
    for what, by in ahead.items():
        if abs(by) > TOLERANCE:
            where = "ahead of" if by > NONE else "behind"
            well = _say(
                False,
                f"{what} is {abs(by.total_seconds()):.0f} s {where} this clock: it was set back, "
                "or another machine's is wrong; see `timedatectl`",
            )
    if failed := figures["inbox"].get("failed"):
        named = ", ".join(f"{row.id} ({_kind(row.error)})" for row in unread)
        well = _say(False, f"{failed} message(s) could not be dealt with; in the inbox: {named}")
    for reason, count in unsaid.items():
        well = _say(False, f"{count} question(s) or replies were given up in a week: {reason}")
    for row in waves:
        if row.held_since is not None:
            well = _say(
                False,
                f"wave {row.code} is held, long overdue: `minipublic wave open {row.code}`",
            )
        if is_overdue(row, datetime.now(UTC)):
            well = _say(
                False,
                f"wave {row.code} should be closed: no process has the role `scheduler`, or its "
                "log says why not",
            )
    for participant in strangers[:NAMED]:
        well = _say(
            False,
            f"participant {participant} has a time zone that nobody knows: the deliberation's "
            f"serves instead; correct it with `minipublic timezone set {participant} ZONE`",
        )
    if len(strangers) > NAMED:
        _say(False, f"and {len(strangers) - NAMED} further participants with such a time zone")
    for found in invalid:
        some = "" if found.count <= len(found.responses) else " and others"
        well = _say(
            False,
            f"{found.count} answer(s) to {found.item} are not valid: they count as none; "
            f"response {', '.join(found.responses)}{some}",
        )
    if not codes:
        return _say(False, "no deliberation is loaded: run `minipublic load PACK`")
    return _say(True, f"deliberations: {', '.join(codes)}") and well


def _kind(error: str | None) -> str:
    """Of an error no more than its kind, for its words may hold a citizen's."""
    return (error or "").partition(":")[0]


def _say(well: bool, words: str) -> bool:
    out.print(f"{'ok ' if well else 'BAD'} {words}", markup=False, soft_wrap=True)
    return well
