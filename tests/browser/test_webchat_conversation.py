"""A conversation on the page, through pleasant and unpleasant weather."""

from typing import Any

import pytest

from bot.conversation.messages import Choice, Outgoing
from tests.browser.devtools import Browser, Page
from tests.browser.stub import Stub

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOG = """[...document.querySelectorAll("#log article")].filter((a) => !a.hidden).map((a) =>
    (a.className.includes("citizen") ? "> " : "") + a.querySelector(".bubble").innerText)"""
BUTTONS = '[...document.querySelectorAll(".choices button")].map((b) => b.textContent)'
UNSENT = "Object.keys(localStorage).filter((key) => key.startsWith('minipublic:')).length"
NOTICE = 'document.getElementById("notice").textContent'


def en(text: str, *choices: Choice, **more: Any) -> Outgoing:
    return Outgoing(text=text, language="en", choices=choices, **more)


def heard(stub: Stub) -> list[str]:
    return [incoming.text for incoming in stub.stored]


async def opens(page: Page, stub: Stub, path: str = "/") -> None:
    await page.open(stub.url + path)
    await page.until(f"{BUTTONS}.includes('Kiswahili')")


async def writes(page: Page, text: str) -> None:
    await page.value('document.getElementById("text").focus()')
    await page.type(text)
    await page.key("Enter")


