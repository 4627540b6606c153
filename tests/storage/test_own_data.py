"""The file with a person's own data leaves nothing out."""

from sqlalchemy import Table
from sqlalchemy.sql.visitors import iterate

from bot.storage.own_data import sections
from bot.storage.tables import metadata

#: What points at a person.
PEOPLE = {"participant_id", "conversation_id", "response_id"}

#: Not in the file: copies of what is in the outbox, and what an organiser wrote to many.
ELSEWHERE = {"webchat_message", "broadcast"}


def test_every_table_that_knows_a_person_is_in_the_file() -> None:
    there = {
        table.name
        for section in sections("p1")
        for table in iterate(section.rows)
        if isinstance(table, Table)
    }
    knowing = {t.name for t in metadata.tables.values() if PEOPLE & set(t.columns.keys())}
    assert knowing - ELSEWHERE <= there
    assert {"participant", "event"} <= there
