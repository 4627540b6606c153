"""Broadcasts: counted before they are sent, frozen when approved, once to each."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.broadcasting import staff
from bot.broadcasting.staff import Resend
from bot.domain.audience import BadAudience, LeftOut
from bot.domain.broadcast import BadBroadcast, BroadcastText, Start, read_start
from bot.domain.states import BroadcastStatus, DeliveryStatus, ForbiddenTransition
from bot.domain.states import DeliveryStatus as D
from bot.storage.broadcast_report import Report
from bot.storage.broadcasts import Draft
from bot.storage.tables import address, outbox, participant
from tests.cast.citizens import TelegramCitizen, WebCitizen
from tests.cast.panel import Panel
from tests.cast.telegram_people import PICTURE
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import Town

NEWS = {"en": BroadcastText("News from **{deliberation}**"), "es": BroadcastText("Noticias")}
PLAIN = {"en": BroadcastText("News")}


@pytest.fixture
def panel(town: Town) -> Panel:
    return Panel(town)


async def comes_to(town: Town, id_: str, status: BroadcastStatus) -> Report:
    async with asyncio.timeout(20):
        while (report := await town.report(id_)).status is not status:
            await asyncio.sleep(0.05)
    return report


async def is_done(town: Town, id_: str) -> Report:
    await town.settles()
    await town.app.desk.run()
    return await comes_to(town, id_, BroadcastStatus.DONE)


async def counts(town: Town, audience: str = "", **more: object) -> tuple[int, Counter[LeftOut]]:
    draft = Draft(NEWS, audience, **more)  # type: ignore[arg-type]
    found = await staff.look(town.app.database, None, draft, town.clock.now())
    return found.count, found.left_out


async def become(town: Town, id_: str, **facts: object) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(participant).where(participant.c.id == id_).values(**facts)
        )


# --- Once to each, in the right words ------------------------------------------------------------


async def test_everybody_gets_it_once_in_their_language(town: Town) -> None:
    async with TelegramCitizen(town) as ana, WebCitizen(town) as ben:
        await ana.is_enrolled(language="es")
        await ben.is_enrolled()
        id_ = await town.broadcasts(NEWS)
        await ana.sees_words("Noticias")
        await ben.sees_words("News from")
        report = await is_done(town, id_)
        assert report.by_status == {D.SENT: 2}
        assert await town.events("broadcast") == [
            (None, "draft"), ("draft", "approved"), ("approved", "sending"), ("sending", "done"),
        ]  # fmt: skip


async def test_a_missing_language_falls_back_as_a_whole_or_leaves_people_out(
    town: Town, panel: Panel
) -> None:
    (ana,), (zuri,) = await panel.joins(1, language="es"), await panel.joins(1, language="ar")
    await is_done(town, await town.broadcasts(PLAIN))
    assert panel.got(ana) == panel.got(zuri) == ["News"]
    town.clock.ahead += timedelta(seconds=5)
    await is_done(town, await town.broadcasts({"es": BroadcastText("Sí")}, excludes_others=True))
    assert (panel.got(ana), panel.got(zuri)) == (["News", "Sí"], ["News"])
    assert await counts(town, excludes_others=True) == (1, {LeftOut.NO_TEXT: 1})


async def test_a_picture_its_words_and_a_link_are_one_message(town: Town, panel: Panel) -> None:
    (ana,) = await panel.joins(1)
    text = BroadcastText(
        "**Look**", media="hall.png", link_label="The hall", link_url="https://example.org/"
    )
    await is_done(town, await town.broadcasts({"en": text}, files={"hall.png": PICTURE}))
    (message,) = panel.messages(ana)
    assert message.text == "Look" and message.media is not None
    ((button,),) = message.keyboard
    assert button.text == "The hall"


async def test_a_closing_time_is_told_by_each_persons_clock(town: Town, panel: Panel) -> None:
    (nairobi,) = await panel.joins(1, zone="Africa/Nairobi")
    (lima,) = await panel.joins(1, zone="America/Lima", language="es")
    text = {"en": BroadcastText("{deliberation} closes {closes:t2}"),
            "es": BroadcastText("Cierra {closes:t2}")}  # fmt: skip
    await is_done(town, await town.broadcasts(text, at_night=True))
    assert "15 March 2030" in panel.got(nairobi)[0] and "12:00" in panel.got(nairobi)[0]
    assert "15 de marzo de 2030" in panel.got(lima)[0] and "4:00" in panel.got(lima)[0]


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ({"en": BroadcastText("")}, "there is no text"),
        ({"en": BroadcastText("x" * 4097)}, "4097 characters; one message carries 4096"),
        ({"en": BroadcastText("x" * 1025, media="a.png")}, "carries 1024 beside a picture"),
        ({"en": BroadcastText("🌍" * 2049)}, "4098 characters; one message carries 4096"),
        ({"en": BroadcastText("x" * 4090 + "{deliberation}")}, "one message carries 4096"),
        ({"en": BroadcastText("{name}")}, "{name} is no placeholder"),
        ({"en": BroadcastText("{closes:t9}")}, "there is no wave 't9'"),
        ({"es": BroadcastText("Sí")}, "en: the text is missing"),
        ({"en": BroadcastText("a"), "xx": BroadcastText("b")}, "xx: the deliberation has no such"),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_the_reason(
    town: Town, texts: dict[str, BroadcastText], complaint: str
) -> None:
    with pytest.raises(BadBroadcast, match=complaint.replace("{", r"\{")):
        await town.drafts(texts)
    assert await town.broadcast_rows() == []


# --- To whom -------------------------------------------------------------------------------------


async def test_an_audience_is_a_condition_on_what_is_known(town: Town, panel: Panel) -> None:
    await panel.joins(3, country="KE", language="es")
    await panel.joins(2, country="FR", cohort="spring")
    assert await counts(town) == (5, Counter())
    assert await counts(town, "${country} = 'KE'") == (3, Counter())
    assert await counts(town, "${cohort} = 'spring' and ${language} = 'en'") == (2, Counter())
    assert await counts(town, "${channel} = 'webchat'") == (0, Counter())
    with pytest.raises(BadAudience, match=r"\$\{hat\}, which is not known"):
        await counts(town, "${hat} = 1")
    with pytest.raises(BadAudience, match="at character"):
        await counts(town, "${country} = ")


async def test_a_wave_tells_who_was_invited_and_has_not_finished(town: Town) -> None:
    async with TelegramCitizen(town) as done, TelegramCitizen(town) as staller:
        await done.is_enrolled()
        await done.answers_t1()
        await staller.starts_t1()
        await town.broadcasts(PLAIN, audience="${t1} = 'invited' or ${t1} = 'in_progress'")
        await staller.sees_words("News")
        await staller.says("1")
        await staller.sees("item-parks")  # still in the middle of the survey
        await done.sees_nothing()
        assert await counts(town, "${t1} = 'complete'") == (1, Counter())


async def test_participants_picked_by_hand_are_the_only_ones(town: Town, panel: Panel) -> None:
    ids = await panel.joins(3)
    id_ = await town.broadcasts(PLAIN, by_hand=[ids[1], "p-of-nobody"])
    assert (await is_done(town, id_)).total == 1
    assert [len(panel.got(each)) for each in ids] == [0, 1, 0]


async def test_withdrawn_paused_and_blocked_people_are_always_left_out(
    town: Town, panel: Panel
) -> None:
    paused, withdrawn, invited, blocked, there = await panel.joins(5)
    await become(town, paused, status="paused")
    await become(town, withdrawn, status="withdrawn")
    await become(town, invited, status="invited")
    async with town.app.database.writing() as transaction:
        lives_at = select(participant.c.conversation_id).where(participant.c.id == blocked)
        await transaction.execute(
            update(address)
            .where(address.c.conversation_id == lives_at.scalar_subquery())
            .values(blocked_at=town.clock.now())
        )
    reasons = (LeftOut.PAUSED, LeftOut.WITHDRAWN, LeftOut.NOT_ENROLLED, LeftOut.BLOCKED)
    assert await counts(town) == (1, Counter(reasons))
    assert (await is_done(town, await town.broadcasts(PLAIN))).total == 1
    assert panel.got(there) == panel.everything


async def test_the_audience_is_frozen_and_those_missing_can_be_reached_later(
    town: Town, panel: Panel
) -> None:
    await panel.joins(2)
    id_ = await town.broadcasts(PLAIN)
    await is_done(town, id_)
    (late,) = await panel.joins(1)
    await town.app.desk.run()
    assert panel.got(late) == []
    assert await town.resends(id_, Resend.MISSING) == 1
    assert (await is_done(town, id_)).by_status == {D.SENT: 3}
    assert panel.got(late) == ["News"] and len(panel.everything) == 3
    assert await town.resends(id_, Resend.MISSING) == 0


async def test_nobody_to_reach_is_refused(town: Town) -> None:
    id_ = await town.drafts(PLAIN)
    with pytest.raises(BadBroadcast, match="its audience is empty"):
        await town.approves(id_)
    with pytest.raises(ForbiddenTransition):
        await staff.pause(town.app.database, id_, town.clock.now())


# --- When ----------------------------------------------------------------------------------------


async def test_it_starts_at_its_time(town: Town, panel: Panel) -> None:
    (ana,) = await panel.joins(1)
    at = town.clock.now() + timedelta(hours=2)
    id_ = await town.broadcasts(PLAIN, start=Start(at=at))
    await town.app.desk.run()
    assert (await town.report(id_)).status is BroadcastStatus.APPROVED
    town.clock.set(at + timedelta(seconds=1))
    await town.app.desk.run()
    await is_done(town, id_)
    assert panel.got(ana) == ["News"]


async def test_a_local_time_is_that_of_each_person_and_never_at_night(
    town: Town, panel: Panel
) -> None:
    (tokyo,) = await panel.joins(1, zone="Asia/Tokyo")
    (lima,) = await panel.joins(1, zone="America/Lima")
    id_ = await town.broadcasts(PLAIN, start=read_start("2030-01-16 06:00 local"))
    rows = await town.rows(
        select(outbox.c.participant_id, outbox.c.send_after).where(outbox.c.broadcast_id == id_)
    )
    assert dict(tuple(row) for row in rows) == {
        tokyo: datetime(2030, 1, 15, 23, tzinfo=UTC),  # 8 o'clock there: quiet hours until then
        lima: datetime(2030, 1, 16, 13, tzinfo=UTC),
    }
    town.clock.set(datetime(2030, 1, 15, 23, 1, tzinfo=UTC))
    await town.app.desk.run()
    async with asyncio.timeout(10):
        while not panel.got(tokyo):
            await asyncio.sleep(0.05)
    report = await town.report(id_)
    assert (report.status, report.waiting) == (BroadcastStatus.SENDING, 1)
    assert panel.got(lima) == []


async def test_one_that_is_far_too_late_waits_for_a_human(town: Town, panel: Panel) -> None:
    (ana,) = await panel.joins(1)
    at = town.clock.now() + timedelta(hours=2)
    id_ = await town.broadcasts(PLAIN, start=Start(at=at))
    await town.stops()
    town.clock.set(at + timedelta(hours=6, minutes=1))
    await town.starts()
    async with asyncio.timeout(10):
        while not (await town.report(id_)).held:
            await asyncio.sleep(0.05)
    assert (await town.report(id_)).status is BroadcastStatus.APPROVED
    assert panel.got(ana) == []
    await town.sends_on(id_)
    assert not (await is_done(town, id_)).held
    assert panel.got(ana) == ["News"]


async def test_whoever_has_not_got_it_by_then_never_does(town: Town, panel: Panel) -> None:
    (ana,) = await panel.joins(1)
    at = town.clock.now() + timedelta(hours=1)
    id_ = await town.broadcasts(PLAIN, start=Start(at=at), send_before=at + timedelta(hours=1))
    town.clock.set(at + timedelta(hours=2))
    await town.app.desk.run()
    assert (await is_done(town, id_)).by_status == {D.EXPIRED: 1}
    assert panel.got(ana) == []


# --- While it runs -------------------------------------------------------------------------------


@pytest.fixture
async def slow_town(a_database: str, telegram: TelegramServer) -> Town:
    """The bots send five messages a second."""
    return Town(a_database, telegram, telegram_pace=5)


async def test_pausing_takes_effect_within_a_second_and_resuming_skips_nobody(
    slow_town: Town,
) -> None:
    async with slow_town as town:
        panel = Panel(town)
        await panel.joins(12)
        id_ = await town.broadcasts(PLAIN)
        while len(panel.everything) < 3:
            await asyncio.sleep(0.02)
        await staff.pause(town.app.database, id_, town.clock.now())
        await asyncio.sleep(0.5)
        by_then = len(panel.everything)
        await asyncio.sleep(1)
        assert by_then == len(panel.everything) < 12
        await town.sends_on(id_)
        assert (await is_done(town, id_)).by_status == {D.SENT: 12}
        assert Counter(len(panel.got(each)) for each in panel.chats) == {1: 12}


async def test_cancelling_takes_back_what_has_not_left(slow_town: Town) -> None:
    async with slow_town as town:
        panel = Panel(town)
        await panel.joins(12)
        id_ = await town.broadcasts(PLAIN)
        while len(panel.everything) < 3:
            await asyncio.sleep(0.02)
        taken_back = await staff.cancel(town.app.database, id_, town.clock.now())
        await town.settles()
        report = await town.report(id_)
        assert report.by_status == {D.SENT: 12 - taken_back, D.CANCELLED: taken_back}
        assert len(panel.everything) == 12 - taken_back
        with pytest.raises(ForbiddenTransition, match="cancelled and cannot become sending"):
            await town.sends_on(id_)


async def test_a_reply_overtakes_a_broadcast(slow_town: Town) -> None:
    async with slow_town as town, TelegramCitizen(town) as ana:
        await ana.starts_t1()
        await asyncio.sleep(1.2)  # a chat that was just written to waits
        panel = Panel(town)
        await panel.joins(20)
        id_ = await town.broadcasts(PLAIN, audience="${t1} = 'invited'")
        while len(panel.everything) < 2:
            await asyncio.sleep(0.02)
        began = time.monotonic()
        await ana.says("1")
        await ana.sees("item-parks")
        assert time.monotonic() - began < 1.5  # those before it would have taken three seconds
        assert len(panel.everything) < 15
        await staff.cancel(town.app.database, id_, town.clock.now())


async def test_a_chat_gets_at_most_one_message_a_second_unasked(town: Town, panel: Panel) -> None:
    (ana,) = await panel.joins(1)
    ids = [await town.broadcasts({"en": BroadcastText(f"News {n}")}) for n in range(3)]
    for id_ in ids:
        await comes_to(town, id_, BroadcastStatus.DONE)
    assert panel.got(ana) == ["News 0", "News 1", "News 2"]
    sent = [r.when for r in town.telegram.requests if r.method == "sendMessage"]
    assert sent[1] - sent[0] >= 0.95 and sent[2] - sent[1] >= 0.95


async def test_it_pauses_by_itself_when_too_many_fail(town: Town, panel: Panel) -> None:
    await panel.joins(300)
    town.telegram.refuses(None, "Bad Request: message text is empty")
    id_ = await town.broadcasts(PLAIN)
    report = await comes_to(town, id_, BroadcastStatus.PAUSED)
    await asyncio.sleep(0.5)
    report = await town.report(id_)
    assert report.failures == {"Bad Request: message text is empty": report.by_status[D.FAILED]}
    assert 11 <= report.by_status[D.FAILED] <= 11 + 64  # what was on its way
    assert report.pause_reason and "of the last 200 failed" in report.pause_reason
    town.telegram.heals()
    await town.sends_on(id_)
    await is_done(town, id_)
    assert await town.resends(id_, Resend.MISSING) == report.by_status[D.FAILED]
    assert (await is_done(town, id_)).by_status == {D.SENT: 300}


async def test_a_throttle_loses_nothing_and_blames_nobody(town: Town, panel: Panel) -> None:
    await panel.joins(40)
    town.telegram.throttles(for_seconds=1)
    id_ = await town.broadcasts(PLAIN)
    assert (await is_done(town, id_)).by_status == {D.SENT: 40}
    assert town.telegram.requests_during_throttle == []
    tries = await town.rows(select(outbox.c.tries).where(outbox.c.broadcast_id == id_))
    assert {row.tries for row in tries} == {1}


async def test_a_block_is_told_and_makes_the_person_unreachable(town: Town, panel: Panel) -> None:
    ana, ben = await panel.joins(2)
    panel.chats[ana].refusal = "Forbidden: bot was blocked by the user"
    report = await is_done(town, await town.broadcasts(PLAIN))
    assert report.by_status == {D.SENT: 1, D.BLOCKED: 1}
    assert await counts(town) == (1, {LeftOut.BLOCKED: 1})
    assert panel.got(ben) == ["News"]


async def test_what_nobody_knows_stays_unknown_until_an_organiser_sends_it_again(
    town: Town, panel: Panel
) -> None:
    (ana,) = await panel.joins(1)
    town.telegram.cuts_after_send()
    id_ = await town.broadcasts(PLAIN)
    assert (await is_done(town, id_)).by_status == {DeliveryStatus.UNKNOWN: 1}
    assert panel.got(ana) == ["News"]  # it had arrived; nobody here can know
    assert await town.resends(id_, Resend.MISSING) == 0
    assert await town.resends(id_, Resend.UNKNOWN) == 1
    assert (await is_done(town, id_)).by_status == {D.SENT: 1}
    assert panel.got(ana) == ["News", "News"]


async def test_whoever_asks_for_quiet_meanwhile_does_not_get_it(town: Town) -> None:
    async with TelegramCitizen(town) as ana:
        await ana.is_enrolled()
        at = town.clock.now() + timedelta(hours=1)
        id_ = await town.broadcasts(PLAIN, start=Start(at=at))
        await ana.says("/pause")
        await ana.sees("paused")
        town.clock.set(at)
        await town.app.desk.run()
        assert (await is_done(town, id_)).by_status == {D.CANCELLED: 1}


async def test_an_organiser_can_have_it_sent_to_their_own_chat_first(
    telegram_citizen: TelegramCitizen, town: Town, panel: Panel
) -> None:
    (ana,) = await panel.joins(1)
    await telegram_citizen.says(f"/start {await town.invites_organiser('Amina')}")
    await telegram_citizen.sees("organiser-welcome")
    id_ = await town.drafts(NEWS)
    assert await staff.test_send(town.app.database, id_, town.clock.now()) == 1
    await telegram_citizen.sees_words("News from")
    await telegram_citizen.sees_words("Noticias")
    assert panel.got(ana) == []
    assert await town.events("broadcast") == [(None, "draft"), ("draft", "test send")]


async def test_sending_again_keeps_quiet_hours_and_forgets_the_first_time(
    town: Town, panel: Panel
) -> None:
    await panel.joins(1, zone="America/Lima")
    start = read_start("2030-01-15 13:00 local")
    id_ = await town.broadcasts(PLAIN, start=start)
    town.clock.set(datetime(2030, 1, 15, 18, 1, tzinfo=UTC))
    await town.app.desk.run()
    await is_done(town, id_)
    (late,) = await panel.joins(1, zone="America/Lima")
    town.clock.set(datetime(2030, 1, 16, 3, tzinfo=UTC))  # 22 o'clock there
    assert await town.resends(id_, Resend.MISSING) == 1
    report = await town.report(id_)
    assert (report.status, report.waiting) == (BroadcastStatus.SENDING, 1)
    town.clock.set(datetime(2030, 1, 16, 13, 1, tzinfo=UTC))
    await is_done(town, id_)
    assert panel.got(late) == ["News"]
