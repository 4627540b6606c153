"""A citizen presents an invitation code: with /start, in a link, or in words of their own."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.storage.people import make_invitation_codes
from bot.storage.tables import deliberation, inbox, invitation_code, participant
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town

CODE = "K7QM-3XWP-9T4C"


async def test_a_code_opens_the_door_once(citizen: Citizen, town: Town) -> None:
    await the_door_is_closed(town)
    await citizen.says("/start")
    await citizen.sees("invitation-needed")
    await citizen.says("/start nonsense")
    await citizen.sees("code-wrong")
    await codes_are_made(town, "welcome1", cohort="first")
    await citizen.says("/start welcome1")
    await citizen.sees("welcome", "choose-language")
    assert await town.rows(select(participant.c.cohort)) == [("first",)]
    other = TelegramCitizen(town)
    await codes_are_made(town, "used-before")  # when codes did not yet remember anybody
    async with town.app.database.writing() as transaction:
        used = invitation_code.c.code == "used-before"
        await transaction.execute(update(invitation_code).where(used).values(uses=1))
    await other.says("/start used-before")
    await other.sees("code-used")


async def test_an_expired_code_gets_its_own_words(citizen: Citizen, town: Town) -> None:
    await the_door_is_closed(town)
    await codes_are_made(town, "old", expires_in=timedelta(days=-1))
    await citizen.says("/start old")
    await citizen.sees("code-expired")


async def test_a_code_makes_one_person_however_many_use_it_in_the_same_moment(town: Town) -> None:
    await the_door_is_closed(town)
    await codes_are_made(town, "single")
    people = [TelegramCitizen(town) for _ in range(5)]
    for person in people:
        await person.says("/start single")
    for person in people:  # the code leads them all to the one who was first
        await person.sees("welcome", "choose-language")
    assert await town.statuses() == ["invited"]
    assert await town.rows(select(invitation_code.c.uses)) == [(1,)]


@pytest.mark.parametrize(
    "words",
    [
        f"/START {CODE}",
        "k7qm 3xwp 9t4c",
        "Good evening, my code is k7qm-3xwp-9t4c. Amina",
        f"https://t.me/parks_bot?start={CODE}",
        f"/start https://parks.example/?code={CODE}",
    ],
)
async def test_a_code_is_taken_however_it_is_written(
    citizen: Citizen, town: Town, words: str
) -> None:
    await the_door_is_closed(town)
    await codes_are_made(town, CODE, cohort="first")
    await citizen.says("Hello")
    await citizen.sees("invitation-needed")
    await citizen.says(words)
    await citizen.sees("welcome", "choose-language")
    assert await town.rows(select(participant.c.cohort)) == [("first",)]


async def test_an_old_code_is_taken_letter_by_letter(citizen: Citizen, town: Town) -> None:
    await the_door_is_closed(town)
    await codes_are_made(town, "xA9dKqPz3mLw")
    await citizen.says("xa9dkqpz3mlw")
    await citizen.sees("code-wrong")
    await citizen.says("it is xA9dKqPz3mLw")
    await citizen.sees("welcome", "choose-language")


async def test_a_code_in_words_is_taken_where_they_are_no_answer(
    citizen: Citizen, town: Town
) -> None:
    """Or whoever has come would go on among the answers of somebody else."""
    await codes_are_made(town, CODE)
    await citizen.consents()
    await citizen.says(f"Good evening, my code is {CODE}.")
    await citizen.sees("whose-code")
    await citizen.chooses("button-forget-code")
    await citizen.sees("item-country")


async def test_an_open_answer_keeps_the_code_that_it_holds(citizen: Citizen, town: Town) -> None:
    await codes_are_made(town, CODE)
    await citizen.consents()
    await citizen.says("1")
    await citizen.sees("item-nickname")
    await citizen.says(f"My neighbour's code is {CODE}")
    await citizen.confirms_profile()
    await citizen.sees("enrolled", "survey-open", "home")
    assert await town.rows(select(invitation_code.c.uses)) == [(0,)]


async def test_whoever_guesses_codes_is_not_let_in(citizen: Citizen, town: Town) -> None:
    await the_door_is_closed(town)
    await codes_are_made(town, CODE)
    for guess in range(5):
        await citizen.says(f"/start guess{guess}")
        await citizen.sees("code-wrong")
    for words in ("guess1234", f"/start {CODE}", CODE):
        await citizen.says(words)
        await citizen.sees("codes-too-many")
    await town.advances(minutes=-10)  # a clock that is set back lets nobody in sooner
    await citizen.says(CODE)
    await citizen.sees("codes-too-many")
    await town.advances(minutes=71)
    await citizen.says("/start another")
    await citizen.sees("code-wrong")
    await citizen.says(CODE)
    await citizen.sees("welcome", "choose-language")


async def test_a_wrong_code_closes_no_open_door(citizen: Citizen, town: Town) -> None:
    await citizen.says("/start nonsense")
    await citizen.sees("code-wrong", "welcome", "choose-language")
    await citizen.says("/start nonsense")
    await citizen.sees("code-wrong", "choose-language")


async def test_anothers_code_in_the_batch_opens_no_door(town: Town) -> None:
    """Both are in one batch; only who presents a code has one."""
    await the_door_is_closed(town)
    await codes_are_made(town, CODE)
    guest, stranger = TelegramCitizen(town), TelegramCitizen(town)
    await town.stops()
    await guest.says(CODE)
    await stranger.says("/start")
    await town.starts()
    await guest.sees("welcome", "choose-language")
    await stranger.sees("invitation-needed")
    assert len(await town.rows(select(inbox.c.id))) == 2


async def the_door_is_closed(town: Town) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(deliberation).values(invited_only=True, revision=deliberation.c.revision + 1)
        )


async def codes_are_made(
    town: Town, code: str, *, cohort: str | None = None, expires_in: timedelta | None = None
) -> None:
    now = town.clock.now()
    await make_invitation_codes(
        town.app.database,
        "parks",
        [code],
        most_uses=1,
        expires_at=now + expires_in if expires_in else None,
        cohort=cohort,
        stratum=None,
        now=now,
    )
