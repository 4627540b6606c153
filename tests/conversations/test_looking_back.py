"""A citizen looks at what was recorded, keeps it or changes it, before and after the end."""

from sqlalchemy import select

from bot.domain.questionnaire import AnswerKind, ItemType
from bot.storage.tables import answer, response
from tests.cast.citizens import Citizen
from tests.cast.town import Town, choices, item

ITEMS = (
    item(ItemType.SELECT_ONE, "way", choices=choices("Bus", "Foot", unsure=AnswerKind.DONT_KNOW)),
    item(ItemType.INTEGER, "people"),
    item(
        ItemType.INTEGER,
        "children",
        constraint=". <= ${people}",
        constraint_message={"en": "Not more children than people."},
    ),
    item(ItemType.TEXT, "stop", relevant="${way} = 'bus'"),
)

KEEP = "button-keep-answer"


async def finishes(citizen: Citizen) -> None:
    """From the first word to the summary."""
    await citizen.starts()
    for words, following in (("Bus", "people"), ("4", "children"), ("3", "stop")):
        await citizen.says(words)
        await citizen.sees(f"item-{following}")
    await citizen.says("Market")
    await citizen.sees_thanks()


async def rows(town: Town) -> list[tuple[str, object]]:
    """All answers to t1 in the order in which they were given, those that were replaced too."""
    found = await town.rows(
        select(answer.c.item, answer.c.value)
        .join(response)
        .where(response.c.instrument == "t1")
        .order_by(answer.c.id)
    )
    return [(item, value) for item, value in found]


async def wants_to_change(citizen: Citizen, number: str) -> None:
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.says(number)


async def test_going_back_shows_the_answer_that_stands_and_keeps_it(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts()
    await citizen.says("Foot")
    await citizen.sees("item-people")
    await citizen.chooses("button-back")
    asked = await citizen.sees("item-way")
    assert "Your answer so far: \u2068Foot\u2069" in asked.text
    assert asked.buttons[:3] == ("Bus", "✓ Foot", "unsure")
    await citizen.chooses(KEEP)
    await citizen.sees("item-people")
    await citizen.chooses("button-back")
    await citizen.sees("item-way")
    await citizen.says("Foot")  # the same once more is no new answer
    await citizen.sees("item-people")
    assert await rows(town) == [("way", "foot")]
    await citizen.chooses("button-back")
    await citizen.sees("item-way")
    await citizen.chooses("unsure")
    await citizen.sees("item-people")
    await citizen.chooses("button-back")
    asked = await citizen.sees("item-way")
    assert asked.buttons[:3] == ("Bus", "Foot", "✓ unsure")
    assert await rows(town) == [("way", "foot"), ("way", None)]


async def test_a_finished_questionnaire_is_seen_and_changed_later(
    citizen: Citizen, town: Town
) -> None:
    await finishes(citizen)
    assert "Until the questionnaire closes" in (citizen.last.text if citizen.last else "")
    await citizen.chooses("button-finish")
    await citizen.sees("home")
    await town.restarts()
    await citizen.chooses("button-see-or-change")
    seen = await citizen.sees_words("This is what you said")
    assert "Thank you" not in seen.text and "4. stop?" in seen.text
    await wants_to_change(citizen, "4")
    await citizen.sees("item-stop")
    await citizen.chooses("button-back")  # to the summary, from where it came
    await citizen.sees_words("This is what you said")
    await wants_to_change(citizen, "4")
    await citizen.sees("item-stop")
    await citizen.says("Station")
    seen = await citizen.sees_thanks()
    assert "Station\u2069 (changed)" in seen.text and seen.text.count("(changed)") == 1
    await citizen.chooses("button-finish")
    await citizen.sees("home")
    assert await town.statuses(response) == ["complete", "complete"]
    assert (await rows(town))[-2:] == [("stop", "Market"), ("stop", "Station")]


async def test_after_the_wave_has_closed_answers_are_seen_and_not_changed(
    citizen: Citizen, town: Town
) -> None:
    await finishes(citizen)
    await town.closes("t1")
    await citizen.chooses("button-change-answer")
    await citizen.sees("wave-closed")
    seen = await citizen.sees_words("no longer change them")
    assert len(seen.buttons) == 1
    await citizen.chooses("button-finish")
    await citizen.sees("home")
    await citizen.says("/survey")
    seen = await citizen.sees_words("no longer change them")
    assert "Market" in seen.text
    await citizen.chooses("button-finish")
    assert "See my answers" in (await citizen.sees("home")).buttons


async def test_what_does_not_fit_a_change_is_asked_again_and_told_why(
    citizen: Citizen, town: Town
) -> None:
    await finishes(citizen)
    await wants_to_change(citizen, "2")
    await citizen.sees("item-people")
    await citizen.says("2")
    asked = await citizen.sees("item-children")
    assert "3\u2069, does not fit what you have changed" in asked.text
    assert "Not more children than people." in asked.text
    assert "Keep my answer" not in asked.buttons
    assert (await town.answers())["children"] == 3  # it stays stored until there is another
    await citizen.chooses("button-later")
    await citizen.sees("survey-later", "home")
    await citizen.chooses("continue-survey")
    await citizen.sees("item-children")
    await citizen.says("3")
    await citizen.sees_words("Not more children than people.")
    await citizen.sees("item-children")
    await citizen.says("1")
    await citizen.sees_thanks()
    assert await town.answers() == {"way": "bus", "people": 2, "children": 1, "stop": "Market"}


async def test_what_is_not_asked_any_more_is_said_to_count_no_longer(
    citizen: Citizen, town: Town
) -> None:
    await finishes(citizen)
    await wants_to_change(citizen, "1")
    await citizen.sees("item-way")
    await citizen.says("Foot")
    lost = await citizen.sees_words("no longer counts")
    assert "• stop?" in lost.text and "people?" not in lost.text
    seen = await citizen.sees_thanks()
    assert "Market" not in seen.text and "Foot\u2069 (changed)" in seen.text
    await wants_to_change(citizen, "1")
    await citizen.sees("item-way")
    await citizen.says("Bus")
    assert "Market" in (await citizen.sees_thanks()).text  # it was kept, and counts again


async def test_the_list_of_answers_shows_number_question_and_answer(
    citizen: Citizen, town: Town
) -> None:
    await finishes(citizen)
    await citizen.chooses("button-change-answer")
    listed = await citizen.sees("choose-item")
    assert listed.buttons[:4] == (
        "1. way? — Bus", "2. people? — 4", "3. children? — 3", "4. stop? — Market"
    )  # fmt: skip
    await citizen.chooses("button-back")
    await citizen.sees_words("This is what you said")


async def test_coming_back_announces_nothing_that_is_complete(citizen: Citizen, town: Town) -> None:
    await finishes(citizen)
    await citizen.says("/stop")
    await citizen.sees("confirm-stop")
    await citizen.chooses("button-stop")
    await citizen.sees("withdrawn")
    await citizen.says("/start")
    await citizen.sees("welcome-back", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "enrolled")
    assert "See or change my answers" in (await citizen.sees("home")).buttons


async def test_coming_back_to_what_was_begun_goes_on_there(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await citizen.says("Foot")
    await citizen.sees("item-people")
    await citizen.says("/stop")
    await citizen.sees("confirm-stop")
    await citizen.chooses("button-stop")
    await citizen.sees("withdrawn")
    await citizen.says("/start")
    await citizen.sees("welcome-back", "consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "enrolled", "survey-begun", "home")
    await citizen.chooses("continue-survey")
    await citizen.sees("item-people")
