"""The page and its files: light, strict, readable, in the reader's language."""

import gzip
import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.channels.webchat.page import ALSO_SAID
from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Document, Incoming, IncomingKind, Outgoing
from bot.conversation.ports import Media
from tests.browser.stub import PAGE, ROOT, Stub, words_of_the_page

PICTURE = Media(hashlib.sha256(b"picture").hexdigest(), "map.PNG", b"picture")
SOUND = Media(hashlib.sha256(b"sound").hexdigest(), "welcome.mp3", bytes(range(100)))
OTHER = Media(hashlib.sha256(b"other").hexdigest(), "plan ü.html", b"<script>alert(1)</script>")
SHELF = {each.digest: each for each in (PICTURE, SOUND, OTHER)}


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[Stub]:
    async with Stub(tmp_path, media=SHELF) as stub:
        yield stub


def browser(stub: Stub, base_url: str = "http://chat.test") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(stub.app), base_url=base_url)


@pytest.fixture
async def ana(stub: Stub) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(stub) as ana:
        yield ana


async def test_page_style_and_script_together_stay_below_50_kilobytes(
    ana: httpx.AsyncClient,
) -> None:
    page = await ana.get("/", headers={"Accept-Language": "ar"})
    linked = re.findall(r'(?:href|src)="(/chat/[^"]+)"', page.text)
    sizes = {url: len((await ana.get(url)).content) for url in set(linked)}
    assert len(sizes) == 3
    assert len(page.content) + sum(sizes.values()) < 50_000


async def test_every_answer_carries_the_strict_headers(stub: Stub, ana: httpx.AsyncClient) -> None:
    for path in (
        "/",
        "/d/inclusive-ai",
        "/d/No",
        "/chat/chat.js",
        "/chat/messages",
        "/chat/events",
    ):
        headers = (await ana.head(path)).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            " media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
            " frame-ancestors 'none'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "geolocation=()" in headers["Permissions-Policy"]


async def test_the_page_has_nothing_inline_and_nothing_foreign(ana: httpx.AsyncClient) -> None:
    page = (await ana.get("/")).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", page)
    scripts = re.findall(r"<script([^>]*)>", page)
    assert len(scripts) == 2
    assert all('type="application/json"' in each or "src=" in each for each in scripts)
    for name in ("chat.css", "chat.js"):
        foreign = re.sub(r"http://www\.w3\.org/\S+", "", (PAGE / name).read_text())
        assert "//" not in re.sub(r"(^|\s)//.*", "", foreign)


async def test_the_cookie_is_random_lasts_a_year_and_is_hidden_from_scripts(stub: Stub) -> None:
    async with browser(stub) as ana, browser(stub) as ben:
        cookie = (await ana.get("/")).headers["Set-Cookie"]
        name, _, value = cookie.partition(";")[0].partition("=")
        assert name == "minipublic"
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", value)
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert flags == {"httponly", "samesite=lax", "path=/", "max-age=31536000"}
        again = (await ana.get("/d/inclusive-ai")).headers["Set-Cookie"]
        assert again == cookie  # the same session, for another year
        assert (await ben.get("/")).headers["Set-Cookie"] != cookie


async def test_on_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    async with (
        Stub(tmp_path, public_url="https://chat.test") as stub,
        browser(stub, "https://chat.test") as ana,
    ):
        cookie = (await ana.get("/")).headers["Set-Cookie"]
        assert cookie.startswith("__Host-minipublic=")
        assert "; Secure" in cookie
        assert "domain" not in cookie.lower()


@pytest.mark.parametrize(
    ("accepts", "language", "direction"),
    [("ar-EG,ar;q=0.9", "ar", "rtl"), ("de, es;q=0.5", "es", "ltr"), ("xx", "en", "ltr")],
)
async def test_the_page_speaks_the_browsers_language(
    ana: httpx.AsyncClient, accepts: str, language: str, direction: str
) -> None:
    page = await ana.get("/", headers={"Accept-Language": accepts})
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert page.headers["Vary"] == "Accept-Language"
    assert page.headers["Cache-Control"] == "no-store"


async def test_words_in_the_page_cannot_leave_their_block(tmp_path: Path) -> None:
    folder = tmp_path / "evil" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    hostile = "</script><script>alert(1)</script>"
    (folder / "minipublic.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        + "".join(
            f"\nmsgid {json.dumps(key)}\nmsgstr {json.dumps(hostile)}\n"
            for key in sorted({*words_of_the_page(), *ALSO_SAID})
        )
    )
    async with Stub(tmp_path, locales=tmp_path / "evil") as stub, browser(stub) as ana:
        page = (await ana.get("/")).text
    assert "<script>alert" not in page
    block = re.search(r'<script type="application/json" id="words">(.*?)</script>', page, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])["words"]["page-send"] == hostile


