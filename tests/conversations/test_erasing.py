"""After somebody has erased everything, nothing leads from what is kept to the person.

A play with several people; then the rows of before and after are compared, every column with every
other, and the files that staff made before and after as well.
"""

import asyncio
import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from bot.broadcasting.staff import draft
from bot.domain.broadcast import BroadcastText
from bot.export import Format, Shape, export
from bot.storage.broadcasts import Draft
from bot.storage.tables import conversation, deliberation, metadata, participant
from tests.cast.citizens import Citizen, TelegramCitizen, WebCitizen
from tests.cast.town import Town

Rows = dict[str, list[dict[str, Any]]]

#: Tables with rows of people that are numbered, and never twice.
COUNTED = ("conversation", "address", "inbox", "outbox", "webchat_message")

#: What people answered is what it was, before and after.
ANSWERED = {("answer", "value"), ("participant", "profile"), ("participant", "country")}


async def everything(town: Town) -> Rows:
    """All rows of all tables, as they are in the database."""
    rows: Rows = {}
    for table in metadata.sorted_tables:
        found = await town.rows(select(table))
        rows[table.name] = [dict(row._mapping) for row in found]
    return rows


def values(cell: Any) -> Iterator[Any]:
    """What a join could be made by: the cell, what is in it, and the parts of a composed key."""
    if isinstance(cell, Mapping):
        for name, part in cell.items():
            yield from values(name)
            yield from values(part)
    elif isinstance(cell, list | tuple):
        for part in cell:
            yield from values(part)
    elif isinstance(cell, str):
        yield cell
        yield from cell.split(":")
    elif isinstance(cell, datetime):
        if cell.time() != time(0):  # of a day alone there are many
            yield cell
    elif isinstance(cell, int) and abs(cell) > 1000:  # smaller ones are met by chance
        yield cell


def known(rows: Rows) -> dict[Any, set[str]]:
    """Each value, and the columns that have it."""
    found: dict[Any, set[str]] = {}
    for table, listed in rows.items():
        for row in listed:
            for column, cell in row.items():
                if (table, column) not in ANSWERED:
                    for value in values(cell):
                        found.setdefault(value, set()).add(f"{table}.{column}")
    return found


def rows_of(rows: Rows, who: set[str]) -> Rows:
    """All rows that point at these people, at a row of theirs, or at one that points at it."""
    keys = {("participant", id_) for id_ in who}
    theirs: Rows = {name: [] for name in rows}
    rest = [(name, row) for name, listed in rows.items() for row in listed]
    found = True
    while found:
        found = False
        others = []
        for name, row in rest:
            if not _points(name, row, keys):
                others.append((name, row))
                continue
            found = True
            theirs[name].append(row)
            if name in ("participant", "response", "conversation", "outbox"):
                keys.add((name, row["id"]))
        rest = others
    return theirs


def without(rows: Rows, these: Rows) -> Rows:
    gone = {id(row) for listed in these.values() for row in listed}
    return {name: [row for row in listed if id(row) not in gone] for name, listed in rows.items()}


def _points(name: str, row: dict[str, Any], keys: set[tuple[str, Any]]) -> bool:
    at = {(name, row.get("id")), (row.get("subject"), row.get("subject_id"))} | {
        (column.removesuffix("_id"), cell)
        for column, cell in row.items()
        if column in ("participant_id", "response_id", "conversation_id", "outbox_id")
    }
    return name not in ("broadcast", "deliberation") and not at.isdisjoint(keys)


async def lives(citizen: Citizen, town: Town) -> None:
    """Joins, answers, changes an answer, reads, takes a pause, asks for their data."""
    await citizen.is_enrolled()
    await citizen.answers_t1()
    for words in ("/briefings", "1", "/pause", "/resume", "/mydata", "/home"):
        await citizen.says(words)
        await reads_on(citizen, town)


async def reads_on(citizen: Citizen, town: Town) -> None:
    await town.settles()
    await asyncio.sleep(0.15)
    while citizen.unread:
        await citizen.sees_anything()


async def count_from_afar(town: Town) -> None:
    """Lets each table count its rows from another number on, so that none is met by chance."""
    async with town.app.database.writing() as transaction:
        for place, table in enumerate(COUNTED, start=1):
            statement = f"ALTER SEQUENCE {table}_id_seq RESTART WITH {place}000000"
            if town.app.database.is_sqlite:
                statement = f"INSERT INTO sqlite_sequence VALUES ('{table}', {place}000000)"
            await transaction.execute(text(statement))


async def made_files(town: Town, folder: Path) -> dict[str, list[dict[str, str]]]:
    made = {}
    for shape in Shape:
        path = await export(
            town.app.database,
            ["t1"],
            shape=shape,
            format=Format.CSV,
            out=folder.with_suffix(f".{shape}.csv"),
            history=shape is Shape.LONG,
            paradata=shape is Shape.WIDE,
        )
        with path.open(encoding="utf-8-sig", newline="") as file:
            made[shape.value] = list(csv.DictReader(file))
    return made


