"""A citizen pauses, withdraws, and sees or erases what is held."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.own_data import LARGEST, MOST_A_DAY
from bot.storage.tables import (
    address,
    answer,
    consent,
    deliberation,
    identity,
    inbox,
    outbox,
    participant,
    response,
    webchat_message,
)
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.town import Town


async def test_pausing_brings_quiet_and_resuming_ends_it(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/pause")
    await citizen.sees("paused")
    assert await town.statuses() == ["paused"]
    await town.opens("t2")
    await citizen.sees_nothing()
    await citizen.chooses("button-resume")
    await citizen.sees("resumed", "home")
    await town.plans()
    await citizen.sees("survey-invitation")


async def test_withdrawing_ends_consent_and_can_be_reversed(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/stop")
    await citizen.sees("confirm-stop")
    await citizen.chooses("button-stay")
    await citizen.sees("staying", "home")
    await citizen.says("/stop")
    await citizen.sees("confirm-stop")
    await citizen.chooses("button-stop")
    await citizen.sees("withdrawn")
    assert await town.statuses() == ["withdrawn"]
    (given,) = await town.rows(select(consent))
    assert given.withdrawn_at is not None
    await town.opens("t2")
    await citizen.sees_nothing()
    await citizen.says("/survey")
    await citizen.sees("not-joined")
    await citizen.chooses("button-start")
    await citizen.sees("welcome-back", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "enrolled", "survey-open", "survey-open", "home")
    assert await town.statuses() == ["enrolled"]
    assert len(await town.rows(select(consent))) == 2


async def test_mydata_hands_over_everything_held(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    await citizen.answers_t1()
    await citizen.says("/mydata")
    await citizen.sees("mydata")
    file = await citizen._read()
    assert file.raw.media.name == "my-data.json"
    held = json.loads(file.raw.media.content)
    assert held["identity"][0]["value"] == "Wanjiku"
    assert held["addresses"][0]["external_id"] == str(citizen.person.id)
    assert {a["item"]: a["value"] for a in held["answers"] if a["instrument"] == "t1"} == {
        "transport": "bus", "parks": 7, "wishes": ["trees", "water"], "visits": 4
    }  # fmt: skip
    assert any(m["body"] and m["body"]["text"] == "/mydata" for m in held["messages_received"])


async def fetches(citizen: Citizen) -> dict[str, Any]:
    """The file that comes next, by the citizen's own way of getting one."""
    seen = await citizen._read()
    if isinstance(citizen, TelegramCitizen):
        content: bytes = seen.raw.media.content
        assert len(content) <= LARGEST + 1_000
    else:
        status, content = await citizen.downloads(seen)
        assert status == 200
    return dict(json.loads(content))


