"""The next person at a device finds nothing of the one before."""

import pytest

from bot.conversation.messages import Outgoing
from tests.browser.devtools import Page
from tests.browser.stub import HeardByStub, Stub
from tests.browser.test_webchat_conversation import BUTTONS, LOG, heard, opens, writes

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
