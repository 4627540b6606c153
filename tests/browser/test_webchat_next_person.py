"""The next person at a device finds nothing of the one before."""

import asyncio
import time

import pytest

from bot.conversation.messages import Outgoing
from tests.browser.devtools import Page
from tests.browser.stub import HeardByStub, Stub
from tests.browser.test_webchat_conversation import BUTTONS, LOG, NOTICE, heard, opens, writes

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESTS = '!document.getElementById("rest").hidden && !document.getElementById("next").disabled'


async def test_a_kiosk_ends_the_session_after_each_citizen(page: Page, stub: Stub) -> None:
    await page.open(stub.url + "/d/inclusive-ai?kiosk")
    await page.until(RESTS)
    assert heard(stub) == []
    await page.click("#next", "Next person: start")
    await page.until(f"{BUTTONS}.includes('Kiswahili')")
    await writes(page, "my secret")
    await page.until("document.querySelectorAll('#log .citizen').length === 1")
    first = stub.stored[-1].sender
    await page.click("#done", "I am done")
    await page.until(RESTS)
    assert await page.value(LOG) == []
    await page.reload()
    await page.until(RESTS)
    await page.click("#next", "Next person: start")
    await page.until(f"{BUTTONS}.includes('Kiswahili')")
    assert "my secret" not in " ".join(await page.value(LOG))
    assert stub.stored[-1].sender != first


async def test_another_person_begins_a_session_of_their_own(page: Page, stub: Stub) -> None:
    def script(heard: HeardByStub) -> list[Outgoing]:
        if heard.text == "somebody else":
            over = Outgoing("Over.", "en", begins_anew=True, presents="K7QM-3XWP-9T4C")
            return [over]
        return [Outgoing(f"Heard: {heard.text.removeprefix('/start ')}", "en")]

    stub._script = script
    await page.open(stub.url + "/")
    await page.until(f"{LOG}.length === 1")
    await writes(page, "my secret")
    await page.until(f"{LOG}.length === 3")
    await writes(page, "somebody else")
    await page.until(f"{LOG}.join().includes('K7QM-3XWP-9T4C')")
    assert await page.value(LOG) == ["Heard: K7QM-3XWP-9T4C"]
    await page.reload()
    await page.until(f"{LOG}.length === 1")
    assert len({incoming.sender for incoming in stub.stored}) == 2


async def test_after_erasing_the_page_is_empty_and_stays_so(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    stub._script = lambda heard: [Outgoing("It is done.", "en", begins_anew=True)]
    await writes(page, "/delete")
    await page.until(RESTS)
    assert await page.value(LOG) == []
    assert await page.value('document.getElementById("rest-words").textContent') == "It is done."
    said = len(heard(stub))
    await page.reload()
    await page.until(RESTS)
    assert len(heard(stub)) == said


async def test_many_people_one_after_the_other_leave_nothing_behind(page: Page, stub: Stub) -> None:
    await page.open(stub.url + "/d/inclusive-ai?kiosk")
    for person in range(12):
        await page.until(RESTS)
        await page.click("#next", "Next person: start")
        await page.until(f"{BUTTONS}.includes('Kiswahili')")
        await page.click(".choices button", "العربية" if person % 2 else "English")
        await page.until("document.querySelectorAll('#log .bot').length > 2")
        await page.value('document.getElementById("text").value = "half a secret"')
        await page.click("#done")
    await page.until(RESTS)
    assert await page.value("document.documentElement.lang") == "en"  # as this browser asks
    assert await page.value('document.getElementById("text").value') == ""
    assert await page.value('document.querySelectorAll("article").length') == 0
    assert await page.value("Object.keys(localStorage)") == ["minipublic-here:inclusive-ai"]
    async with asyncio.timeout(5):
        while stub.webchat._stream._bells:
            await asyncio.sleep(0.05)
    assert len({incoming.sender for incoming in stub.stored}) == 12


async def test_whoever_walks_away_from_a_kiosk_is_asked_and_then_left(
    page: Page, stub: Stub
) -> None:
    await page.open(stub.url + "/d/inclusive-ai?kiosk=0.05")  # three seconds
    await page.until(RESTS)
    await page.click("#next", "Next person: start")
    await page.until(f"{NOTICE}.startsWith('Is anybody there?')")
    await page.until(f"{BUTTONS}.includes('Kiswahili')")
    end = time.monotonic() + 4
    while time.monotonic() < end:  # whoever stirs stays
        await writes(page, "a")
        await asyncio.sleep(0.5)
    assert not await page.value(RESTS)
    await page.until(RESTS)
    assert await page.value(NOTICE) == ""
    assert await page.value(LOG) == []
