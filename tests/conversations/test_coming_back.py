"""A code leads back to who joined by it, and another person's code asks who is here."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from bot.domain.return_check import ReturnCheck
from bot.storage.people import make_invitation_codes
from bot.storage.tables import address, answer, deliberation, identity, invitation_code, participant
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.town import Town

FIRST, SECOND = "K7QM-3XWP-9T4C", "Z2A4-66NR-D5H3"


@pytest.fixture
async def codes(town: Town) -> None:
    await make_invitation_codes(
        town.app.database, "parks", [FIRST, SECOND, "for-many"], most_uses=1, expires_at=None,
        cohort="by letter", stratum="north", now=town.clock.now(),
    )  # fmt: skip
    async with town.app.database.writing() as transaction:
        many = invitation_code.c.code == "for-many"
        await transaction.execute(update(invitation_code).where(many).values(most_uses=9))


@pytest.fixture(params=["telegram", "webchat"])
async def device(request: pytest.FixtureRequest, town: Town) -> AsyncIterator[Citizen]:
    """Another one than the citizen's."""
    made: Citizen = TelegramCitizen(town) if request.param == "telegram" else WebCitizen(town)
    async with made:
        yield made


async def checks_by(town: Town, kind: ReturnCheck) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(deliberation).values(return_check=kind, revision=deliberation.c.revision + 1)
        )


async def joins_by(citizen: Citizen, code: str, *check: str) -> None:
    """From the code to the menu, where the survey t1 waits."""
    await citizen.says(f"/start {code}")
    await citizen.sees("welcome", "choose-language")
    await citizen.chooses("English")
    await citizen.sees("language-chosen", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given")
    for words in check:
        await citizen.sees_anything()
        await citizen.says(words)
        await citizen.sees("return-check-kept")
    await citizen.sees("profile-introduction", "item-country")
    await citizen.says("1")
    await citizen.sees("item-nickname")
    await citizen.says("Wanjiku")
    await citizen.confirms_profile()
    await citizen.sees("enrolled", "survey-open", "home")


async def test_a_code_leads_back_on_another_device(
    codes: None, citizen: Citizen, device: Citizen, town: Town
) -> None:
    await joins_by(citizen, FIRST)
    await citizen.chooses("start-survey")
    await citizen.sees("item-transport")
    await citizen.says("1")
    await citizen.sees("item-parks")
    await town.restarts()
    await device.says(f"It is me again, {FIRST.lower()}")
    await device.sees("welcome-back", "home")
    await device.chooses("continue-survey")
    await device.sees("item-parks")
    assert await town.statuses() == ["enrolled"]
    (where,) = await town.rows(
        select(address.c.channel).join(
            participant, participant.c.conversation_id == address.c.conversation_id
        )
    )
    assert where[0] in device.name.lower().replace(" ", "")  # messages go where they spoke last
    assert await town.rows(select(invitation_code.c.uses).order_by(invitation_code.c.id)) == [
        (1,), (0,), (0,)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "kept", "wrong", "right"),
    [
        (ReturnCheck.BIRTH_YEAR, "1984", "1985", "١٩٨٤"),
        (ReturnCheck.WORD, "Jacarandá", "mango", " jacaranda "),
    ],
)
async def test_coming_back_takes_the_check_of_the_pack(
    codes: None, citizen: Citizen, device: Citizen, town: Town,
    kind: ReturnCheck, kept: str, wrong: str, right: str,
) -> None:  # fmt: skip
    await checks_by(town, kind)
    await joins_by(citizen, FIRST, kept)
    (seal,) = await town.rows(select(identity.c.value).where(identity.c.item == "(return check)"))
    assert kept not in seal[0]
    asked = "prove-birth-year" if kind is ReturnCheck.BIRTH_YEAR else "prove-word"
    await device.says(FIRST)
    await device.sees(asked)
    await device.says(wrong)
    await device.sees("proof-wrong", asked)
    await device.says(right)
    await device.sees("welcome-back", "home")
    assert await town.statuses() == ["enrolled"]


async def test_few_wrong_answers_lock_the_code_whatever_the_device(
    codes: None, citizen: Citizen, town: Town
) -> None:
    await checks_by(town, ReturnCheck.BIRTH_YEAR)
    await joins_by(citizen, FIRST, "1984")
    for first, second in ((1950, 1951), (1952, 1953)):
        thief = TelegramCitizen(town)
        await thief.says(FIRST)
        await thief.sees("prove-birth-year")
        await thief.says(str(first))
        await thief.sees("proof-wrong", "prove-birth-year")
        await thief.says(str(second))
        await thief.sees("proof-wrong", "prove-birth-year")
    await thief.says("1984")
    await thief.sees("return-locked")
    await thief.says(FIRST)
    await thief.sees("return-locked")
    await citizen.says(f"/start {FIRST}")  # where they are, nothing is asked
    await citizen.sees("welcome-back", "home")