@pytest.mark.parametrize("on_erase", ["remove", "anonymise"])
async def test_nothing_that_is_kept_can_be_joined_to_whom_it_came_from(
    citizen: Citizen, town: Town, on_erase: str, tmp_path: Path
) -> None:
    async with town.app.database.writing() as transaction:
        await transaction.execute(
            update(deliberation).values(on_erase=on_erase, revision=deliberation.c.revision + 1)
        )
    await count_from_afar(town)
    async with TelegramCitizen(town) as asha, WebCitizen(town) as ben:
        for somebody in (asha, citizen, ben):
            await lives(somebody, town)
            await town.advances(hours=1)
        await town.advances(days=3)  # all have been invited and reminded of what there is
        for somebody in (asha, citizen, ben):
            await reads_on(somebody, town)
        (here,) = await town.rows(
            select(conversation.c.id, conversation.c.participant_id)
            .order_by(conversation.c.id)
            .offset(1)
            .limit(1)
        )
        who = here.participant_id
        picked = [row.id for row in await town.rows(select(participant.c.id))]
        await draft(
            town.app.database,
            None,
            Draft({"en": BroadcastText("Thank you")}, by_hand=picked),
            {},
            town.clock.now(),
        )
        before = await everything(town)
        files_before = await made_files(town, tmp_path / "before")
        await citizen.says("/delete")
        await citizen.sees(
            "confirm-delete-anonymise" if on_erase == "anonymise" else "confirm-delete"
        )
        await citizen.chooses("button-delete")
        await citizen.sees("erased")
        await town.settles()
        after = await everything(town)
        files_after = await made_files(town, tmp_path / "after")

    strangers = {row["id"] for row in before["participant"]} - {who}
    theirs = rows_of(before, {who})
    shared = known(without(before, theirs) | {"broadcast": []})
    own = {value: where for value, where in known(theirs).items() if value not in shared}
    assert len(own) > 100 and {who, here.id} <= own.keys()

    # No value or time that was this person's alone is anywhere; but for the number of a
    # conversation that nobody has any more, and by which a repeated message is known for a day.
    there = known(after)
    left = {value: there[value] for value in own if value in there}
    harmless = {
        *("conversation.id", "inbox.conversation_id", "outbox.conversation_id"),
        *("webchat_message.conversation_id", "inbox.id", "inbox.external_id"),
    }
    assert {c for where in left.values() for c in where} <= harmless, left
    (shell,) = [row for row in after["conversation"] if row["id"] == here.id]
    assert shell["participant_id"] is None and shell["asked_at"] is None

    # Nor does what is kept point to what is left of the conversation, or to anything else.
    kept_people = {row["id"] for row in after["participant"]} - strangers
    kept = rows_of(after, kept_people)
    assert not any(kept[name] for name in ("conversation", "inbox", "outbox", "event", "identity"))
    others = rows_of(after, strangers)
    common = known(others)
    for value, columns in known(kept).items():
        assert (
            columns
            <= {
                *("participant.id", "participant.status", "participant.timezone"),
                *("response.id", "answer.id", "consent.id"),
                *("response.participant_id", "answer.response_id", "consent.participant_id"),
                *("invitation.participant_id", "reading.participant_id"),
            }
            or value in common
        ), (value, columns)

    if on_erase == "remove":
        assert not any(kept.values())
        assert not [r for r in files_after["wide"] if r["participant"] not in strangers]
        return
    assert len(kept["participant"]) == 1 and len(kept["response"]) == 2
    assert {a["value"] for a in kept["answer"] if not isinstance(a["value"], list)} >= {"bus", 7}
    assert all(a["replaced_at"] is None and a["id"] < 0 for a in kept["answer"])
    times = [
        c for rows in kept.values() for r in rows for c in r.values() if isinstance(c, datetime)
    ]
    assert times and all(at.time() == time(0) for at in times)

    # In the files the answers are the same, and nothing else tells.
    for shape, rows in files_after.items():
        said = [row for row in rows if row["participant"] in kept_people]
        was = [row for row in files_before[shape] if row["participant"] == who]
        assert said and was
        assert [r["participant"] for r in rows] == sorted(r["participant"] for r in rows)
        for column in was[0]:
            if column == "participant" or column.endswith("_at"):
                known_before = {row[column] for row in was} - {""}
                assert known_before.isdisjoint(row[column] for row in said), column


async def test_of_a_conversation_that_was_erased_nothing_is_left_after_a_day(
    citizen: Citizen, town: Town
) -> None:
    await citizen.is_enrolled()
    await citizen.says("/delete")
    await citizen.sees("confirm-delete")
    await citizen.chooses("button-delete")
    await citizen.sees("erased")
    await town.settles()
    assert (await everything(town))["inbox"]
    await town.advances(days=1, hours=1)
    left = await everything(town)
    assert not left["inbox"] and not left["participant"] and not left["address"]
    (shell,) = left["conversation"]
    assert shell["erased_at"] is None
    (farewell,) = left["outbox"]
    assert farewell["body"] is None and farewell["external_id"] is None
    assert farewell["ended_at"].time() == time(0)
