"""People say what they want in plain words, and are understood where these make sense."""

import pytest

from bot.domain.questionnaire import AnswerKind, ItemType, Scale
from tests.cast.citizens import Citizen
from tests.cast.town import Town, choices, item

ITEMS = (
    item(ItemType.ACKNOWLEDGE, "read", required=True),
    item(
        ItemType.SELECT_ONE,
        "tea",
        choices=choices("Stop", "Next", "Go", unsure=AnswerKind.DONT_KNOW),
    ),
    item(ItemType.RANGE, "share", scale=Scale(0, 10), dont_know=True, required=True),
    item(ItemType.INTEGER, "visits"),
    item(ItemType.SELECT_MULTIPLE, "wishes", choices=choices("Trees", "Water", "Rest")),
    item(ItemType.TEXT, "why"),
    item(ItemType.DATE, "day"),
)


async def skips_to(citizen: Citizen, code: str) -> None:
    """By what each item before takes."""
    for words, asked in (
        ("OK", "read"), ("Go", "tea"), ("5", "share"), ("4", "visits"), ("Trees", "wishes"),
        ("So", "why"),
    ):  # fmt: skip
        if asked == code:
            return
        await citizen.says(words)
        await citizen.sees_anything()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "i agree."), ("en", "Yes!"), ("en", "okay"), ("ar", "نعم"), ("es", "de acuerdo")],
)
async def test_consent_is_given_in_plain_words(
    citizen: Citizen, town: Town, language: str, words: str
) -> None:
    await citizen.is_asked_to_consent(language)
    await citizen.says(words)
    await citizen.sees("consent-given", "profile-introduction", "item-country")


async def test_consent_is_refused_in_plain_words(citizen: Citizen, town: Town) -> None:
    await citizen.is_asked_to_consent("es")
    await citizen.says("No, gracias")
    await citizen.sees("consent-declined")
    assert await town.statuses() == ["invited"]


