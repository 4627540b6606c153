"""Response and attrition: over people, by group, and without telling of few."""

import csv
from pathlib import Path

import pytest

from bot.domain.states import ResponseStatus
from bot.export.response_table import By, ResponseTable, response, write_response
from tests.export.poll import COMPLETE, DECLINED, PARTIAL, Part, Poll

DONE = Part(COMPLETE, {"trust": 1})
BEGUN = Part(PARTIAL, {"trust": 1})
STILL = Part(ResponseStatus.IN_PROGRESS, {"trust": 1})
NOT = Part(DECLINED)
NEVER = Part()


async def rows(poll: Poll, *waves: str, by: By = By.STRATUM) -> list[dict[str, str]]:
    table = await response(poll.database, waves or ("t1", "t2"), by=by)
    return [dict(zip(table.header, row, strict=True)) for row in table.rows()]


def of(rows: list[dict[str, str]], group: str, wave: str) -> str:
    [row] = [row for row in rows if list(row.values())[:2] == [group, wave]]
    return " ".join(cell or "-" for cell in list(row.values())[2:])


async def test_what_became_of_the_invitations(poll: Poll) -> None:
    await poll.hears(20, DONE, DONE, stratum="north")
    await poll.hears(10, DONE, NEVER, stratum="north")
    await poll.hears(10, BEGUN, NOT, stratum="north")
    await poll.hears(12, DONE, DONE, stratum="south")
    await poll.hears(6, DONE, STILL, stratum="south")
    await poll.hears(7, NOT, stratum="south")
    await poll.hears(5, NEVER)
    told = await rows(poll)
    # invited, complete, partial, in_progress, refusal, non-contact, RR1, came again, retention
    assert of(told, "north", "t1") == "40 30 10 0 0 0 75.0 - -"
    assert of(told, "south", "t1") == "25 18 0 0 7 0 72.0 - -"
    assert of(told, "(none)", "t1") == "5 0 0 0 0 5 0.0 - -"
    assert of(told, "total", "t1") == "70 48 10 0 7 5 68.6 - -"
    assert of(told, "north", "t2") == "40 20 0 0 10 10 50.0 20 66.7"
    assert of(told, "south", "t2") == "18 12 0 6 0 0 66.7 12 66.7"
    assert of(told, "(none)", "t2") == "0 0 0 0 0 0 - 0 -"
    assert of(told, "total", "t2") == "58 32 0 6 10 10 55.2 32 66.7"


async def test_who_completed_only_the_second_wave_did_not_come_again(poll: Poll) -> None:
    await poll.hears(10, DONE, DONE)
    await poll.hears(10, NEVER, DONE)
    await poll.hears(10, DONE, NEVER)
    assert of(await rows(poll), "total", "t2").split()[-2:] == ["10", "50.0"]


@pytest.mark.parametrize("by", By)
async def test_people_are_told_apart_by(poll: Poll, by: By) -> None:
    about = {"stratum": "north", "country": "ke", "cohort": "spring", "arm": "control"}
    await poll.hears(8, DONE, **about)
    groups = {row[by.value] for row in await rows(poll, "t1", by=by)}
    assert groups == {about.get(by.value, "en"), "total"}


async def test_few_people_are_not_told_of(poll: Poll) -> None:
    await poll.hears(20, DONE, stratum="north")
    await poll.hears(9, NEVER, stratum="north")
    await poll.hears(30, DONE, stratum="south")
    await poll.hears(2, NEVER, stratum="south")
    told = await rows(poll, "t1")
    assert of(told, "south", "t1") == "32 withheld 0 0 0 <5 - - -"
    assert of(told, "north", "t1") == "29 withheld 0 0 0 withheld - - -"
    assert of(told, "total", "t1") == "61 50 0 0 0 11 82.0 - -"


async def test_few_who_came_again_are_not_told_of(poll: Poll) -> None:
    await poll.hears(3, DONE, DONE, stratum="north")
    await poll.hears(20, DONE, NEVER, stratum="north")
    await poll.hears(15, DONE, DONE, stratum="south")
    await poll.hears(15, DONE, NEVER, stratum="south")
    told = await rows(poll)
    assert of(told, "north", "t1").startswith("23 23 ")
    assert of(told, "north", "t2").endswith("<5 -")
    assert of(told, "south", "t2").endswith("withheld -")
    assert of(told, "total", "t2").endswith("18 34.0")


async def test_nobody_can_be_counted_by_how_many_might_have_come_again(poll: Poll) -> None:
    """Where it is hidden how many completed a wave, so is how many of them came again."""
    await poll.hears(2, DONE, DONE, stratum="north")
    await poll.hears(20, NEVER, DONE, stratum="north")
    await poll.hears(30, DONE, DONE, stratum="south")
    await poll.hears(10, NEVER, DONE, stratum="south")
    told = await rows(poll)
    assert of(told, "north", "t1").split()[1] == "<5"
    assert of(told, "south", "t1").split()[1] == "withheld"
    assert [of(told, group, "t2").split()[-2:] for group in ("north", "south")] == [
        ["withheld", "-"],
        ["withheld", "-"],
    ]


async def test_the_table_as_files(poll: Poll, tmp_path: Path) -> None:
    await poll.hears(8, DONE, stratum="a|b")
    table: ResponseTable = await response(poll.database, ["t1"], by=By.STRATUM)
    await write_response(table, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *found = csv.reader(file)
    assert header == list(table.header) and found == [list(row) for row in table.rows()]
    await write_response(table, tmp_path / "r.md")
    lines = (tmp_path / "r.md").read_text("utf-8").splitlines()
    assert lines[2] == "| a\\|b | t1 | 8 | 8 | 0 | 0 | 0 | 0 | 100.0 |  |  |"