async def test_a_file_with_own_data_does_not_grow_by_being_asked_for(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.answers_t1()
    sizes = []
    for _day in range(3):
        for _ in range(MOST_A_DAY):
            await citizen.says("/mydata")
            await citizen.sees("mydata")
            sizes.append(len(json.dumps(await fetches(citizen))))
        await citizen.says("/mydata")
        await citizen.sees("mydata-enough")
        await town.settles()
        await town.advances(days=1, hours=1)
    assert sizes[-1] < 2 * sizes[0]
    stored = "".join(str(row.body) for row in await town.rows(select(outbox.c.body)))
    assert stored.count("Wanjiku") == 1  # when the profile was shown at its end
    (who,) = await town.rows(select(participant.c.files_asked))
    assert len(who.files_asked) == MOST_A_DAY


async def test_a_file_says_what_has_no_room_in_it(
    citizen: Citizen, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.own_data.LARGEST", 12_000)
    monkeypatch.setattr("bot.storage.own_data.ROWS", 3)
    await citizen.is_enrolled()
    await citizen.answers_t1()
    for number in range(4):
        await citizen.says(f"{number}" * 700)
        await citizen.sees_anything()
        await citizen.sees("home")
    await citizen.says("/mydata")
    await citizen.sees("mydata")
    held = await fetches(citizen)
    assert len(json.dumps(held)) < 12_500
    assert len(held["answers"]) == 6
    said = [m["body"]["text"] for m in held["messages_received"]]
    assert said[:2] == ["/mydata", "3" * 700]
    assert "oldest" in held["left_out"]["messages_received"]
    assert "answers" not in held["left_out"]


async def test_a_file_is_offered_for_a_day_to_whom_it_is_about(town: Town) -> None:
    async with WebCitizen(town) as ana, WebCitizen(town) as ben:
        await ana.is_enrolled()
        await ben.is_enrolled()
        await ana.says("/mydata")
        await ana.sees("mydata")
        offer = await ana._read()
        assert (await ana.downloads(offer))[0] == 200
        assert (await ben.downloads(offer))[0] == 404
        await town.advances(days=1, minutes=1)
        assert (await ana.downloads(offer))[0] == 404


async def test_two_files_that_wait_are_one(telegram_citizen: TelegramCitizen, town: Town) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    town.telegram.throttles(for_seconds=1)
    for _ in range(2):
        await citizen.says("/mydata")
    await citizen.sees("mydata")
    await citizen.sees_anything()
    await citizen.sees_anything()
    await town.settles()
    sent = await town.rows(select(outbox.c.body).where(outbox.c.status == "sent"))
    assert sum(row.body.get("key") == "mydata-file" for row in sent) == 1


async def test_a_stranger_has_no_data(citizen: Citizen, town: Town) -> None:
    await citizen.says("/mydata")
    await citizen.sees("nothing-held")
    await citizen.says("/delete")
    await citizen.sees("nothing-held")


@pytest.mark.parametrize("on_erase", ["remove", "anonymise"])
async def test_erasing_leaves_nothing_that_identifies(
    citizen: Citizen, town: Town, on_erase: str
) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(deliberation).values(on_erase=on_erase, revision=deliberation.c.revision + 1)
        )
    await citizen.is_enrolled()
    await citizen.answers_t1()
    (who,) = await town.rows(select(participant.c.id))
    await citizen.says("/delete")
    await citizen.sees("confirm-delete-anonymise" if on_erase == "anonymise" else "confirm-delete")
    await citizen.chooses("button-keep")
    await citizen.sees("not-erased", "home")
    await citizen.says("/delete")
    await citizen.sees("confirm-delete-anonymise" if on_erase == "anonymise" else "confirm-delete")
    await citizen.chooses("button-delete")
    await citizen.sees("erased")
    await town.settles()
    for table in (identity, address):
        assert await town.rows(select(table)) == []
    for table in (inbox, outbox):
        assert {row[0] for row in await town.rows(select(table.c.body))} == {None}
    left = await town.rows(select(participant.c.id, participant.c.status, participant.c.timezone))
    assert [tuple(row)[1:] for row in left] == [("erased", "UTC")] * (on_erase == "anonymise")
    assert who[0] not in {row.id for row in left}
    kept = await town.rows(select(response.c.participant_id).where(response.c.instrument == "t1"))
    if on_erase == "remove":
        assert kept == [] and await town.rows(select(answer)) == []
    else:
        assert len(kept) == 1 and kept[0][0] != who[0]
        assert (await town.answers())["transport"] == "bus"
    if citizen.name == "a citizen in the web chat":
        bodies = await town.rows(select(webchat_message.c.body))
        assert len(bodies) == 1  # the farewell alone, which names nobody


async def test_whoever_was_erased_may_start_anew_as_a_stranger(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.says("/delete")
    await citizen.sees("confirm-delete")
    await citizen.chooses("button-delete")
    await citizen.sees("erased")
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")
    assert await town.statuses() == ["invited"]


async def test_privacy_shows_the_consent_text_in_force(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/privacy")
    await citizen.sees("privacy", "consent", "home")
