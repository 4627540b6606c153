"""The codebook: what it tells of each item, and what it keeps to itself."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.questionnaire import AnswerKind, Item, ItemType, Questionnaire, Scale
from bot.export.codebook import BookFormat, Codebook, Entry, codebook
from bot.export.codebook_file import write_codebook
from bot.export.codebook_markdown import markdown, share
from bot.export.disclosure import Hidden
from bot.export.instruments import Instrument, ItemKey
from bot.export.material import UnknownLanguage
from bot.export.tally import Moments, Tally
from bot.export.whole_file import NoSuchFolder
from tests.export.poll import (
    AGE,
    COMPLETE,
    DECLINED,
    DONT_KNOW,
    OPINION,
    PARTIAL,
    REFUSED,
    SKIPPED,
    TRUST,
    USES,
    VOTE,
    WHY,
    Part,
    Poll,
    texts,
)

FEW, WITHHELD = Hidden.FEW, Hidden.WITHHELD

GOLDEN = """\
# Codebook: A town

Counts are of people whose response was begun. *Asked* are those to whom the item was relevant in
the end; percentages are of these. Codes are those of the files in the wide shape; *number* is what
stands for a code in SPSS and Stata. `<5` is 1 to 4 people,
`withheld` a count that would tell how many those are.

## t1: trust

- type: range
- columns: `t1_trust`
- asked in: opinion 1

| language | wording | hint |
| --- | --- | --- |
| en | How much do you trust the council? | 0 is not at all |
| fr | Quelle confiance avez-vous ? | 0 : aucune |

Asked: 24. Answered: 15. Not relevant: 0. Mean: 1.40. Least: 1. Most: 2.

| code | number | en | fr | n | % |
| --- | --- | --- | --- | --- | --- |
| 0 |  |  |  | 0 | 0.0 |
| 1 |  |  |  | 9 | 37.5 |
| 2 |  |  |  | 6 | 25.0 |
| 97 | 97 | Don't know | Don't know | 9 | 37.5 |
| 98 | 98 | Refused | Refused | 0 | 0.0 |
| 99 | 99 | Not reached | Not reached | 0 | 0.0 |

## t1: vote

- type: select_one
- columns: `t1_vote`, `t1_vote_label`
- asked in: opinion 1

| language | wording |
| --- | --- |
| en | A new park? |
| fr | Un nouveau parc ? |

Asked: 24. Answered: 24. Not relevant: 0.

| code | number | en | fr | n | % |
| --- | --- | --- | --- | --- | --- |
| yes | 1 | Yes | Oui | 15 | 62.5 |
| no | 2 | No \\| never | Non | 9 | 37.5 |
| 97 | 97 | I can't say | Je ne sais pas | 0 | 0.0 |
| 98 | 98 | Refused | Refused | 0 | 0.0 |
| 99 | 99 | Not reached | Not reached | 0 | 0.0 |

## t1: uses

- type: select_multiple
- columns: `t1_uses_play`, `t1_uses_rest`, `t1_uses_label`
- asked in: opinion 1
- relevant if: `${vote} = 'yes'`

| language | wording |
| --- | --- |
| en | What is it for, in the people's view? |
| fr | Pour quoi faire ? |

Asked: 15. Answered: 15. Not relevant: 9. Several may be chosen: 1 is chosen, 0 is not.

| code | number | en | fr | n | % |
| --- | --- | --- | --- | --- | --- |
| play |  | Play | Jouer | 15 | 100.0 |
| rest |  | Rest | Se reposer | 9 | 60.0 |
| 97 | 97 | Don't know | Don't know | 0 | 0.0 |
| 98 | 98 | Refused | Refused | 0 | 0.0 |

## t1: age

- type: integer
- columns: `t1_age`
- asked in: opinion 1
- must be: `. < 90`

| language | wording |
| --- | --- |
| en | Your age? |
| fr | Votre âge ? |

Asked: 24. Answered: 15. Not relevant: 0. Mean: 38.00. Least: 20. Most: 50.

| code | number | en | fr | n | % |
| --- | --- | --- | --- | --- | --- |
| 97 | 97 | Don't know | Don't know | 0 | 0.0 |
| 98 | 98 | Refused | Refused | 9 | 37.5 |
| 99 | 99 | Not reached | Not reached | 0 | 0.0 |

## t1: why

- type: text
- columns: `t1_why`
- asked in: opinion 1

| language | wording |
| --- | --- |
| en | Why? |
| fr | Pourquoi ? |

Asked: 24. Answered: 9. Not relevant: 0.