async def test_a_consent_that_is_not_understood_repeats_one_line(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_asked_to_consent()
    await citizen.says("What is this for?")
    asked = await citizen.sees("expected-consent")
    assert asked.buttons == (
        town.label("consent-agree", "en"), town.label("consent-decline", "en")
    )  # fmt: skip
    await citizen.says("hm")
    await citizen.sees("expected-consent")
    await citizen.chooses("consent-agree")
    await citizen.sees("consent-given", "profile-introduction", "item-country")


@pytest.mark.parametrize(("language", "words"), [("en", "Help!"), ("es", "ayuda"), ("es", "help")])
async def test_help_helps_where_no_words_are_asked_for(
    citizen: Citizen, town: Town, language: str, words: str
) -> None:
    await citizen.is_enrolled(language)
    await citizen.says(words)
    await citizen.sees("help", "home")
    await citizen.chooses("start-survey")
    await citizen.sees("item-read")
    await citizen.says(words)
    await citizen.sees("help", "item-read")
    await citizen.says("menu")
    await citizen.sees("home")


async def test_an_open_question_takes_help_for_an_answer(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await skips_to(citizen, "why")
    await citizen.says("Help")
    await citizen.sees("item-day")
    assert (await town.answers())["why"] == "Help"


async def test_stop_asks_what_it_means(citizen: Citizen, town: Town) -> None:
    await citizen.starts("ar")
    await citizen.says("توقف")
    await citizen.sees("what-stop-means")
    await citizen.says("Stop messaging me!")
    await citizen.sees("what-stop-means")
    await citizen.chooses("button-go-on")
    await citizen.sees("staying", "item-read")
    await citizen.says("stop")
    await citizen.sees("what-stop-means")
    await citizen.chooses("button-pause")
    await citizen.sees("paused")
    assert await town.statuses() == ["paused"]
    await citizen.chooses("button-resume")
    await citizen.sees("resumed", "item-read")
    await citizen.says("إلغاء الاشتراك")
    await citizen.sees("what-stop-means")
    await citizen.chooses("button-withdraw")
    await citizen.sees("confirm-stop")
    await citizen.says("لا")
    await citizen.sees("staying", "item-read")
    await citizen.says("unsubscribe")
    await citizen.sees("what-stop-means")
    await citizen.chooses("button-withdraw")
    await citizen.sees("confirm-stop")
    await citizen.says("stop")
    await citizen.sees("confirm-stop")
    await citizen.says("نعم")
    await citizen.sees("withdrawn")
    assert await town.statuses() == ["withdrawn"]
    await citizen.says("stop")
    await citizen.sees("not-joined")


async def test_a_word_against_erasing_erases_nothing(citizen: Citizen, town: Town) -> None:
    await citizen.is_enrolled()
    await citizen.says("/delete")
    await citizen.sees("confirm-delete")
    await citizen.says("Cancel!")
    await citizen.sees("confirm-delete")
    await citizen.says("ok")
    await citizen.sees("expected-choice", "confirm-delete")
    await citizen.says("nope.")
    await citizen.sees("not-erased", "home")


async def test_stop_while_joining_asks_too(citizen: Citizen, town: Town) -> None:
    await citizen.is_asked_to_consent()
    await citizen.says("STOP")
    asked = await citizen.sees("what-stop-means-while-joining")
    assert len(asked.buttons) == 2
    await citizen.chooses("button-go-on")
    await citizen.sees("staying", "consent")


async def test_stop_may_be_the_answer_to_an_open_question(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await skips_to(citizen, "why")
    await citizen.says("Stop it.")
    asked = await citizen.sees("what-stop-means")
    await town.restarts()
    await citizen.chooses(asked.buttons[-1])
    await citizen.sees("item-day")
    assert (await town.answers())["why"] == "Stop it."


async def test_the_words_of_a_choice_go_before_plain_words(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await skips_to(citizen, "tea")
    await citizen.says("stop")
    await citizen.sees("item-share")
    assert (await town.answers())["tea"] == "stop"


async def test_not_knowing_is_an_answer_where_it_is_offered(citizen: Citizen, town: Town) -> None:
    await citizen.starts("es")
    await citizen.says("sí")
    await citizen.sees("item-tea")
    await citizen.says("no lo sé")  # the choice that means it
    await citizen.sees("item-share")
    await citizen.says("I don’t know")  # the button that does
    await citizen.sees("item-visits")
    await citizen.says("Ni idea...")
    await citizen.sees("dont-know-not-offered", "item-visits")
    await citizen.says("siguiente")
    await citizen.sees("item-wishes")
    assert await town.answers() == {
        "read": "OK", "tea": "dont_know", "share": "dont_know", "visits": "skipped"
    }  # fmt: skip


async def test_what_must_be_answered_is_not_skipped_by_a_word(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await skips_to(citizen, "share")
    await citizen.says("next")
    await citizen.sees("expected-some-answer", "item-share")
    await citizen.says("5")
    await citizen.sees("item-visits")


async def test_a_word_presses_the_button_that_it_stands_for(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await skips_to(citizen, "visits")
    await citizen.says("skip")
    await citizen.sees("item-wishes")
    await citizen.chooses("Water")
    await citizen.sees("item-wishes")
    await citizen.says("next")  # nothing that is chosen is lost
    await citizen.sees("item-why")
    assert (await town.answers())["wishes"] == ["water"]
    await citizen.says("Because")
    await citizen.sees("item-day")
    await citizen.says("Today!")
    await citizen.sees("confirm-date")
    await citizen.says("nope")
    await citizen.sees("item-day")
    await citizen.says("yesterday")
    await citizen.sees("confirm-date")
    await citizen.says("yes")
    await citizen.sees_thanks()


async def test_a_number_with_an_unknown_word_is_confirmed(citizen: Citizen, town: Town) -> None:
    await citizen.starts("es")
    await skips_to(citizen, "visits")
    await citizen.says("2 semanas")
    await citizen.sees("confirm-number")
    await citizen.says("no")
    await citizen.sees("item-visits")
    await citizen.says("unas 3")
    await citizen.sees("expected-one-number", "item-visits")
    await citizen.says("3 viajes")
    asked = await citizen.sees("confirm-number")
    assert await town.answers() == {"read": "OK", "tea": "go", "share": 5}
    await town.restarts()
    await citizen.chooses(asked.buttons[0])
    await citizen.sees("item-wishes")
    assert (await town.answers())["visits"] == 3


async def test_a_number_may_be_written_as_a_word(citizen: Citizen, town: Town) -> None:
    await citizen.starts("ar")
    await skips_to(citizen, "share")
    await citizen.says("عشرة")
    await citizen.sees("item-visits")
    await citizen.says("4 times")
    await citizen.sees("item-wishes")
    assert await town.answers() == {"read": "OK", "tea": "go", "share": 10, "visits": 4}
