"""A questionnaire with many long questions, whose summary must still fit into messages."""

from bot.domain.questionnaire import ItemType
from tests.cast.citizens import TelegramCitizen
from tests.cast.town import Town, item

MANY = 60
LONG = "On a scale from 0 to 10, how much do you trust each of these to act for people like you: "

ITEMS = tuple(
    item(ItemType.TEXT, f"q{n}", label={"en": f"{LONG}{word} {n}? " + "Please think. " * 60})
    for n, word in enumerate(("courts", "police", "banks", "schools") * (MANY // 4), start=1)
)


async def test_a_long_questionnaire_is_summed_up_within_the_limits(
    telegram_citizen: TelegramCitizen, town: Town
) -> None:
    citizen = telegram_citizen
    await citizen.starts()
    for n in range(1, MANY + 1):
        await citizen.says(f"{n} " + "word " * 300)
        seen = await citizen.sees_anything()
    messages = [seen.text]
    while not citizen.last or not citizen.last.buttons:
        messages.append((await citizen.sees_anything()).text)
    assert len(messages) <= 4 and all(len(text) <= 4096 for text in messages)  # Telegram's limit
    assert all(f"\n{n}. On a scale" in "\n".join(messages) for n in (2, 30, MANY))
    await citizen.chooses("button-change-answer")
    listed = await citizen.sees("choose-item")
    assert listed.buttons[0].startswith("1. …1? Please")
    assert all(len(label) <= 40 for label in listed.buttons)
    assert len({label.partition(" ")[2] for label in listed.buttons}) == len(listed.buttons)
    await citizen.says("60")  # it is on the next page, and can be named
    await citizen.sees("item-q60")
    await citizen.chooses("button-back")
    await citizen.sees_anything()
    while not citizen.last or not citizen.last.buttons:
        await citizen.sees_anything()
