"""A press counts if the question on hand offers it, from any copy of it and however quick."""

import uuid

from sqlalchemy import select

from bot.conversation.messages import Incoming, IncomingKind
from bot.domain.questionnaire import ItemType, Scale
from bot.storage.tables import conversation, outbox, participant
from tests.cast.citizens import Citizen, TelegramCitizen
from tests.cast.town import Town, choices, item

ITEMS = (
    item(ItemType.SELECT_MULTIPLE, "wishes", choices=choices("Trees", "Water", "Shade", "Quiet")),
    item(ItemType.INTEGER, "visits", required=True),
    item(ItemType.RANGE, "parks", scale=Scale(0, 10), required=True),
    item(ItemType.DECIMAL, "way"),
    item(ItemType.DATE, "day", required=True),
    item(ItemType.SELECT_ONE, "one", choices=choices("Yes", "No"), required=True),
)


async def question(town: Town) -> int:
    """The number on the buttons of the question on hand."""
    ((places, asked),) = await town.rows(select(conversation.c.places, conversation.c.asked))
    number: int = places[-1][2][0] if places and len(places[-1]) > 2 else asked
    return number


async def forges(citizen: Citizen, town: Town, *values: str) -> None:
    """Each of them is declined in one line; none is stored, and the question stays."""
    for value in values:
        await citizen.forges(f"{await question(town)}:{value}")
        await citizen.sees_notice("stale-button")


