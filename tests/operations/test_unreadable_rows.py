"""A row that cannot be read fails alone: it is parked and named, and everybody else goes on."""

import uuid

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot import doctor
from bot.conversation.messages import Incoming, IncomingKind
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.town import Town

#: What breaks somebody's next turn. The place of the last three can be mended.
BROKEN = {
    "no body": "UPDATE inbox SET body = NULL WHERE conversation_id = :id AND status = 'pending'",
    "half a body": """UPDATE inbox SET body = '{"text": "hi"}'
        WHERE conversation_id = :id AND status = 'pending'""",
    "an unknown status": "UPDATE participant SET status = 'lost' WHERE conversation_id = :id",
    "an unknown response": """UPDATE response SET status = 'lost' WHERE participant_id IN
        (SELECT id FROM participant WHERE conversation_id = :id)""",
    "an unknown answer": """UPDATE answer SET kind = 'lost' WHERE response_id IN
        (SELECT r.id FROM response r JOIN participant p ON p.id = r.participant_id
        WHERE p.conversation_id = :id)""",
    "a place with one element": """UPDATE conversation SET places = '[["survey"]]'
        WHERE id = :id""",
    "a place that is none": "UPDATE conversation SET places = '[7]' WHERE id = :id",
    "malformed choices": """UPDATE conversation SET offered = '["abc"]' WHERE id = :id""",
}
#: What only SQLite stores.
NO_JSON = {
    "a body that is no JSON": """UPDATE inbox SET body = '{'
        WHERE conversation_id = :id AND status = 'pending'""",
    "places that are no JSON": "UPDATE conversation SET places = '[[' WHERE id = :id",
    "an hour that is none": "UPDATE conversation SET asked_at = 'noon' WHERE id = :id",
}


async def both_say(town: Town, statement: str) -> None:
    """While nothing runs; and in the same batch one of the two cannot be read."""
    await town.stops()
    senders = await town.rows("SELECT channel, bot, external_id, conversation_id FROM address")
    await town.app.inbox.store(
        [
            Incoming(channel, bot, uuid.uuid4().hex, sender, IncomingKind.TEXT, "Bus")
            for channel, bot, sender, _ in senders
        ]
    )
    (unlucky,) = (row.conversation_id for row in senders if row.channel == "telegram")
    async with town.app.database.writing() as transaction:
        await transaction.execute(text(statement), {"id": unlucky})
    await town.starts()


@pytest.mark.parametrize("what", [*BROKEN, *NO_JSON])
async def test_a_row_that_cannot_be_read_stops_nobody_else(
    what: str, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    if what in NO_JSON and not town.app.database.is_sqlite:
        return  # PostgreSQL does not store it
    async with WebCitizen(town) as other, TelegramCitizen(town) as unlucky:
        await other.starts_t1()
        await unlucky.starts_t1()
        await town.settles()
        with capture_logs() as logged:
            await both_say(town, (BROKEN | NO_JSON)[what])
            await other.sees("item-parks")
            await unlucky.sees("something-went-wrong")
        assert not any("database" in each["event"] for each in logged)
        ((id_, error),) = await town.rows("SELECT id, error FROM inbox WHERE status = 'failed'")
        assert not await doctor.examine(town.settings)
        assert f"{id_} ({error.partition(':')[0]})" in capsys.readouterr().out
        await goes_on(unlucky, what)


async def goes_on(unlucky: Citizen, what: str) -> None:
    if "body" in what:
        await unlucky.says("Bus")
        await unlucky.sees("item-parks")
    elif any(word in what for word in ("place", "choices", "hour")):
        await unlucky.says("/start")
        await unlucky.sees("welcome-back", "home")
    else:  # staff have to mend it; that it is said again is no reason to stop anybody
        await unlucky.says("/help")
        await unlucky.sees("something-went-wrong")
