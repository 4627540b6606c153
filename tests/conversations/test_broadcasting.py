"""An organiser writes to many from a chat: preview, code, progress; nobody else can."""

import re
from datetime import UTC, datetime

from bot.broadcasting.desk import BETWEEN_LINES
from bot.domain.states import BroadcastStatus
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, plain


async def becomes_organiser(citizen: Citizen, town: Town) -> None:
    await citizen.says(f"/start {await town.invites_organiser('Amina')}")
    await citizen.sees("organiser-welcome")


async def writes(citizen: Citizen, when: str = "") -> None:
    """A text in English, which everybody gets, by default as soon as it is confirmed."""
    await citizen.says("/broadcast")
    await citizen.sees("broadcast-write")
    await citizen.says("The hall is open.")
    await citizen.sees("broadcast-write-next")
    await citizen.chooses("button-broadcast-enough")
    await citizen.sees("broadcast-others")
    await citizen.says("1")
    await citizen.sees("broadcast-audience")
    await citizen.chooses("button-audience-everybody")
    await citizen.sees("broadcast-start")
    if when:
        await citizen.says(when)
    else:
        await citizen.chooses("button-start-now")
    await citizen.sees("broadcast-confirm")


async def code_of_preview(citizen: Citizen) -> str:
    await citizen.sees_words("The hall is open.")
    preview = await citizen.sees("broadcast-preview")
    match = re.search(r"write (\d{4})\.", plain(preview.text))
    assert match, preview.text
    return match[1]


async def ends(citizen: Citizen, town: Town) -> str:
    """The progress line, edited until the broadcast is at its end."""
    while True:
        town.clock.ahead += BETWEEN_LINES
        await town.app.desk.run()
        seen = plain((await citizen.sees_anything()).text)
        if seen.startswith(("Done", "Cancelled")):
            return seen


async def test_an_organiser_writes_sees_the_preview_confirms_and_watches(
    citizen: Citizen, town: Town
) -> None:
    reader = TelegramCitizen(town, language="es")
    await reader.is_enrolled(language="es")
    await becomes_organiser(citizen, town)
    await writes(citizen)
    code = await code_of_preview(citizen)
    await reader.sees_nothing()
    await citizen.says("0000" if code != "0000" else "1111")
    await citizen.sees("broadcast-code-wrong", "broadcast-confirm")
    await citizen.says(code)
    await citizen.sees("broadcast-confirmed")
    await reader.sees_words("The hall is open.")
    assert (await ends(citizen, town)).startswith("Done: 1 of 1 sent")
    (row,) = await town.broadcast_rows()
    assert row.status == BroadcastStatus.DONE


async def test_anybody_else_gets_the_ordinary_answer(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/broadcast")
    await citizen.sees("unknown-command", "home")
    await citizen.says("/broadcast cancel b12345678")
    await citizen.sees("unknown-command", "home")


async def test_the_link_works_once_and_not_for_a_citizen_of_the_poll(town: Town) -> None:
    ana, ben = TelegramCitizen(town), TelegramCitizen(town)
    code = await town.invites_organiser("Amina")
    await ana.says(f"/start {code}")
    await ana.sees("organiser-welcome")
    await ben.says(f"/start {code}")
    await ben.sees("code-used")
    await ana.says(f"/start {code}")  # the link once more
    await ana.sees("organiser-welcome")
    assert await town.statuses() == []  # an organiser is no participant
    assert await town.events("organiser") == [(None, "enrolled")]


async def test_an_organiser_in_mid_survey_comes_back_to_the_question(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts_t1()
    await becomes_organiser(citizen, town)
    await citizen.says("/broadcast")
    await citizen.sees("broadcast-write")
    await citizen.chooses("button-broadcast-forget")
    await citizen.sees("broadcast-forgotten", "item-transport")
    assert await town.broadcast_rows() == []


async def test_what_cannot_be_sent_is_said_and_asked_again(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await becomes_organiser(telegram_citizen, town)
    await telegram_citizen.says("/broadcast")
    await telegram_citizen.sees("broadcast-write")
    await telegram_citizen.says("It closes {closes:t9}.")
    await telegram_citizen.sees_words("there is no wave 't9'")
    await telegram_citizen.sees("broadcast-write")
    await telegram_citizen.says("Good news")
    await telegram_citizen.sees("broadcast-write-next")
    await telegram_citizen.chooses("button-broadcast-enough")
    await telegram_citizen.sees("broadcast-others")
    await telegram_citizen.says("1")
    await telegram_citizen.sees("broadcast-audience")
    await telegram_citizen.says("${hat} = 1")
    await telegram_citizen.sees_words("not known of participants")
    await telegram_citizen.sees("broadcast-audience")
    await telegram_citizen.says("${country} = 'KE'")
    await telegram_citizen.sees("broadcast-start")
    await telegram_citizen.says("tomorrow")
    await telegram_citizen.sees_words("is no time")
    await telegram_citizen.sees("broadcast-start")
    await telegram_citizen.chooses("button-broadcast-forget")
    await telegram_citizen.sees("broadcast-forgotten")


async def test_nobody_to_reach_means_nothing_is_sent(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await becomes_organiser(telegram_citizen, town)
    await writes(telegram_citizen)
    await telegram_citizen.sees("broadcast-nobody")
    (row,) = await town.broadcast_rows()
    assert row.status == BroadcastStatus.CANCELLED


async def test_a_revoked_organiser_is_nobody_in_particular(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await becomes_organiser(telegram_citizen, town)
    await town.revokes_organiser()
    await telegram_citizen.says("/broadcast")
    await telegram_citizen.sees("unknown-command")


async def test_what_waits_for_its_time_can_be_cancelled_from_its_line(
    citizen: Citizen, town: Town
) -> None:
    reader = TelegramCitizen(town)
    await reader.is_enrolled()
    await becomes_organiser(citizen, town)
    await writes(citizen, when="2030-01-16 18:00 local")
    await citizen.says(await code_of_preview(citizen))
    await citizen.sees("broadcast-confirmed", "broadcast-approved")
    await citizen.chooses("button-broadcast-cancel")
    assert (await ends(citizen, town)).startswith("Cancelled: 0 of 1 were sent, 1 will not")
    await town.is_at(datetime(2030, 1, 16, 19, tzinfo=UTC))
    await reader.sees_nothing()


async def test_who_is_revoked_in_the_middle_cannot_go_on(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.is_enrolled()
    await becomes_organiser(telegram_citizen, town)
    await telegram_citizen.says("/broadcast")
    await telegram_citizen.sees("broadcast-write")
    await town.revokes_organiser()
    await telegram_citizen.says("Good news")
    await telegram_citizen.sees("broadcast-forgotten", "home")
    assert await town.broadcast_rows() == []
