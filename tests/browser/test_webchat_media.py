"""Pictures, sounds and films on the page."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.conversation.messages import Choice, Outgoing
from bot.conversation.ports import Media
from tests.browser.devtools import Browser, Page
from tests.browser.script import PICTURE, SOUND, Citizens
from tests.browser.stub import Stub
from tests.browser.test_webchat_conversation import opens
from tests.browser.test_webchat_layout import SMALL, WIDER

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: A second of changing colours, in base64. Half as wide as high, as phones film.
FILMING = """(async () => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 90, height: 180});
    const brush = canvas.getContext("2d");
    let hue = 0;
    const timer = setInterval(() => {
        brush.fillStyle = `hsl(${hue += 20}, 60%, 50%)`;
        brush.fillRect(0, 0, 90, 180);
    }, 40);
    const options = {mimeType: "video/mp4;codecs=vp9"};
    const camera = new MediaRecorder(canvas.captureStream(25), options);
    const parts = [];
    camera.ondataavailable = (event) => parts.push(event.data);
    camera.start();
    await new Promise((done) => setTimeout(done, 1000));
    await new Promise((done) => {
        camera.onstop = done;
        camera.stop();
    });
    clearInterval(timer);
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
})()"""
ALT = {"en": "The tram line, from the harbour to the hospital", "ar": "خط الترام من الميناء"}
NAMES = ("img", "Audio", "Video")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def film(browser: Browser) -> Media:
    async with browser.page() as page:
        content = base64.b64decode(await page.value(FILMING))
    return Media("f" * 64, "tram.mp4", content)


@pytest_asyncio.fixture(loop_scope="module")
async def stub(tmp_path: Path, film: Media) -> AsyncIterator[Stub]:
    shelf = {media.digest: media for media in (PICTURE, SOUND, film)}
    async with Stub(tmp_path, script=Citizens(), media=shelf) as stub:
        await stub.serve()
        yield stub


async def named(page: Page) -> list[tuple[str, str]]:
    """What is read aloud of each picture, sound and film of the conversation."""
    await page.call("Accessibility.enable")
    nodes = (await page.call("Accessibility.getFullAXTree"))["nodes"]
    roles = {"image": "img"}
    found = [
        (roles.get(node["role"]["value"], node["role"]["value"]), node["name"]["value"])
        for node in nodes
        if not node["ignored"] and "name" in node
    ]
    return [(role, name) for role, name in found if role in NAMES and name]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_media_fit_and_have_a_name(
    page: Page, stub: Stub, film: Media, width: int, language: str
) -> None:
    await page.sized(width, 700, phone=width < 1000)
    await opens(page, stub)
    for number, digest in enumerate([PICTURE.digest, SOUND.digest, film.digest], start=1):
        alt = f"{ALT[language]} {number}"
        await stub.tell(Outgoing(text="", language=language, media=digest, media_alt=alt))
    await page.until("document.querySelector('#log img')?.naturalWidth > 0")
    await page.until("document.querySelector('video')?.readyState >= 1")
    assert await page.value(WIDER) == []
    assert await page.value(SMALL) == []
    assert await named(page) == [
        (role, f"{ALT[language]} {number}") for number, role in enumerate(NAMES, start=1)
    ]
    captions = "[...document.querySelectorAll('figcaption')].map((e) => e.innerText)"
    assert await page.value(captions) == [f"{ALT[language]} 2", f"{ALT[language]} 3"]
    shape = await page.value("document.querySelector('video').getBoundingClientRect().toJSON()")
    assert shape["height"] <= 0.71 * 700


async def test_a_film_plays_on_the_page_and_from_any_moment(
    page: Page, stub: Stub, film: Media
) -> None:
    await opens(page, stub)
    await stub.tell(Outgoing(text="", language="en", media=film.digest, media_alt="The tram"))
    await page.until("document.querySelector('video')?.readyState >= 1")
    player = "document.querySelector('video')"
    assert await page.value(f"[{player}.controls, {player}.playsInline, {player}.preload]") == [
        True,
        True,
        "metadata",
    ]
    await page.value(f"{player}.currentTime = {player}.duration / 2")
    await page.until(f"!{player}.seeking && {player}.currentTime > 0.2")
    await page.value(f"({player}.muted = true, {player}.play())")
    await page.until(f"{player}.ended")
    assert await page.value(f"{player}.error") is None


async def test_a_question_below_its_film_is_in_sight(page: Page, stub: Stub, film: Media) -> None:
    await page.sized(360, 740, phone=True)
    await opens(page, stub)
    await stub.tell(Outgoing(text="", language="en", media=film.digest, media_alt="The tram"))
    points = tuple(Choice(f"2:{n}", str(n)) for n in range(11))
    await stub.tell(Outgoing(text="How far do you agree?", language="en", choices=points))
    await page.until("document.querySelector('video')?.readyState >= 1")
    lowest = "document.querySelector('.scale button:last-child').getBoundingClientRect().bottom"
    await page.until(f"{lowest} <= document.querySelector('footer').getBoundingClientRect().top")


async def test_a_sound_without_words_is_still_a_player(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    await stub.tell(Outgoing(text="", language="en", media=SOUND.digest))
    await page.until("document.querySelector('audio')?.controls")
    assert await page.value("document.querySelector('figcaption')") is None
    assert await page.value("document.querySelector('audio').hasAttribute('aria-label')") is False