async def reaches_scale(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await page.click(".choices button", "English")
    await page.click(".choices button", "I agree")
    await page.until(f"{BUTTONS}.includes('10')")


async def test_the_page_starts_the_conversation_by_itself_and_once(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    assert heard(stub) == ["/start"]
    log = await page.value(LOG)
    assert log[0].startswith("Welcome to “")
    assert not any(line.startswith(">") for line in log)
    await page.reload()
    await page.until(f"{BUTTONS}.includes('Kiswahili')")
    assert await page.value(LOG) == log
    assert heard(stub) == ["/start"]


async def test_an_invitation_code_is_sent_and_leaves_the_address_bar(
    page: Page, stub: Stub
) -> None:
    await opens(page, stub, "/d/inclusive-ai?code=ab-12_C")
    assert heard(stub) == ["/start ab-12_C"]
    assert stub.stored[0].bot == "inclusive-ai"
    assert await page.value("location.pathname + location.search") == "/d/inclusive-ai"
    await page.reload()
    await page.until(f"{BUTTONS}.includes('Kiswahili')")
    await page.open(stub.url + "/d/inclusive-ai?code=second")
    await page.until(f"{LOG}.length == 4")
    assert heard(stub) == ["/start ab-12_C", "/start second"]
    await page.open(stub.url + "/d/inclusive-ai?code=<script>")
    await page.until("location.search === '' && document.querySelectorAll('article').length == 4")
    assert len(heard(stub)) == 2


async def test_a_press_becomes_the_citizens_words_and_closes_the_question(
    page: Page, stub: Stub
) -> None:
    await opens(page, stub)
    await page.click(".choices button", "English")
    await page.until(f"{BUTTONS}.join() === 'I agree,I do not agree'")
    log = await page.value(LOG)
    assert log[2:4] == ["> English", "From now on I write in \u2068English\u2069."]
    assert heard(stub) == ["/start", "1:en"]
    await page.reload()
    await page.until(f"{BUTTONS}.join() === 'I agree,I do not agree'")
    assert await page.value(LOG) == log


async def test_commands_of_earlier_questions_can_still_be_pressed(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await stub.tell(en("Menu", Choice("/briefings", "Briefings"), Choice("2:x", "Other")))
    await stub.tell(en("Question", Choice("3:yes", "Yes")))
    await page.until(f"{BUTTONS}.join() === 'Briefings,Yes'")
    await page.reload()
    await page.until(f"{BUTTONS}.join() === 'Briefings,Yes'")
    await page.click(".choices button", "Briefings")
    await page.until("document.querySelector('.bubble img')?.naturalWidth > 0")
    assert heard(stub)[-1] == "/briefings"
    assert await page.value("document.querySelector('.bubble img').alt") == (
        "Examples enter a computer"
    )


async def test_several_choices_are_switched_in_place_and_stay_to_be_read(
    page: Page, stub: Stub
) -> None:
    await reaches_scale(page, stub)
    await page.click(".scale button", "7")
    await page.click(".choices button", "War")
    await page.until(f"{BUTTONS}.includes('✓ War')")
    await page.click(".choices button", "Losing work")
    await page.until(f"{BUTTONS}.includes('✓ Losing work')")
    assert await page.value("document.activeElement.textContent") == "✓ Losing work"
    assert await page.value("document.activeElement.getAttribute('aria-pressed')") == "true"
    await page.click(".choices button", "✓ War")
    await page.until(f"{BUTTONS}.includes('War')")
    assert (await page.value(LOG))[-2:] == ["> 7", "What worries you most about AI?"]
    await page.click(".choices button", "Done")
    await page.until(f"{BUTTONS}.includes('Briefings')")
    log = await page.value(LOG)
    assert log[-4:-1] == [
        "What worries you most about AI?\n\n✓ Losing work",
        "> Done",
        "Thank you! Your answers are recorded.",
    ]
    await page.reload()
    await page.until(f"{BUTTONS}.includes('Briefings')")
    assert await page.value(LOG) == log


async def test_enter_sends_and_shift_enter_makes_a_line(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await page.value('document.getElementById("text").focus()')
    await page.type("First line")
    await page.key("Enter", shift=True)
    await page.type("second line")
    await page.key("Enter")
    await page.until(f"{LOG}.includes('> First line\\nsecond line') && {LOG}.length == 4")
    assert heard(stub)[-1] == "First line\nsecond line"
    assert await page.value('document.getElementById("text").value') == ""
    await page.key("Enter")  # nothing is not sent
    assert await page.value(f"{LOG}.length") == 4


async def test_after_a_press_the_keyboard_can_go_on_in_the_field(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await page.value('document.querySelector(".choices button").focus()')
    await page.key("Enter")
    await page.until(f"{BUTTONS}.includes('I agree')")
    await page.until('document.activeElement.id === "text"')


async def test_what_is_hostile_is_shown_as_it_is(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    evil = "<script>document.title = 'evil'</script><img src=x onerror=alert(1)>"
    await stub.tell(en(evil, Choice("2:<b>", evil)))
    await page.until(f"{LOG}.length == 3")
    await writes(page, evil)
    await page.until(f"{LOG}.length == 5")
    log = await page.value(LOG)
    assert log[2:4] == [evil, "> " + evil]
    assert evil in await page.value(BUTTONS)
    assert await page.value("document.title") != "evil"
    assert await page.value("document.querySelectorAll('#log script, #log img').length") == 0


async def test_a_file_is_offered_as_a_download(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await writes(page, "/mydata")
    link = await page.until("document.querySelector('a.file')?.href")
    assert await page.value("document.querySelector('a.file').textContent") == "my-data.json"
    assert await page.value(f"fetch('{link}').then((answer) => answer.json())") == {"a": 1}


async def test_words_wait_while_the_server_is_away_and_arrive_in_order(
    page: Page, stub: Stub
) -> None:
    await opens(page, stub)
    await stub.hang_up()
    for text in ("one", "two", "three"):
        await writes(page, text)
    await page.until(f"{NOTICE}.startsWith('No connection')")
    await page.until("document.querySelector('.state').textContent === 'Sending…'")
    assert heard(stub) == ["/start"]
    await stub.tell(en("told meanwhile"))
    await stub.serve()
    await page.until(f"{LOG}.includes('told meanwhile')", seconds=20)
    await page.until(f"{NOTICE} === '' && {LOG}.length == 9", seconds=20)
    await page.until("[...document.querySelectorAll('.state')].every((s) => !s.textContent)")
    assert heard(stub) == ["/start", "one", "two", "three"]
    page.complaints.clear()  # the network's


async def test_words_that_were_not_sent_survive_the_page(browser: Browser, stub: Stub) -> None:
    context = await browser.new_context()
    async with browser.page(context) as page:
        await page.speaks("en")
        await opens(page, stub)
        await stub.hang_up()
        for text in ("one", "two"):
            await writes(page, text)
        await page.until(f"{LOG}.includes('> two')")
    await stub.serve()
    async with browser.page(context) as page:
        await page.speaks("en")
        await page.open(stub.url)
        await page.until(f"{LOG}.filter((line) => line.startsWith('Sorry')).length == 2")
        assert heard(stub) == ["/start", "one", "two"]
        assert await page.value(UNSENT) == 0


async def test_a_lost_acknowledgement_does_not_double_the_words(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    stub.app.loses = [503, 502]
    await writes(page, "only once")
    await page.until("[...document.querySelectorAll('.state')].every((s) => !s.textContent)")
    await page.until(f"{UNSENT} === 0")
    assert len(heard(stub)) == 4  # the door took it three times,
    assert len({incoming.external_id for incoming in stub.stored}) == 2  # under one id
    assert (await page.value(LOG))[2:] == ["> only once", "Sorry, I did not understand that."]
    page.complaints.clear()


async def test_who_is_too_fast_is_told_and_nothing_is_lost(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    stub.app.refuses = [429]
    await writes(page, "one")
    await writes(page, "two")
    await page.until(f"{NOTICE} === 'That was very fast. Please wait a moment.'")
    await page.until(f"{NOTICE} === '' && {LOG}.length == 6")
    assert heard(stub) == ["/start", "one", "two"]
    page.complaints.clear()


async def test_what_is_refused_can_be_sent_again_by_hand(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    stub.app.refuses = [422]
    await writes(page, "one")
    await page.click(".retry", "Not sent. Press to try again.")
    await page.until(f"{LOG}.length == 4")
    assert heard(stub) == ["/start", "one"]
    page.complaints.clear()


async def test_without_the_cookie_the_page_says_what_it_needs(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await page.call("Network.clearBrowserCookies")
    await writes(page, "one")
    await page.until(f"{NOTICE}.includes('cookies')")
    page.complaints.clear()


async def test_two_tabs_show_the_same_conversation(browser: Browser, stub: Stub) -> None:
    context = await browser.new_context()
    async with browser.page(context) as one, browser.page(context) as other:
        for page in (one, other):
            await page.speaks("en")
            await opens(page, stub)
        await writes(one, "hello")
        for page in (one, other):
            await page.until(f"{LOG}.length == 4")
        assert await one.value(LOG) == await other.value(LOG)
        assert heard(stub) == ["/start", "hello"]


async def test_a_long_conversation_is_read_back_without_losing_the_place(
    page: Page, stub: Stub
) -> None:
    await opens(page, stub)
    for number in range(80):
        await stub.tell(en(f"message {number}"))
    await page.reload()
    await page.until(f"{LOG}.length == 60")
    first = (
        "[...document.querySelectorAll('article')].find((a) => a.innerText.includes('message 20'))"
    )
    await page.value("document.getElementById('earlier').scrollIntoView()")
    before = await page.value(f"{first}.getBoundingClientRect().top")
    await page.value("document.getElementById('earlier').click()")
    await page.until(f"{LOG}.length == 82")
    after = await page.value(f"{first}.getBoundingClientRect().top")
    assert abs(after - before) < 2
    assert await page.value("document.getElementById('earlier').hidden") is True
    assert (await page.value(BUTTONS))[0] == "English"  # still the newest question


async def test_who_reads_further_up_is_not_pulled_away(page: Page, stub: Stub) -> None:
    await page.sized(360, 500, phone=True)
    await opens(page, stub)
    for number in range(20):
        await stub.tell(en(f"message {number}"))
    await page.until(f"{LOG}.length == 22")
    await page.click("#newest")
    at_end = "innerHeight + scrollY >= document.documentElement.scrollHeight - 2"
    await page.until(f"{at_end} && document.getElementById('newest').hidden")
    await stub.tell(en("seen"))
    await page.until(f"{LOG}.includes('seen') && {at_end}")
    await page.value("scrollTo(0, 0)")
    await page.until("scrollY === 0")
    await stub.tell(en("unseen"))
    await page.until(f"{LOG}.includes('unseen') && !document.getElementById('newest').hidden")
    assert await page.value("scrollY") == 0
