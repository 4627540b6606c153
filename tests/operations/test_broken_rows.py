"""A row that cannot be understood is named and does without; everybody else is served."""

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot import doctor
from bot.domain.broadcast import BroadcastText, Start, read_start
from bot.domain.states import BroadcastStatus
from bot.scheduling import staff
from bot.scheduling.inviting import Told
from bot.storage.tables import broadcast, invitation, outbox, wave
from tests.cast.panel import Panel
from tests.cast.town import CATALOGUES, Town

NEWS = {"en": BroadcastText("News")}


async def changes(town: Town, statement: object) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def panel(town: Town) -> Panel:
    return Panel(town)


async def test_a_zone_that_nobody_knows_stops_nobody(
    town: Town, panel: Panel, capsys: pytest.CaptureFixture[str]
) -> None:
    await panel.joins(2)
    (lost,) = await panel.joins(1, zone="Mars/Base")
    with capture_logs() as logged:
        await town.opens("t2")
        await town.plans()
        await town.settles()
    assert [each["participant"] for each in logged if "participant" in each] == [lost]
    invited = await town.rows(select(outbox.c.once).where(outbox.c.kind == "invitation"))
    assert len([row for row in invited if row[0].startswith("invitation:2:")]) == 3
    assert await staff.remind_wave(
        town.app.database, CATALOGUES, None, "t2", town.settings.quiet, town.clock.now()
    ) == Told(3)
    for start in (Start(), read_start("2030-01-15 18:00 local")):
        id_ = await town.broadcasts(NEWS, start=start)
        assert (await town.report(id_)).total == 3
    await doctor.examine(town.settings)
    assert f"BAD participant {lost} has a time zone that nobody knows" in capsys.readouterr().out


async def test_a_wave_that_raises_holds_up_no_other(town: Town, panel: Panel) -> None:
    """Its reminders are no list of seconds; what it had done in this run is undone."""
    people = await panel.joins(2)
    await changes(town, update(wave).where(wave.c.code == "t1").values(reminders=["soon"]))
    with capture_logs() as logged:
        await town.opens("t2")
        await town.plans()
    assert {each["wave_id"] for each in logged if each["log_level"] == "error"} == {1}
    assert all("soon" not in str(each) for each in logged)
    rows = await town.rows(select(invitation.c.participant_id).where(invitation.c.wave_id == 2))
    assert sorted(row[0] for row in rows) == people


async def test_a_broadcast_that_raises_holds_up_no_other(town: Town, panel: Panel) -> None:
    await panel.joins(1)
    broken = await town.drafts(NEWS)
    await changes(
        town,
        update(broadcast)
        .where(broadcast.c.id == broken)
        .values(status=BroadcastStatus.APPROVED, starts_at=town.clock.now(), texts=["no texts"]),
    )
    good = await town.broadcasts(NEWS)
    with capture_logs() as logged:
        await town.app.desk.run()
        await town.settles()
        await town.app.desk.run()
    assert {each.get("broadcast") for each in logged if each["log_level"] == "error"} == {broken}
    assert (await town.report(good)).status is BroadcastStatus.DONE
