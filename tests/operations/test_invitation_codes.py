"""Staff see which codes were used, and issue others in their place."""

from sqlalchemy import select

from bot.storage.people import invitation_codes, make_invitation_codes, reissue_code
from bot.storage.tables import invitation_code
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import Town

OLD, NEW = "K7QM-3XWP-9T4C", "Z2A4-66NR-D5H3"


async def test_a_new_code_leads_to_the_same_person_and_the_old_one_nowhere(town: Town) -> None:
    await make_invitation_codes(
        town.app.database, "parks", [OLD], most_uses=1, expires_at=None, cohort="first",
        stratum=None, now=town.clock.now(),
    )  # fmt: skip
    citizen, device = TelegramCitizen(town), TelegramCitizen(town)
    await citizen.says(OLD)
    await citizen.sees("welcome", "choose-language")
    await reissue_code(town.app.database, OLD, NEW, town.clock.now(), forget_check=True)
    await device.says(NEW)
    await device.sees("welcome", "choose-language")
    assert await town.statuses() == ["invited"]
    thief = TelegramCitizen(town)
    await thief.says(f"/start {OLD}")
    await thief.sees("code-replaced", "welcome", "choose-language")
    async with town.app.database.reading() as connection:
        told = [(row.code, row.uses) for row in await invitation_codes(connection)]
    assert told == [(OLD, 1), (NEW, 1)]
    assert (await town.rows(select(invitation_code.c.cohort)))[1] == ("first",)
