"""Whatever is sent, at every place, on every channel: answers are valid, and no turn raises."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import or_, select
from structlog.testing import capture_logs

import handlers
from bot.app import App
from bot.domain.allowed import is_allowed
from bot.domain.answers import Answer
from bot.domain.local_time import day_in, is_zone
from bot.domain.questionnaire import AnswerKind, ItemType, Scale
from bot.domain.return_check import ReturnCheck
from bot.domain.states import InboxStatus
from bot.domain.survey import position
from bot.export import Format, Shape, export
from bot.settings import Settings
from bot.storage.deliberations import load_pack
from bot.storage.people import bind_bot
from bot.storage.tables import answer, conversation, inbox, participant, response
from bot.storage.unsound import invalid_answers
from tests.cast.everywhere import BOTS, OTHER_BOT, Everywhere, ways_to_all
from tests.cast.noise import Noise
from tests.cast.town import SettableClock, asking, choices, item

ITEMS = (
    item(ItemType.NOTE, "hello"),
    item(ItemType.ACKNOWLEDGE, "seen"),
    item(
        ItemType.SELECT_ONE,
        "way",
        choices=choices("Bus", "Bicycle", unsure=AnswerKind.DONT_KNOW),
        can_refuse=True,
    ),
    item(ItemType.SELECT_MULTIPLE, "wishes", choices=choices("Trees", "Water", "Shade", "Quiet")),
    item(
        ItemType.SELECT_ONE,
        "quarter",
        choices=choices(*(f"Quarter{n} of the town" for n in range(30))),
        dont_know=True,
    ),
    item(ItemType.RANK, "order", choices=choices("Air", "Calm", "Cost", "Fun"), randomized=True),
    item(ItemType.INTEGER, "visits", constraint=". >= 0 and . < 1000", dont_know=True),
    item(ItemType.DECIMAL, "distance", default="2.5"),
    item(ItemType.RANGE, "parks", scale=Scale(0, 10)),
    item(ItemType.RANGE, "share", scale=Scale(-1, 1, 0.05), can_refuse=True),
    item(ItemType.DATE, "day"),
    item(ItemType.DATE, "past", constraint=". <= today()"),
    item(ItemType.TEXT, "why"),
    item(
        ItemType.SELECT_MULTIPLE,
        "many",
        choices=choices(*(f"Tree{n} of the town" for n in range(20))),
    ),
)  # fmt: skip
PACK = asking(*ITEMS)
LAKES = replace(PACK, code="lakes", title={"en": "Lakes"}, return_check=ReturnCheck.WORD)
SKIPPING = tuple("OK" if each.code == "seen" else "skip" for each in ITEMS if each.asked)

#: In how many rounds everybody says something. What differs between databases shows soon.
ROUNDS = {"sqlite": 25, "postgresql": 5}


@pytest.fixture
async def everywhere(a_database: str) -> AsyncIterator[Everywhere]:
    clock = SettableClock()
    app = App(Settings(_env_file=None, database_url=a_database), clock)
    for pack in (PACK, LAKES):
        await load_pack(app.database, pack, clock.now())
    for channel, bot in BOTS.items():
        await bind_bot(app.database, channel, bot, "parks")
        await bind_bot(app.database, channel, OTHER_BOT, "parks")
    await app.planner.run()
    made = Everywhere(app, clock, SKIPPING)
    await made.gathers()
    yield made
    await app.database.close()


async def test_whatever_is_sent(everywhere: Everywhere, tmp_path: Path) -> None:
    assert set(ways_to_all(SKIPPING)) == handlers.router.places
    for person in everywhere.people:
        there = [place[0] for place in person.arrived["places"]] or ["home"]
        assert there[-1] == person.place, (person.address, person.way, there)
    kind = "sqlite" if everywhere.app.database.is_sqlite else "postgresql"
    noise = Noise(7)
    with capture_logs() as logged:
        for _ in range(ROUNDS[kind]):
            await everywhere.go_back(noise)
            await everywhere.say_anything(noise)
            assert not await failed(everywhere), logged
        await everywhere.app.planner.run()
        await everywhere.app.desk.run()
    assert [each for each in logged if each["log_level"] == "error"] == []
    assert not any("one by one" in each["event"] for each in logged)
    await everything_is_sound(everywhere)
    for shape in Shape:
        for code in ("parks", "lakes"):
            await export(
                everywhere.app.database,
                ["profile", "t1"],
                deliberation=code,
                shape=shape,
                format=Format.CSV,
                out=tmp_path / f"{code}.{shape}",
            )


async def failed(everywhere: Everywhere) -> list[object]:
    """What was said and by whom, where a turn raised."""
    async with everywhere.app.database.reading() as connection:
        found = await connection.execute(
            select(inbox.c.external_id, inbox.c.body, inbox.c.error).where(
                or_(inbox.c.tries > 0, inbox.c.status != InboxStatus.DONE)
            )
        )
        return list(found)


async def everything_is_sound(everywhere: Everywhere) -> None:
    """Nothing is stored that is no answer, no zone, no language."""
    async with everywhere.app.database.reading() as connection:
        assert await invalid_answers(connection) == []
        people = (await connection.execute(select(participant))).all()
        chosen = (await connection.execute(select(conversation.c.language).distinct())).scalars()
        assert set(chosen) <= {None, *PACK.languages}
        given = await connection.execute(
            select(answer, response.c.instrument, response.c.participant_id)
            .join(response, response.c.id == answer.c.response_id)
            .where(answer.c.replaced_at.is_(None))
        )
        answers: dict[tuple[str, str], dict[str, Answer]] = {}
        for row in given:
            by_item = answers.setdefault((row.participant_id, row.instrument), {})
            by_item[row.item] = Answer(AnswerKind(row.kind), row.value)
    zones = {person.id: person.timezone for person in people}
    for person in people:
        assert is_zone(person.timezone) and person.language in PACK.languages
    for (who, instrument), found in answers.items():
        form = PACK.questionnaires["profile" if instrument == "profile" else "opinion"]
        today = day_in(zones[who], everywhere.clock.now())
        walk = position(form, found, today).walk
        for code, each in found.items():
            asked = form.by_code[code]
            if not asked.personal:  # whose value is kept apart
                assert is_allowed(asked, each, walk, today), (who, code, each)
