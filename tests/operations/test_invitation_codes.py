"""Staff see which codes were used, and issue others in their place."""

from collections.abc import Callable

from sqlalchemy import select

from bot.storage.people import invitation_codes, make_invitation_codes, reissue_code
from bot.storage.tables import invitation_code
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import PARKS, Town
from tests.operations.test_command_line import Ended, minipublic

__all__ = ["minipublic"]

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


def test_the_commands_of_staff(minipublic: Callable[..., Ended]) -> None:
    assert minipublic("migrate").returncode == 0
    assert minipublic("load", str(PARKS)).returncode == 0
    made = minipublic("invite", "--count", "2", "--cohort", "by letter").stdout.split()
    listed = minipublic("invite", "list").stdout
    for code in made:
        (line,) = [line for line in listed.splitlines() if code in line]
        assert line.split()[1:6] == ["parks", "open", "0", "of", "1"] and "by letter" in line
    reissued = minipublic("invite", "reissue", made[0])
    assert reissued.returncode == 0
    new = reissued.stdout.strip()
    states = {line.split()[0]: line.split()[2] for line in
              minipublic("invite", "list").stdout.splitlines()[1:]}  # fmt: skip
    assert states == {made[0]: "replaced", made[1]: "open", new: "open"}
    for gone in (made[0], "nonsense"):
        refused = minipublic("invite", "reissue", gone)
        assert refused.returncode == 1 and not refused.stdout
        assert "minipublic invite list" in refused.stderr
