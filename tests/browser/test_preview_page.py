"""The page of `minipublic preview`, as staff open it on a desk and translators on a phone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation.catalogue import LOCALES, Catalogues
from bot.preview.asking import put_all
from bot.preview.page import page as preview_page
from bot.preview.source import read_source
from tests.browser.devtools import Page
from tests.browser.test_webchat_layout import WIDER

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARK = Path(__file__).parents[2] / "examples/every-item/questionnaires/park.md"


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_every_item_fits_and_reads_in_its_direction(
    page: Page, tmp_path: Path, width: int, language: str
) -> None:
    source = read_source(PARK)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    items = list(
        put_all(source.questionnaire, source.languages, language, Catalogues(LOCALES), now)
    )
    file = tmp_path / "park.html"
    file.write_text(preview_page(source.questionnaire, language, items, source.folder), "utf-8")

    await page.sized(width, 740, phone=width < 1000)
    await page.open(file.as_uri())

    await page.until(f"document.querySelectorAll('section').length === {len(items)}")
    assert await page.value(WIDER) == []
    assert await page.value("document.documentElement.scrollWidth <= innerWidth")
    direction = {"en": "ltr", "ar": "rtl"}[language]
    turned = "[...document.querySelectorAll('article')].map((a) => getComputedStyle(a).direction)"
    assert set(await page.value(turned)) == {direction}
    assert await page.value("document.images[0].complete && document.images[0].naturalWidth") == 640