async def test_many_guesses_at_once_are_counted_one_by_one(
    codes: None, citizen: Citizen, town: Town
) -> None:
    await checks_by(town, ReturnCheck.BIRTH_YEAR)
    await joins_by(citizen, FIRST, "1984")
    thief = TelegramCitizen(town)
    await thief.says(FIRST)
    await thief.sees("prove-birth-year")
    await town.stops()
    for year in range(1980, 1990):
        await thief.says(str(year))
    await town.starts()
    await town.settles()
    (wrong,) = await town.rows(
        select(invitation_code.c.wrong_checks).where(invitation_code.c.code == FIRST)
    )
    assert wrong[0] <= 4
    while thief.unread:
        assert "Good to see you" not in (await thief.sees_anything()).text


async def test_who_joined_before_the_check_is_asked_for_it_when_back(
    codes: None, citizen: Citizen, town: Town
) -> None:
    await joins_by(citizen, FIRST)
    await checks_by(town, ReturnCheck.WORD)
    device = TelegramCitizen(town)
    await device.says(FIRST)
    await device.sees("welcome-back", "return-check-word")
    await device.says("ab")
    await device.sees("expected-word", "return-check-word")
    await device.says("baobab")
    await device.sees("return-check-kept", "home")


async def test_without_a_code_nothing_is_asked_for_coming_back(
    citizen: Citizen, town: Town
) -> None:
    await checks_by(town, ReturnCheck.WORD)
    await citizen.is_enrolled()


async def test_a_code_that_comes_after_start_is_kept_with_the_person(
    codes: None, citizen: Citizen, town: Town
) -> None:
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")
    await citizen.says(FIRST)
    await citizen.sees("welcome-back", "choose-language")
    await citizen.says(FIRST)
    await citizen.sees("welcome-back", "choose-language")
    people = await town.rows(select(participant.c.cohort, participant.c.stratum))
    assert people == [("by letter", "north")]
    await citizen.says(SECOND)
    await citizen.sees("whose-code")
    await citizen.chooses("button-mine")
    await citizen.sees("code-not-needed", "choose-language")
    uses = await town.rows(select(invitation_code.c.uses).order_by(invitation_code.c.id))
    assert uses == [(1,), (0,), (0,)]


async def test_a_code_for_many_opened_once_more_asks_nothing(
    codes: None, citizen: Citizen, town: Town
) -> None:
    await joins_by(citizen, "for-many")
    await citizen.says("/start for-many")
    await citizen.sees("welcome-back", "home")


async def test_another_persons_code_in_a_chat_makes_room(codes: None, town: Town) -> None:
    phone = TelegramCitizen(town)
    await joins_by(phone, FIRST)
    await phone.answers_t1()
    await phone.says(SECOND)
    await phone.sees("whose-code")
    await phone.chooses("button-somebody-else")
    await phone.sees("welcome", "choose-language")
    await phone.chooses("English")
    await phone.sees("language-chosen", "consent")
    await phone.says("/mydata")
    await phone.sees("mydata")
    file = await phone.sees_anything()
    held = file.raw.media.content.decode()
    assert "Wanjiku" not in held and "Bus" not in held
    assert sorted(await town.statuses()) == ["enrolled", "invited"]
    await town.opens("t2")  # nothing of the one before comes here
    await phone.sees_nothing()
    own = TelegramCitizen(town)
    await own.says(FIRST)
    await own.sees("welcome-back", "home")
    await own.says("/survey t1")
    assert "Bus" in (await own.sees_anything()).text


async def test_a_used_code_where_another_person_is_takes_the_place_of_that_person(
    codes: None, town: Town
) -> None:
    wanjiku, amina = TelegramCitizen(town), TelegramCitizen(town)
    await joins_by(wanjiku, FIRST)
    await joins_by(amina, SECOND)
    await wanjiku.says(SECOND)
    await wanjiku.sees("whose-code")
    await wanjiku.chooses("button-mine")  # two people cannot be made one
    await wanjiku.sees("code-of-another", "whose-code")
    await wanjiku.chooses("button-somebody-else")
    await wanjiku.sees("welcome-back", "home")
    await wanjiku.says("/switch")
    await wanjiku.sees("nothing-to-switch", "home")
    assert await town.statuses() == ["enrolled", "enrolled"]


async def test_a_code_of_somebody_erased_opens_nothing(
    codes: None, citizen: Citizen, town: Town
) -> None:
    await joins_by(citizen, FIRST)
    await citizen.says("/delete")
    await citizen.sees("confirm-delete")
    await citizen.chooses("button-delete")
    await citizen.sees("erased")
    other = TelegramCitizen(town)
    await other.says(FIRST)
    await other.sees("code-used", "welcome", "choose-language")
    assert await town.rows(select(answer.c.id)) == []