async def test_words_of_another_language_are_fetched_when_the_conversation_changes(
    ana: httpx.AsyncClient,
) -> None:
    answer = await ana.get("/chat/words/ar")
    assert (answer.json()["lang"], answer.json()["dir"]) == ("ar", "rtl")
    assert set(answer.json()["words"]) >= words_of_the_page()
    assert (await ana.get("/chat/words/tlh")).json()["lang"] == "en"
    same = await ana.get("/chat/words/ar", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304


def test_every_word_of_the_page_is_in_the_english_catalogue() -> None:
    catalogue = Catalogues(ROOT / "locales")
    assert {*words_of_the_page(), *ALSO_SAID} - catalogue.keys == set()


async def test_files_are_kept_under_their_version_and_checked_without_it(
    ana: httpx.AsyncClient,
) -> None:
    page = (await ana.get("/")).text
    [versioned] = re.findall(r'src="(/chat/chat\.js\?v=[^"]+)"', page)
    kept = await ana.get(versioned)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    checked = await ana.get("/chat/chat.js?v=old")
    assert checked.headers["Cache-Control"] == "public, no-cache"
    assert checked.headers["Content-Type"] == "text/javascript; charset=utf-8"
    same = await ana.get("/chat/chat.js", headers={"If-None-Match": checked.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_files_travel_compressed(stub: Stub, ana: httpx.AsyncClient) -> None:
    request = ana.build_request("GET", "/chat/chat.js", headers={"Accept-Encoding": "gzip"})
    answer = await ana.send(request, stream=True)
    raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert gzip.decompress(raw) == (PAGE / "chat.js").read_bytes()
    assert len(raw) < 10_000
    plain = await ana.get("/chat/chat.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(scheme: str) -> None:
    """https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast."""
    light, dark = re.findall(r":root \{([^}]+)\}", (PAGE / "chat.css").read_text())
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))

    def luminance(name: str) -> float:
        parts = (int(colours[name][at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    def contrast(one: str, other: str) -> float:
        darker, lighter = sorted((luminance(one), luminance(other)))
        return (lighter + 0.05) / (darker + 0.05)

    for words, ground in [
        ("ink", "ground"),
        ("ink", "paper"),
        ("quiet", "ground"),
        ("quiet", "paper"),
        ("accent", "paper"),
        ("accent", "tint"),
        ("ink", "tint"),
        ("on-accent", "accent"),
        ("on-mine", "mine"),
        ("warn", "warn-ground"),
    ]:
        assert contrast(words, ground) >= 4.5, (words, ground)
    for edge, ground in [("accent", "ground"), ("quiet", "ground"), ("quiet", "paper")]:
        assert contrast(edge, ground) >= 3, (edge, ground)


@pytest.mark.parametrize("path", ["/d/Inclusive", "/d/a%0A", "/d/" + "a" * 41, "/chat/media/x"])
async def test_what_cannot_be_there_is_not_found(ana: httpx.AsyncClient, path: str) -> None:
    answer = await ana.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not-found")


async def test_pictures_are_kept_for_good(ana: httpx.AsyncClient) -> None:
    answer = await ana.get(f"/chat/media/{PICTURE.digest}")
    assert (answer.content, answer.headers["Content-Type"]) == (b"picture", "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    same = await ana.get(
        f"/chat/media/{PICTURE.digest}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert same.status_code == 304
    assert (await ana.get(f"/chat/media/{'0' * 64}")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "told", "content"),
    [
        ("bytes=0-1", 206, "bytes 0-1/100", bytes([0, 1])),
        ("bytes=98-", 206, "bytes 98-99/100", bytes([98, 99])),
        ("bytes=-1", 206, "bytes 99-99/100", bytes([99])),
        ("bytes=90-500", 206, "bytes 90-99/100", bytes(range(90, 100))),
        ("bytes=100-", 416, "bytes */100", b""),
        ("bytes=5-2", 416, "bytes */100", b""),
        ("bytes=-", 200, None, bytes(range(100))),
        ("bytes=0-1,5-6", 200, None, bytes(range(100))),
        ("lines=1-2", 200, None, bytes(range(100))),
    ],
)
async def test_sounds_come_in_the_parts_that_a_player_asks_for(
    ana: httpx.AsyncClient, asked: str, status: int, told: str | None, content: bytes
) -> None:
    answer = await ana.get(f"/chat/media/{SOUND.digest}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("Content-Range") == told
    assert answer.headers["Accept-Ranges"] == "bytes"


async def test_other_files_of_a_pack_are_saved_not_shown(ana: httpx.AsyncClient) -> None:
    answer = await ana.get(f"/chat/media/{OTHER.digest}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"plan__.html\"; filename*=UTF-8''plan%20%C3%BC.html"
    )
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_a_document_is_for_the_session_that_it_was_made_for(
    stub: Stub, ana: httpx.AsyncClient
) -> None:
    await ana.get("/")
    session = hashlib.sha256(ana.cookies["minipublic"].encode()).hexdigest()
    await stub.store(
        [Incoming("webchat", "", "x:1", sender=session, kind=IncomingKind.TEXT, text="/mydata")]
    )
    receipt = await stub.tell(
        Outgoing(text="", language="en", document=Document("my-data.json", None))
    )
    path = f"/chat/documents/{receipt.external_id}"
    answer = await ana.get(path)
    assert answer.json() == {"a": 1}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data.json"')
    assert answer.headers["Cache-Control"] == "no-store"
    async with browser(stub) as ben:
        await ben.get("/")
        assert (await ben.get(path)).status_code == 404
    for number in ("0", "-1", "x", "9" * 30):
        assert (await ana.get(f"/chat/documents/{number}")).status_code == 404
