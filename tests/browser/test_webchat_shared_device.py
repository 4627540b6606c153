"""Several people at one device, with the whole application behind the page."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.storage.people import make_invitation_codes
from bot.storage.tables import response
from tests.browser.devtools import Browser, Page
from tests.browser.test_webchat_conversation import BUTTONS, LOG, writes
from tests.browser.test_webchat_next_person import RESTS
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import TOKEN, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST, SECOND = "K7QM-3XWP-9T4C", "Z2A4-66NR-D5H3"
STORED = "Object.keys(localStorage)"
ENDING = 'document.getElementById("ending").checkVisibility()'
LEFT = 'Number(document.getElementById("countdown").textContent)'
ANSWERS = {
    "How do you get to the park?": "1",
    "How important are parks?": "7",
    "What should parks have?": "1, 2",
    "How many visits last month?": "4",
}
SECRET = "Wanjiku of the north"


@pytest_asyncio.fixture(loop_scope="module")
async def town(a_database: str) -> AsyncIterator[Town]:
    async with (
        TelegramServer(tokens=[TOKEN]) as telegram,
        Town(a_database, telegram) as town,
    ):
        await make_invitation_codes(
            town.app.database, "parks", [FIRST, SECOND], most_uses=1, expires_at=None,
            cohort=None, stratum=None, now=town.clock.now(),
        )  # fmt: skip
        yield town


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with browser.page() as page:
        await page.speaks("en")
        yield page
        assert page.complaints == []


def url(town: Town, path: str = "/") -> str:
    return f"http://127.0.0.1:{town.app.port}{path}"


async def cookie(page: Page) -> str:
    found = (await page.call("Network.getCookies"))["cookies"]
    (value,) = [each["value"] for each in found if each["name"] == "minipublic"]
    return str(value)


async def sees(page: Page, words: str) -> None:
    await page.until(f"{LOG}.join(' ').includes({json.dumps(words)})")


async def joins(page: Page) -> None:
    """From the languages to the menu."""
    await page.click(".choices button", "English")
    await page.click(".choices button", "I agree")
    await sees(page, "Where do you live?")
    await writes(page, "1")
    await sees(page, "What may we call you?")
    await writes(page, SECRET)
    await page.click(".choices button", "That is right")
    await page.until(f"{BUTTONS}.includes('Start the questionnaire')")


async def heard(town: Town) -> int:
    return int((await town.rows("SELECT count(*) FROM inbox"))[0][0])


async def opens_nothing(town: Town, old: str, file: str) -> None:
    """Whoever kept the cookie finds neither what was said, nor what is said, nor the file."""
    async with aiohttp.ClientSession(cookies={"minipublic": old}) as stranger:
        async with stranger.get(url(town, "/chat/messages")) as answer:
            assert await answer.json() == {
                "messages": [], "started": False, "last": 0, "earlier": None,
            }  # fmt: skip
        async with stranger.get(url(town, file)) as answer:
            assert answer.status == 404
        async with stranger.get(url(town, "/chat/events?after=0")) as stream:
            told: list[bytes] = []
            try:
                async with asyncio.timeout(0.5):
                    async for line in stream.content:
                        told.append(line)
            except TimeoutError:
                pass
            assert not [line for line in told if line.startswith(b"data: ")]


async def offers_file(page: Page) -> str:
    """What the citizen's own data is fetched by."""
    await writes(page, "/mydata")
    found: Any = await page.until('document.querySelector("a.file")?.getAttribute("href")')
    return str(found)


async def test_after_erasing_nothing_of_the_person_is_left_at_the_device(
    page: Page, town: Town
) -> None:
    await page.open(url(town))
    await joins(page)
    old, file = await cookie(page), await offers_file(page)
    await writes(page, "/delete")
    await page.click(".choices button", "Yes, erase")
    await page.until(RESTS)
    words = await page.value('document.getElementById("rest-words").textContent')
    assert words.startswith("It is done: ")
    assert await page.value(LOG) == []
    assert await page.value(STORED) == ["minipublic-here:"]
    assert await cookie(page) != old
    await opens_nothing(town, old, file)
    said = await heard(town)
    await page.reload()
    await page.until(RESTS)
    assert await page.value(LOG) == []
    assert await heard(town) == said
    await page.click("#next", "Start")
    await page.until(f"{BUTTONS}.includes('English')")
    assert SECRET not in await page.value("document.body.textContent")


async def test_somebody_else_with_a_code_finds_a_page_of_their_own(page: Page, town: Town) -> None:
    await page.open(url(town, f"/?code={FIRST}"))
    await joins(page)
    old, file = await cookie(page), await offers_file(page)
    await writes(page, SECOND)
    await page.click(".choices button", "I am somebody else")
    await page.until(f"{BUTTONS}.includes('English')")
    assert SECRET not in await page.value("document.body.textContent")
    assert await cookie(page) != old
    assert await page.value(f"{STORED}.filter((key) => key !== 'minipublic-here:')") == []
    await opens_nothing(town, old, file)
    said = await heard(town)
    await page.reload()
    await page.until(f"{BUTTONS}.includes('English')")
    assert await heard(town) == said
    assert sorted(await town.statuses()) == ["enrolled", "invited"]
    await joins(page)  # by the second code, which nobody else can use now
    assert await town.statuses() == ["enrolled", "enrolled"]


@pytest.mark.parametrize("noticed", ["location.reload()", "dispatchEvent(new Event('online'))"])
async def test_a_session_that_ended_unseen_leaves_nothing_on_the_page(
    noticed: str, page: Page, town: Town
) -> None:
    """The farewell was missed: the connection was away, or the page closed, just then."""
    await page.open(url(town))
    await joins(page)
    old, said = await cookie(page), await heard(town)
    async with (
        aiohttp.ClientSession(cookies={"minipublic": old}) as elsewhere,
        elsewhere.post(url(town, "/chat/session")) as answer,
    ):
        assert answer.status == 200
    await page.value(noticed)
    await page.until(RESTS)
    assert await page.value(LOG) == []
    assert await cookie(page) != old
    assert await heard(town) == said


async def test_a_kiosk_passes_on_when_somebody_has_finished(page: Page, town: Town) -> None:
    await page.open(url(town, "/?kiosk=0.2"))  # twelve seconds
    await page.until(RESTS)
    for by_itself in (False, True):
        await page.click("#next", "Next person: start")
        await joins(page)
        assert await page.value(ENDING) is False
        await page.click(".choices button", "Start the questionnaire")
        for question, words in ANSWERS.items():
            await page.until(f"{LOG}.at(-1).includes({json.dumps(question)})")
            await writes(page, words)
        await page.click(".choices button", "Finish")
        await page.until(ENDING)
        assert await page.value(LEFT) <= 12
        if by_itself:
            await page.click("#go-on", "I need more time")
            assert await page.value(ENDING) is False
            await writes(page, "menu")
            await page.until(ENDING)
        else:
            await page.click("#over", "I am done")
        await page.until(RESTS, seconds=20)
        assert await page.value(LOG) == []
        assert await page.value(ENDING) is False
    assert await town.statuses() == ["enrolled", "enrolled"]
    assert set(await town.statuses(response)) == {"complete"}
