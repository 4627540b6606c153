"""Wordings quote earlier answers in the reader's words."""

from bot.domain.questionnaire import ItemType
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item


def words(en: str) -> dict[str, str]:
    return {"en": en, "es": f"ES {en}", "ar": f"ع {en}"}


ITEMS = (
    item(ItemType.SELECT_MULTIPLE, "wishes", choices=choices("Trees", "Water")),
    item(ItemType.DATE, "since", label=words("Since when do you want ${wishes}?")),
    item(ItemType.DECIMAL, "share", label=words("What share?"), hint=words("Since ${since}.")),
    item(ItemType.CALCULATE, "double", label={}, calculation="${share} * 2"),
    item(ItemType.NOTE, "note", label=words("Twice that is ${double}; ${never} was not said.")),
    item(
        ItemType.INTEGER,
        "more",
        label=words("How much more than ${share}?"),
        constraint=". > ${share}",
        constraint_message=words("It has to be more than ${share}."),
        required=True,
        required_message=words("You wanted ${wishes}."),
    ),
    item(ItemType.TEXT, "never", relevant="${more} > 1000"),
    item(ItemType.INTEGER, "stars", label=words("In stars:"), calculation="4.5", read_only=True),
    item(ItemType.NOTE, "bye", label=words("Thanks for ${more}.")),
)


async def test_an_earlier_answer_is_quoted_in_the_readers_language(
    citizen: Citizen, town: Town
) -> None:
    await citizen.starts("es")
    await citizen.says("1, 2")
    asked = await citizen.sees_words("ES Since when do you want Trees (es), Water (es)?")
    assert "\u2068Trees (es), Water (es)\u2069" in asked.text
    await citizen.says("22/11/2026")
    await citizen.sees("confirm-date")
    await citizen.says("sí")
    await citizen.sees_words("Since 22 de noviembre de 2026.")
    await citizen.says("2,25")
    asked = await citizen.sees_words("ES Twice that is 4,5; … was not said.")
    assert "ES How much more than \u20682,25\u2069?" in asked.text
    await citizen.says("2")
    await citizen.sees_words("ES It has to be more than 2,25.")
    await citizen.sees_words("ES How much more")
    await citizen.says("saltar")
    await citizen.sees_words("ES You wanted Trees (es), Water (es).")
    await citizen.sees_words("ES How much more")
    await citizen.says("12000")
    await citizen.sees("item-never")
    await citizen.chooses("button-skip")
    end = await citizen.sees_words("ES Thanks for 12000.")
    assert "ES In stars:\n— 4,5" in end.text or "ES In stars: — 4,5" in end.text
    summary = await citizen.sees_thanks()
    assert "ES How much more than \u20682,25\u2069?" in summary.text
    assert "ES In stars" not in summary.text  # nobody was asked


async def test_what_was_not_answered_leaves_a_gap(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    await telegram_citizen.starts()
    await telegram_citizen.chooses("button-skip")
    await telegram_citizen.sees_words("Since when do you want …?")