| code | number | en | fr | n | % |
| --- | --- | --- | --- | --- | --- |
|  |  | Passed over | Passed over | 6 | 25.0 |
|  |  | Not reached | Not reached | 9 | 37.5 |
"""


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def answered(poll: Poll) -> None:
    """24 people, none of whom said anything that fewer than five others said."""
    both = {"trust": 1, "vote": "yes", "uses": ["play", "rest"], "age": 50, "why": "We need one."}
    await poll.hears(9, Part(COMPLETE, both))
    one = {"trust": 2, "vote": "yes", "uses": ["play"], "age": 20, "why": SKIPPED}
    await poll.hears(6, Part(COMPLETE, one))
    await poll.hears(9, Part(PARTIAL, {"trust": DONT_KNOW, "vote": "no", "age": REFUSED}))
    await poll.hears(5, Part())


async def test_a_small_codebook(poll: Poll, tmp_path: Path) -> None:
    await answered(poll)
    path = await write_codebook(poll.database, ["t1"], out=tmp_path)
    assert path == tmp_path / "t1-codebook.md"
    assert path.read_text("utf-8") == GOLDEN


async def test_one_language_alone(poll: Poll, tmp_path: Path) -> None:
    path = await write_codebook(poll.database, ["t1"], out=tmp_path / "fr.md", language="fr")
    words = path.read_text("utf-8")
    assert words.startswith("# Codebook: Une ville\n")
    assert "Quelle confiance" in words and "How much do you trust" not in words
    with pytest.raises(UnknownLanguage, match="town has no 'sw'; its languages are: en, fr"):
        await write_codebook(poll.database, ["t1"], out=tmp_path / "sw.md", language="sw")
    with pytest.raises(NoSuchFolder):
        await write_codebook(poll.database, ["t1"], out=tmp_path / "nowhere" / "fr.md")
    assert files_in(tmp_path) == ["fr.md"]


async def test_a_codebook_for_excel(poll: Poll, tmp_path: Path) -> None:
    await answered(poll)
    path = await write_codebook(
        poll.database, ["t1", "t2"], format=BookFormat.XLSX, out=tmp_path / "book.xlsx"
    )
    again = await write_codebook(
        poll.database, ["t1", "t2"], format=BookFormat.XLSX, out=tmp_path / "again.xlsx"
    )
    assert path.read_bytes() == again.read_bytes()
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["items", "codes", "versions", "about"]
    header, *items = [list(row) for row in book["items"].values]
    age = dict(zip(header, next(row for row in items if row[:2] == ["t1", "age"]), strict=True))
    assert (age["columns"], age["en"], age["fr"]) == ("t1_age", "Your age?", "Votre âge ?")
    assert (age["logic"], age["asked"], age["answered"]) == ("must be . < 90", 24, 15)
    assert (age["mean"], age["least"], age["most"]) == (pytest.approx(38), 20, 50)
    codes = [list(row) for row in book["codes"].values]
    assert ["t1", "vote", "no", 2, None, "No | never", "Non", 9, 37.5] in codes
    assert ["t1", "vote", "97", 97, "Don't know", "I can't say", "Je ne sais pas", 0, 0] in codes
    assert ["t2", "opinion", 1, "why", "text", "Why?", "Pourquoi ?"] in [
        list(row) for row in book["versions"].values
    ]
    assert "email" not in {cell for sheet in book for row in sheet.values for cell in row}


async def test_few_people_are_told_of_nowhere(poll: Poll, tmp_path: Path) -> None:
    said = {"trust": 2, "vote": "yes", "uses": ["play"], "age": 50, "why": "Yes."}
    await poll.hears(12, Part(COMPLETE, said))
    await poll.hears(2, Part(COMPLETE, {**said, "vote": DONT_KNOW, "age": 18, "trust": 0}))
    await poll.hears(6, Part(DECLINED))
    path = await write_codebook(poll.database, ["t1"], out=tmp_path)
    words = path.read_text("utf-8")
    assert "| 97 | 97 | I can't say | Je ne sais pas | <5 |  |" in words
    assert "| 99 | 99 | Not reached | Not reached | withheld |  |" in words
    assert "Asked: 20. Answered: 12. Not relevant: 0." in words  # of the vote
    assert "Answered: 14. Not relevant: 0. Mean: 45.43. Most: 50." in words  # 18 was said by two
    assert "Mean: 1." not in words  # of trust: it would tell how many said 0


# --- Counts, without a database ---------------------------------------------------------------


def responses(*said: dict[str, Any], form: Questionnaire) -> list[Any]:
    """People who were asked everything in `form`; no other part of a person is looked at."""
    row = SimpleNamespace(invited_at=None, started_at=None, completed_at=None)
    parts = []
    for answers in said:
        values = {c: v for c, v in answers.items() if not isinstance(v, AnswerKind)}
        kinds = {c: v for c, v in answers.items() if isinstance(v, AnswerKind)}
        told = SimpleNamespace(values=values, kinds=kinds, asked=form.by_code)
        parts.append(SimpleNamespace(row=row, last=None, begun=True, questionnaire=form, told=told))
    return [SimpleNamespace(parts={"t1": part}) for part in parts]


def book_of(*said: dict[str, Any], forms: tuple[Questionnaire, ...] = (OPINION,)) -> Codebook:
    instruments = [Instrument("t1", forms)]
    tally = Tally(instruments)
    tally.take(responses(*said, form=forms[0]))
    whose: Any = SimpleNamespace(code="town", title=texts("A town", "Une ville"))
    return codebook(whose, instruments, tally, lambda words: words["en"], ["en"])


def entry_of(code: str, *said: dict[str, Any], **more: Any) -> Entry:
    return next(each for each in book_of(*said, **more).entries if each.item.code == code)


def test_a_choice_that_few_did_not_make_is_withheld() -> None:
    uses = entry_of("uses", *[{"uses": ["play", "rest"]}] * 9, *[{"uses": ["rest"]}] * 3)
    assert [(code.code, code.count) for code in uses.codes] == [("play", WITHHELD), ("rest", 12)]
    assert [share(uses, code) for code in uses.codes] == ["", "100.0"]


def test_a_rank_counts_what_came_first() -> None:
    ranked = Item("order", ItemType.RANK, texts("Order?", "Ordre ?"), choices=USES.choices)
    form = Questionnaire("opinion", 1, {}, (ranked,))
    order = entry_of(
        "order",
        *[{"order": ["rest", "play"]}] * 7,
        *[{"order": ["play", "rest"]}] * 5,
        forms=(form,),
    )
    assert [(code.code, code.count) for code in order.codes] == [("play", 5), ("rest", 7)]
    assert "Counted: how often each came first." in markdown(
        Codebook("town", {"en": "A town"}, ["en"], [Instrument("t1", (form,))], [order])
    )


def test_a_wide_range_is_told_as_a_number() -> None:
    wide = replace(TRUST, scale=Scale(0, 100))
    form = Questionnaire("opinion", 1, {}, (wide,))
    trust = entry_of("trust", *[{"trust": 40}] * 6, {"trust": 90}, forms=(form,))
    assert trust.codes == [] and trust.figures is not None
    assert (trust.figures.least, trust.figures.most) == (40, None)


def test_an_item_tells_which_versions_have_it() -> None:
    second = Questionnaire("opinion", 2, {}, (replace(VOTE, label=texts("Now?", "?")), AGE, WHY))
    book = book_of({"vote": "yes"}, forms=(second, OPINION))
    versions = {entry.item.code: entry.versions for entry in book.entries}
    assert versions["vote"] == [("opinion", 2), ("opinion", 1)]
    assert versions["trust"] == [("opinion", 1)]
    assert "| en | Now? |" in markdown(book) and "A new park?" not in markdown(book)


ANSWERS = st.lists(
    st.sampled_from(["yes", "no", DONT_KNOW, REFUSED, SKIPPED, None]), min_size=1, max_size=40
)


@given(ANSWERS)
def test_no_figure_of_an_item_gives_a_hidden_one_away(said: list[Any]) -> None:
    vote = entry_of("vote", *({} if value is None else {"vote": value} for value in said))
    counts = [code.count for code in (*vote.codes, *vote.missing)]
    hidden = [count for count in counts if isinstance(count, Hidden)]
    assert not any(isinstance(count, int) and 0 < count < 5 for count in counts)
    assert len(hidden) != 1 or isinstance(vote.asked, Hidden)
    values, missing = [c.count for c in vote.codes], [c.count for c in vote.missing]
    if isinstance(vote.answered, int):
        assert values.count(FEW) + values.count(WITHHELD) != 1
        assert missing.count(FEW) + missing.count(WITHHELD) != 1 or isinstance(vote.asked, Hidden)
    for code in vote.codes + vote.missing:
        told = isinstance(code.count, int) and isinstance(vote.asked, int)
        assert bool(share(vote, code)) == told


@given(st.lists(st.integers(-50, 50), min_size=1))
def test_mean_and_extremes_in_one_pass(numbers: list[int]) -> None:
    moments = Moments()
    for number in numbers:
        moments.add(number)
    assert moments.mean == pytest.approx(sum(numbers) / len(numbers))
    assert (moments.least, moments.least_count) == (min(numbers), numbers.count(min(numbers)))
    assert (moments.most, moments.most_count) == (max(numbers), numbers.count(max(numbers)))


def test_the_tally_does_not_grow_with_people() -> None:
    instruments = [Instrument("t1", (OPINION,))]
    tally = Tally(instruments)
    tally.take(responses(*[{"age": number, "why": str(number)} for number in range(500)],
                         form=OPINION))  # fmt: skip
    for code in ("age", "why"):
        item = OPINION.by_code[code]
        counted = tally.of("t1", ItemKey.of(item))
        assert (counted.answered, counted.codes) == (500, {})
