"""How the page arranges buttons: scales, long answers, orders and pages of a list."""

from collections.abc import Sequence

import pytest

from bot.conversation.messages import Choice, Outgoing
from tests.browser.devtools import Page
from tests.browser.stub import HeardByStub, Stub
from tests.browser.test_webchat_conversation import BUTTONS, LOG, opens
from tests.browser.test_webchat_layout import SMALL, WIDER

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: How many buttons stand in each row of the newest answers.
ROWS = """(() => {
    const rows = new Map();
    for (const button of [...document.querySelectorAll(".choices:not(.aside)")].pop().children)
        rows.set(button.offsetTop, (rows.get(button.offsetTop) || 0) + 1);
    return [...rows.values()];
})()"""
WIDTHS = """new Set([...document.querySelectorAll(".list button")]
    .map((b) => Math.round(b.getBoundingClientRect().width))).size"""
ENDS = "[...document.querySelectorAll('.scale button')].map((b) => b.getBoundingClientRect().left)"

ASIDES = {"en": ("More (2/5)", "Undo", "Done", "Skip", "Back", "Later")}
ASIDES["ar"] = ("المزيد (2/5)", "تراجع", "تم", "تخطٍّ", "رجوع", "لاحقًا")
LONG = {"en": "Build more public transport so that nobody needs a car in town."}
LONG["ar"] = "بناء المزيد من وسائل النقل العام حتى لا يحتاج أحد إلى سيارة هنا"


async def asks(
    page: Page,
    stub: Stub,
    labels: Sequence[str],
    language: str = "en",
    replaces: str | None = None,
) -> str:
    choices = [Choice(f"9:{n}", label) for n, label in enumerate(labels)]
    choices += [Choice(f"9:!{n}", label, aside=True) for n, label in enumerate(ASIDES[language])]
    receipt = await stub.tell(
        Outgoing(text="?", language=language, choices=tuple(choices), replaces=replaces)
    )
    await page.until(f"{BUTTONS}.slice(-{len(choices)})[0] === {labels[0]!r}")
    assert receipt.external_id
    return receipt.external_id


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(
    ("width", "eleven", "twenty_one", "wide"),
    [
        (320, [6, 5], [6, 6, 6, 3], [3, 3]),
        (360, [6, 5], [7, 7, 7], [3, 3]),
        (1280, [11], [11, 10], [6]),
    ],
)
async def test_a_scale_stands_in_rows_of_one_length(
    page: Page,
    stub: Stub,
    width: int,
    eleven: list[int],
    twenty_one: list[int],
    wide: list[int],
    language: str,
) -> None:
    await page.sized(width, 740, phone=width < 1000)
    await opens(page, stub)
    for points, rows in [
        ([str(n) for n in range(11)], eleven),
        ([str(n) for n in range(-10, 11)], twenty_one),
        ([str(n) for n in range(10_000, 70_000, 10_000)], wide),
    ]:
        await asks(page, stub, points, language)
        assert await page.value(ROWS) == rows
        assert await page.value(SMALL) == []
        assert await page.value(WIDER) == []
        first, second, *_ = await page.value(ENDS)
        assert (first < second) == (language == "en")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_long_answers_stand_below_each_other(
    page: Page, stub: Stub, width: int, language: str
) -> None:
    await page.sized(width, 740, phone=width < 1000)
    await opens(page, stub)
    await asks(page, stub, [LONG[language], "1. Jobs", "✓ Homes", "W" * 64], language)
    assert await page.value(ROWS) == [1, 1, 1, 1]
    assert await page.value(WIDTHS) == 1
    assert await page.value(SMALL) == []
    assert await page.value(WIDER) == []


async def test_a_page_of_a_list_is_in_sight_as_a_whole_on_a_phone(page: Page, stub: Stub) -> None:
    await page.sized(360, 740, phone=True)
    await opens(page, stub)
    await page.value("new Promise((done) => setTimeout(done, 1600))")  # the welcome is read
    await asks(page, stub, [f"The country number {n}" for n in range(8)])
    top = "[...document.querySelectorAll('.bot .bubble')].pop().getBoundingClientRect().top"
    bottom = "[...document.querySelectorAll('.aside')].pop().getBoundingClientRect().bottom"
    await page.until(f"{bottom} <= document.querySelector('footer').getBoundingClientRect().top")
    assert await page.value(top) >= await page.value(
        "document.querySelector('header').offsetHeight"
    )


async def test_another_page_of_a_list_is_arranged_by_its_own_answers(
    page: Page, stub: Stub
) -> None:
    await opens(page, stub)
    asked = await asks(page, stub, ["Chad", "Cuba", "Mali", "Peru"])
    assert await page.value(ROWS) == [4]
    await asks(page, stub, ["Saint Vincent and the Grenadines", "Spain", "Togo", "X"], "en", asked)
    assert await page.value(ROWS) == [1, 1, 1, 1]
    await asks(page, stub, ["1", "2", "3", "4"], "en", asked)
    assert await page.value(ROWS) == [4]
    assert await page.value("document.querySelectorAll('.scale').length") == 1


async def test_a_tick_or_a_rank_moves_no_button(page: Page, stub: Stub) -> None:
    await opens(page, stub)
    labels = ["Clean air here", "Jobs", "Safety", "Homes"]
    asked = await asks(page, stub, labels)
    for mark in ("✓ ", "1. "):
        await asks(page, stub, [mark + labels[0], *labels[1:]], "en", asked)
        assert await page.value(ROWS) == [4]


async def test_a_line_that_every_press_brings_again_does_not_pile_up(
    page: Page, stub: Stub
) -> None:
    def script(heard: HeardByStub) -> list[Outgoing]:
        if heard.kind == "choice":
            return [Outgoing("At most 2 & no more.", "en", key="expected-at-most")]
        choices = tuple(Choice(f"1:{label}", label) for label in ("Trees", "Water", "Shade"))
        return [Outgoing("What else?", "en", choices=choices)]

    stub._script = script
    await page.open(stub.url + "/")
    for count, label in enumerate(("Trees", "Water", "Shade"), start=1):
        await page.click(".choices button", label)
        await page.until(f"{LOG}[1] === '> {label}' && {LOG}.length === 3")
        assert len(stub.stored) == count + 1
    assert await page.value(LOG) == ["What else?", "> Shade", "At most 2 & no more."]
