"""A citizen answers a wave: item by item, back and forth, now or later."""

import pytest
from sqlalchemy import select

from bot.storage.tables import answer, response
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town


async def test_a_response_is_complete_when_every_relevant_item_is_answered(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.chooses("start-survey")
    first = await citizen.sees("item-transport")
    assert "A few questions about parks." in first.text  # the note leads up to the first item
    assert "1 of 4" in first.text.replace("\u2068", "").replace("\u2069", "")
    await citizen.chooses("Bus")
    await citizen.sees("item-parks")
    await citizen.chooses("10")
    await citizen.sees("item-wishes")
    await citizen.says("Trees, something else")
    await citizen.sees("item-wish_other")
    await citizen.says("Benches 🪑")
    await citizen.sees("item-visits")
    await citizen.says("12")
    summary = await citizen.sees_thanks()
    assert "Trees, Something else" in summary.text
    await citizen.chooses("button-finish")
    await citizen.sees("home")
    assert await town.answers() == {
        "transport": "bus",
        "parks": 10,
        "wishes": ["trees", "other"],
        "wish_other": "Benches 🪑",
        "visits": 12,
    }
    assert await town.statuses(response) == ["complete", "complete"]


async def test_an_interrupted_response_resumes_where_it_stopped(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts_t1(language="es")
    await citizen.says("autobus")  # without its accent
    await citizen.sees("item-parks")
    await town.restarts()
    await citizen.says("/continue")
    await citizen.sees("welcome-back", "item-parks")
    assert await town.answers() == {"transport": "bus"}


async def test_later_goes_home_and_the_menu_leads_back(citizen: Citizen, town: Town) -> None:
    await citizen.starts_t1()
    await citizen.says("2")
    await citizen.sees("item-parks")
    await citizen.chooses("button-later")
    await citizen.sees("survey-later", "home")
    await citizen.chooses("continue-survey")
    await citizen.sees("item-parks")


async def test_dont_know_and_refused_and_skip_are_answers_of_their_own(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts_t1()
    await citizen.chooses("I prefer not to say")
    await citizen.sees("item-parks")
    await citizen.chooses("button-dont-know")
    await citizen.sees("item-wishes")
    await citizen.says("Trees")
    await citizen.sees("item-visits")
    await citizen.chooses("button-skip")
    summary = await citizen.sees_thanks()
    assert "(no answer)" in summary.text and "(skipped)" in summary.text
    assert await town.answers() == {
        "transport": "refused",
        "parks": "dont_know",
        "wishes": ["trees"],
        "visits": "skipped",
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [("11", "expected-point"), ("eleven", "expected-point"), ("3,5", "expected-point")],
)
async def test_an_invalid_answer_is_told_what_is_expected(
    telegram_citizen: TelegramCitizen, town: Town, words: str, expected: str
) -> None:
    await telegram_citizen.starts_t1()
    await telegram_citizen.says("1")
    await telegram_citizen.sees("item-parks")
    await telegram_citizen.says(words)
    await telegram_citizen.sees(expected, "item-parks")
    assert "parks" not in await town.answers()


async def test_five_misunderstandings_in_a_row_offer_help(citizen: Citizen, town: Town) -> None:
    await citizen.starts_t1()
    for _ in range(4):
        await citizen.says("by rocket")
        await citizen.sees("expected-choice", "item-transport")
    await citizen.says("by rocket")
    await citizen.sees("expected-choice", "offer-help", "item-transport")
    await citizen.says("1")
    await citizen.sees("item-parks")
    await citizen.says("a lot")
    await citizen.sees("expected-point", "item-parks")


async def test_going_back_changes_an_answer_and_keeps_the_earlier_one(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    await citizen.chooses("button-back")
    await citizen.sees("item-transport")
    await citizen.says("2")
    await citizen.sees("item-parks")
    assert await town.answers() == {"transport": "foot"}
    history = await town.rows(
        select(answer.c.value).where(answer.c.item == "transport").order_by(answer.c.id)
    )
    assert [row[0] for row in history] == ["bus", "foot"]


async def test_a_finished_response_can_be_changed_while_the_wave_is_open(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts_t1()
    for words in ("1", "7", "2", "4"):
        await citizen.says(words)
        await citizen._read()
    await citizen.chooses("button-change-answer")
    await citizen.sees("choose-item")
    await citizen.says("3")
    await citizen.sees("item-wishes")
    await citizen.says("3")
    await citizen.sees("item-wish_other")  # what became relevant is asked
    await citizen.says("Silence")
    await citizen.sees_thanks()
    assert await town.answers() == {
        "transport": "bus",
        "parks": 7,
        "visits": 4,
        "wishes": ["other"],
        "wish_other": "Silence",
    }
    assert await town.statuses(response) == ["complete", "complete"]


async def test_several_choices_switch_on_and_off_in_place(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    await citizen.says("1")
    asked = await citizen.sees("item-wishes")
    await citizen.chooses("button-done")
    await citizen.sees_notice("expected-at-least-one")
    await citizen.chooses("Trees")
    edited = await citizen.sees("item-wishes")
    assert edited.raw.edited and "✓ Trees" in edited.buttons
    await citizen.chooses("Water")
    await citizen.sees("item-wishes")
    await citizen.chooses("✓ Trees")
    edited = await citizen.sees("item-wishes")
    assert "Trees" in edited.buttons and "✓ Water" in edited.buttons
    await citizen.chooses("button-done")
    await citizen.sees("item-visits")
    assert (await town.answers())["wishes"] == ["water"]
    assert asked.raw.message_id == edited.raw.message_id


async def test_a_button_of_an_earlier_question_gets_a_friendly_word(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts_t1()
    await citizen.chooses("Bus")
    await citizen.sees("item-parks")
    await citizen.chooses("On foot")
    await citizen.sees_notice("stale-button")
    assert await town.answers() == {"transport": "bus"}


async def test_every_press_is_acknowledged(telegram_citizen: TelegramCitizen, town: Town) -> None:
    await telegram_citizen.starts_t1()
    await telegram_citizen.chooses("Bus")
    await telegram_citizen.sees("item-parks")
    acknowledged = [r for r in town.telegram.requests if r.method == "answerCallbackQuery"]
    assert len(acknowledged) == 5 and all(r.status == 200 for r in acknowledged)
    assert telegram_citizen.person.notices[-1] == "Bus"


async def test_a_press_that_is_delivered_twice_counts_once(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts_t1()
    await telegram_citizen.person.presses("Bus", duplicate=True)
    await telegram_citizen.sees("item-parks")
    await telegram_citizen.sees_nothing()
    assert await town.answers() == {"transport": "bus"}


async def test_a_closed_wave_takes_no_more_answers(citizen: Citizen, town: Town) -> None:
    await citizen.starts_t1()
    await citizen.says("1")
    await citizen.sees("item-parks")
    await town.closes("t1")
    await citizen.says("5")
    await citizen.sees("wave-closed", "home")
    assert await town.answers() == {"transport": "bus"}
    assert sorted(await town.statuses(response)) == ["complete", "partial"]


async def test_a_long_answer_is_kept_whole_and_one_too_long_is_refused_clearly(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.is_enrolled()
    for words in ("/survey", "1", "5"):
        await citizen.says(words)
        await citizen._read()
    await citizen.says("Something else")
    await citizen.sees("item-wish_other")
    await citizen.says("ä" * 4096)
    await citizen.sees("item-visits")
    assert (await town.answers())["wish_other"] == "ä" * 4096


async def test_only_the_pressed_question_is_edited(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    """A stale press in the middle of choosing several changes nothing, here and there."""
    citizen = telegram_citizen
    await citizen.starts_t1()
    await citizen.chooses("Bus")
    await citizen.sees("item-parks")
    await citizen.chooses("5")
    await citizen.sees("item-wishes")
    await citizen.chooses("Trees")
    assert (await citizen.sees("item-wishes")).raw.edited
    await citizen.chooses("On foot")
    await citizen.sees_notice("stale-button")
    await citizen.chooses("Water")
    again = await citizen.sees("item-wishes")
    assert again.raw.edited and {"✓ Trees", "✓ Water"} <= set(again.buttons)