async def test_only_what_is_offered_is_taken(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await forges(citizen, town, "lava", "!dont_know", "!yes", "!more", "!undo", "", "trees,water")
    await citizen.chooses("button-skip")
    await citizen.sees("item-visits")
    await forges(citizen, town, "many", "3", "nan", "!skip", "!dont_know", "!done", "!keep")
    await citizen.says("3")
    await citizen.sees("item-parks")
    await forges(citizen, town, "77", "nan", "inf", "-0.5", "10:5")
    await citizen.chooses("7")
    await citizen.sees("item-way")
    await forges(citizen, town, "nan", "1e999", "2", "!refuse")
    await citizen.says("2.5")
    await citizen.sees("item-day")
    await forges(citizen, town, "!yes", "!no", "2030-01-01", "None")
    await citizen.says("1 January 2030")
    await citizen.sees("confirm-date")
    await citizen.chooses("button-date-yes")
    await citizen.sees("item-one")
    await forges(citizen, town, "maybe", "!more", "!skip", "home", "/nowhere")
    assert await town.answers() == {
        "wishes": "skipped", "visits": 3, "parks": 7, "way": 2.5, "day": "2030-01-01"
    }  # fmt: skip
    assert await town.rows("SELECT 1 FROM inbox WHERE status = 'failed'") == []


async def test_a_language_that_there_is_not_is_not_taken(citizen: Citizen, town: Town) -> None:
    await citizen.says("/start")
    await citizen.sees("welcome", "choose-language")
    await forges(citizen, town, "zz", "pt-BR", "English")
    await citizen.chooses("Español")
    citizen.language = "es"
    await citizen.sees("language-chosen", "consent")
    await forges(citizen, town, "yes", "/start")
    assert await town.statuses() == ["invited"]


async def test_a_time_zone_that_there_is_not_is_not_taken(citizen: Citizen, town: Town) -> None:
    await citizen.consents()
    await citizen.chooses("Spain")
    await citizen.sees("item-nickname")
    await citizen.chooses("button-skip")
    await citizen.confirms_profile()
    clock = (await citizen.sees("what-time-is-it")).buttons[0]
    await forges(citizen, town, "Mars/Base", "Europe/Paris", "../etc/passwd")
    assert [zone for (zone,) in await town.rows(select(participant.c.timezone))] == ["UTC"]
    await citizen.chooses(clock)
    await citizen.sees("enrolled", "survey-open", "home")
    await town.plans()


async def all_at_once(town: Town, *values: str, kind: IncomingKind = IncomingKind.CHOICE) -> None:
    """What reaches the inbox in one moment, and one batch."""
    ((channel, bot, sender),) = await town.rows("SELECT channel, bot, external_id FROM address")
    ((pressed,),) = await town.rows(
        select(outbox.c.external_id).order_by(outbox.c.id.desc()).limit(1)
    )
    await town.app.inbox.store(
        [Incoming(channel, bot, uuid.uuid4().hex, sender, kind, value, None, pressed)
         for value in values]
    )  # fmt: skip


async def test_quick_taps_all_count(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    await town.settles()
    number = await question(town)
    await all_at_once(town, *(f"{number}:{code}" for code in ("trees", "water", "shade", "quiet")))
    for _ in range(4):
        edited = await citizen.sees("item-wishes")
    assert {"✓ Trees", "✓ Water", "✓ Shade", "✓ Quiet"} <= set(edited.buttons)
    await citizen.chooses("button-done")
    await citizen.sees("item-visits")
    assert await town.answers() == {"wishes": ["trees", "water", "shade", "quiet"]}


async def test_three_taps_in_half_a_second_on_a_slow_network(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    if isinstance(citizen, TelegramCitizen):
        town.telegram.hangs(0.3, times=2)
    for label in ("Trees", "Water", "Shade"):
        await citizen.chooses(label)
    for _ in range(3):
        edited = await citizen.sees("item-wishes")
    assert {"✓ Trees", "✓ Water", "✓ Shade"} <= set(edited.buttons)


async def test_any_copy_of_the_question_works(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    number = await question(town)
    await citizen.says("/help")
    await citizen.sees("help", "item-wishes")
    await citizen.says("lava")
    await citizen.sees("expected-choices", "item-wishes")
    await citizen.says("/language")
    await citizen.sees("choose-language")
    await citizen.chooses("English")
    await citizen.sees("language-chosen", "item-wishes")
    await citizen.says("/pause")
    await citizen.sees("paused")
    assert await question(town) == number
    await citizen.forges(f"{number}:water")
    assert "✓ Water" in (await citizen.sees("item-wishes")).buttons


async def test_a_copy_in_another_language_is_none(citizen: Citizen, town: Town) -> None:
    """An answer keeps the language that it was asked in."""
    await citizen.starts()
    number = await question(town)
    await citizen.says("/language")
    await citizen.sees("choose-language")
    await citizen.chooses("Español")
    citizen.language = "es"
    await citizen.sees("language-chosen", "item-wishes")
    await citizen.forges(f"{number}:water")
    await citizen.sees_notice("stale-button")
    await citizen.chooses("Water (es)")
    assert "✓ Water (es)" in (await citizen.sees("item-wishes")).buttons


async def test_after_a_menu_a_lost_button_leads_back(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    number = await question(town)
    await citizen.says("/pause")
    await citizen.sees("paused")
    await citizen.forges(f"{number}:!skip")
    await citizen.sees_notice("stale-button")
    await citizen.sees("item-wishes")


async def test_a_yes_to_one_day_is_none_to_another(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    for words in ("skip", "3", "7", "skip"):
        await citizen.says(words)
        await citizen.sees_anything()
    await citizen.says("1 January 2030")
    first = await citizen.sees("confirm-date")
    await citizen.says("2 January 2030")
    await citizen.sees("confirm-date")
    await citizen.chooses(first.buttons[0])
    await citizen.sees_notice("stale-button")
    assert "day" not in await town.answers()


async def test_a_place_of_before_an_upgrade_takes_its_buttons(citizen: Citizen, town: Town) -> None:
    await citizen.starts()
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            conversation.update().values(places=[["home", {}], ["survey", {"instrument": "t1"}]])
        )
    await citizen.chooses("Water")
    assert "✓ Water" in (await citizen.sees("item-wishes")).buttons
    await citizen.chooses("button-done")
    await citizen.sees("item-visits")
    assert await town.answers() == {"wishes": ["water"]}
