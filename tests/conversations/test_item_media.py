"""Pictures and sounds come before the question that they belong to, once."""

from bot.domain.questionnaire import ItemType, MediaKind
from tests.cast.citizens import Citizen, Seen, TelegramCitizen
from tests.cast.telegram_people import PICTURE
from tests.cast.town import Town, choices, item

SOUND = b"ID3\x04\x00\x00\x00\x00\x00\x00"
MEDIA = {"park.png": PICTURE, "parque.png": PICTURE + b"es", "birds.mp3": SOUND}

ITEMS = (
    item(ItemType.NOTE, "intro", media={MediaKind.IMAGE: {"en": "park.png", "es": "parque.png"}}),
    item(
        ItemType.SELECT_MULTIPLE,
        "heard",
        choices=choices("Birds", "Cars"),
        media={MediaKind.AUDIO: {"en": "birds.mp3"}, MediaKind.IMAGE: {"en": "park.png"}},
    ),
    item(ItemType.TEXT, "last"),
    item(ItemType.NOTE, "bye", media={MediaKind.AUDIO: {"en": "birds.mp3"}}),
)


def kind(citizen: Citizen, seen: Seen) -> str | None:
    """What a message shows beside its words."""
    if isinstance(citizen, TelegramCitizen):
        return seen.raw.media.kind if seen.raw.media else None
    media = seen.raw.get("media")
    return {"image": "photo"}.get(media["kind"], media["kind"]) if media else None


async def test_media_come_before_the_question_and_not_again(citizen: Citizen, town: Town) -> None:
    shown = [await citizen.starts("es")]
    for _ in range(2):
        shown.append(await citizen.sees_anything())  # in Spanish, or else as in the source
    assert [kind(citizen, seen) for seen in shown] == ["photo", "photo", "audio"]
    if isinstance(citizen, TelegramCitizen):  # the question says it, so no caption does
        assert [seen.text for seen in shown] == ["", "", ""]
    asked = await citizen.sees("item-heard")
    assert kind(citizen, asked) is None and "¿intro?" in asked.text
    await citizen.chooses("Birds (es)")
    await citizen.sees("item-heard")
    await citizen.says("pigeons")
    await citizen.sees("expected-choices", "item-heard")
    await citizen.chooses("button-done")
    await citizen.sees("item-last")
    await citizen.chooses("button-done")
    await citizen.sees_notice("stale-button")
    await citizen.chooses("button-back")
    for _ in range(3):
        assert kind(citizen, await citizen.sees_anything())  # whoever comes back sees it again
    await citizen.sees("item-heard")
    await citizen.chooses("button-done")
    await citizen.sees("item-last")
    await citizen.says("Nada")
    assert kind(citizen, await citizen.sees_anything()) == "audio"
    await citizen.sees("item-bye")
    await citizen.sees_thanks()
