"""The page as it is seen, touched and read aloud."""

from datetime import timedelta

import pytest

from bot.conversation.messages import Choice, Outgoing
from tests.browser.devtools import Browser, Page
from tests.browser.stub import Stub
from tests.browser.test_webchat_conversation import BUTTONS, LOG, opens

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = """[...document.querySelectorAll("button, textarea, a.file")]
    .filter((e) => e.checkVisibility())
    .map((e) => [e.textContent || e.id, e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""

WIDER = """[...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility() && !e.closest(".skip, .unseen, #newest"))
    .map((e) => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.left < 0 || box.right > innerWidth)
    .map(([e]) => e.tagName + "." + e.className)"""


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_everything_fits_and_can_be_touched(
    page: Page, stub: Stub, width: int, language: str
) -> None:
    await page.sized(width, 700, phone=width < 1000)
    await opens(page, stub)
    await page.click(".choices button", {"en": "English", "ar": "العربية"}[language])
    await page.until("document.querySelectorAll('.choices button').length == 2")
    await page.click(".choices button")
    await page.until("document.querySelectorAll('.scale button').length == 11")
    assert await page.value(WIDER) == []
    assert await page.value(SMALL) == []
    assert await page.value("document.documentElement.scrollWidth <= innerWidth")
    rows = "new Set([...document.querySelectorAll('.scale button')].map((b) => b.offsetTop)).size"
    assert await page.value(rows) == (2 if width < 1000 else 1)
    await stub.tell(
        Outgoing(
            text="W" * 200 + "\n\n" + "- [" + "x" * 90 + "](https://example.org)",
            language=language,
            markdown=language == "en",
            choices=(Choice("9:a", "long " * 30), Choice("9:b", "W" * 80)),
        )
    )
    await page.until("document.querySelectorAll('.scale').length == 0")
    assert await page.value(WIDER) == []
    assert await page.value(SMALL) == []
    assert await page.value("document.documentElement.scrollWidth <= innerWidth")


async def test_the_page_turns_with_the_language_of_the_conversation(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    assert await page.value("document.dir") == "ltr"
    await page.click(".choices button", "العربية")
    await page.until("document.getElementById('text').placeholder === 'اكتبوا رسالة'")
    await page.until(f"{LOG}.length == 5")
    assert await page.value("[document.documentElement.lang, document.dir]") == ["ar", "rtl"]
    sides = """[...document.querySelectorAll("article")].map((a) => {
        const bubble = a.querySelector(".bubble").getBoundingClientRect();
        return a.className.includes("citizen") === bubble.left < innerWidth - bubble.right;
    })"""
    assert all(await page.value(sides))
    articles = """[...document.querySelectorAll("article.bot")]
        .map((a) => a.lang + a.querySelector(".bubble").dir)"""
    assert await page.value(articles) == ["enltr", "enltr", "arrtl", "arrtl"]
    await page.reload()
    await page.until("document.dir === 'rtl' && document.title.includes('·')")


async def test_readers_aloud_hear_who_speaks_and_only_what_is_new(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await page.click(".choices button", "English")
    await page.until(f"{BUTTONS}.includes('I agree')")
    who = "[...document.querySelectorAll('article .unseen')].map((e) => e.textContent)"
    assert await page.value(who) == [
        "Minipublic:",
        "Minipublic:",
        "You:",
        "Minipublic:",
        "Minipublic:",
    ]
    log = "document.getElementById('log')"
    assert await page.value(f"[{log}.getAttribute('role'), {log}.getAttribute('aria-live')]") == [
        "log",
        "polite",
    ]
    nameless = """[...document.querySelectorAll("button, textarea, a, img")]
        .filter((e) => !(e.textContent || e.getAttribute("aria-label") || e.hasAttribute("alt")))
        .map((e) => e.outerHTML)"""
    assert await page.value(nameless) == []


async def test_the_first_stop_of_the_keyboard_leads_to_the_field(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await page.value("document.activeElement.blur(); scrollTo(0, 0)")
    await page.key("Tab")
    assert await page.value("document.activeElement.textContent") == "Skip to the message field"
    assert await page.value("document.activeElement.getBoundingClientRect().top") >= 0
    await page.key("Enter")
    await page.until("document.activeElement.id === 'text'")


async def test_on_a_phone_a_press_does_not_raise_the_keyboard(page: Page, stub: Stub) -> None:
    await page.sized(360, 740, phone=True)
    await opens(page, stub)
    await page.click(".choices button", "English")
    await page.until(f"{BUTTONS}.includes('I agree')")
    assert await page.value("document.activeElement.tagName") == "ARTICLE"


async def test_a_long_text_is_shown_from_its_beginning(page: Page, stub: Stub) -> None:
    await page.sized(360, 640, phone=True)
    await opens(page, stub)
    await page.click(".choices button", "English")
    await page.until(f"{BUTTONS}.includes('I agree')")
    tops = "[...document.querySelectorAll('article')].map((a) => a.getBoundingClientRect().top)"
    said, consent = (await page.value(tops))[-2:]
    assert 50 <= said < 640
    assert said < consent < 300
    assert await page.value("document.getElementById('newest').hidden") is True


async def test_motion_is_left_out_for_those_who_prefer_that(page: Page, stub: Stub) -> None:
    await page.prefers(reduced_motion="reduce")
    await opens(page, stub)
    moving = "[...document.querySelectorAll('*')].filter((e) => e.getAnimations().length).length"
    assert await page.value(moving) == 0
    assert await page.value("getComputedStyle(document.querySelector('.new')).animationName") == (
        "none"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_is_light_or_dark_as_the_reader_prefers(
    page: Page, stub: Stub, scheme: str
) -> None:
    await page.prefers(color_scheme=scheme)
    await opens(page, stub)
    ground = await page.value("getComputedStyle(document.documentElement).backgroundColor")
    brightness = sum(int(part) for part in ground.strip("rgb()").split(","))
    assert (brightness > 600) == (scheme == "light")


async def test_without_script_the_page_says_what_it_needs(browser: Browser, stub: Stub) -> None:
    async with browser.page() as page:
        await page.without_script()
        await page.open(stub.url)
        await page.until("document.readyState === 'complete' && location.pathname === '/'")
        shown = await page.value("document.querySelector('noscript').innerText")
        assert "This page needs JavaScript" in shown
        assert await page.value("document.querySelector('noscript').checkVisibility()")


async def test_days_are_told_apart(page: Page, stub: Stub) -> None:
    today = stub.clock.now
    stub.clock.now = lambda: today() - timedelta(days=40)  # type: ignore[method-assign]
    await opens(page, stub)
    stub.clock.now = today  # type: ignore[method-assign]
    await stub.tell(Outgoing(text="again", language="en"))
    await page.until(f"{LOG}.includes('again')")
    await page.reload()
    await page.until("document.querySelectorAll('.day').length == 2")
    year = str(today().year)
    first, second = await page.value(
        "[...document.querySelectorAll('.day')].map((e) => e.textContent)"
    )
    assert year in second
    assert first != second
