"""A real browser, where there is one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.devtools import CHROMIUM, Browser, Page, chromium
from tests.browser.script import MEDIA, Citizens
from tests.browser.stub import Stub


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():  # noqa: ASYNC240
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium")
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def stub(tmp_path: Path) -> AsyncIterator[Stub]:
    async with Stub(tmp_path, script=Citizens(), media=MEDIA) as stub:
        await stub.serve()
        yield stub


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, stub: Stub) -> AsyncIterator[Page]:
    """A fresh tab that prefers English; whatever it complains about fails the test."""
    async with browser.page() as page:
        await page.speaks("en")
        yield page
        assert page.complaints == []
