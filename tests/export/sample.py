"""A table with every type of column and what has broken such files elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from bot.export.columns import Cell, Column, ColumnType
from bot.export.formats import Format, writer_of

MISSING = {97: "Sijui · لا أعرف", 98: "Refused", 99: "Not reached"}
FAMILY = "👩🏽‍👩🏽‍👧🏽‍👦🏽"  # eleven code points, one sign
LONG_LABEL = "Je, unakubaliana na pendekezo hili? هل توافق؟ " * 5
LONG_NAME = "t1_q07_an_option_whose_code_is_as_long_as_the_form_designer_was_patient_enough_to_type"

COLUMNS = (
    Column("participant", "Pseudonym"),
    Column("open", LONG_LABEL),
    Column(
        "vote",
        "Your vote",
        ColumnType.CODE,
        {"01": "Ndiyo", "02": "لا", "none": f"{FAMILY * 4} neither"},
        MISSING,
        {"01": 1, "02": 2, "none": 3},
    ),
    Column("vote_label", "Your vote", words=True),
    Column(
        "region",
        "Region",
        ColumnType.CODE,
        {"007": "Pwani", "x": "Bonde", "nobody_lives_here": "Jangwa"},
        {-97: "Unknown"},
    ),
    Column("age", "Age", ColumnType.WHOLE, missing=MISSING),
    Column(LONG_NAME, "Chosen", ColumnType.WHOLE, {0: "Not chosen", 1: "Chosen"}, {97: "Unknown"}),
    Column("trust", "Trust", ColumnType.WHOLE, {0: "None", 10: "Full"}, MISSING),
    Column("hours", "Hours", ColumnType.NUMBER, missing=MISSING),
    Column("born", "Born", ColumnType.DATE, missing=MISSING),
    Column("answered_at", "Answered (UTC)", ColumnType.TIME),
)

ARABIC = "نعم، أوافق على هذا الاقتراح." * 108  # 3,024 characters, more than 5,000 bytes
EMOJI = FAMILY * 273  # 3,003 characters, more than 11,000 bytes
AT = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
ROWS: Sequence[Sequence[Cell]] = (
    ("p1", ARABIC, "01", "Ndiyo", "007", 41, 1, 10, 2.5, date(1985, 3, 1), AT),
    ("p2", EMOJI, "02", "لا", "x", 0, 0, 0, -0.125, date(2026, 12, 31), AT.replace(year=2001)),
    ("p3", "=1+1", "none", "neither", "007", 999_999_999_999_999, 1, 7, 1e12, date(1899, 1, 2), AT),
    ("p4", "@SUM(A1)", 97, "Don't know", -97, 97, 97, 97, 97, 97, None),
    ("p5", "007", 98, "Refused", None, 98, None, 98, 98, 98, None),
    ("p6", "kwanza\npili\t\"tatu\", 'nne'", 99, None, "x", 99, None, 99, 99, 99, None),
    ("p7", "<r>&amp;</r>", "01", None, None, -5, 0, 1, 0.1, date(1960, 4, 7), None),
    ("p8", *[None] * 10),
    ("p9", "http://example.org/?q=1", "01", "Ndiyo", "x", 1, 1, 1, 1, date(1970, 1, 1), AT),
)


def write(
    format: Format,
    path: Path,
    columns: Sequence[Column] = COLUMNS,
    rows: Iterable[Sequence[Cell]] = ROWS,
    *,
    block: int = 4,
) -> Path:
    """As an export does: in blocks."""
    writer = writer_of(format)(path, columns)
    left = iter(rows)
    try:
        while part := list(islice(left, block)):
            writer.write(part)
    finally:
        writer.close()
    return path


def column_of(
    name: str, columns: Sequence[Column] = COLUMNS, rows: Iterable[Sequence[Cell]] = ROWS
) -> list[Cell]:
    """The cells of one column."""
    place = [column.name for column in columns].index(name)
    return [row[place] for row in rows]
