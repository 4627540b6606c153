"""How an item was answered, as columns of the wide shape beside what was answered."""

from collections.abc import Sequence

from bot.domain.questionnaire import Item
from bot.export.columns import Cell, Column, ColumnType
from bot.export.people import Told
from bot.export.variables import Filled

#: Named after the item's own column: `t1_q__language`.
COLUMNS = (
    Column("language", "Language it was asked in"),
    Column("channel", "Channel of the answer"),
    Column("asked_at", "Asked (UTC)", ColumnType.TIME),
    Column("answered_at", "Answered (UTC)", ColumnType.TIME),
    Column("changes", "How often the answer was changed", ColumnType.WHOLE),
)

#: Of items whose choices come in another order for each participant.
ORDER = Column("order", "Codes of the choices in the order shown, separated by spaces")


def columns_of(wordings: Sequence[Item]) -> Sequence[Column]:
    """Of an item with these `wordings`; a derived one, which nobody is asked, has none."""
    if wordings[0].derived:
        return ()
    return (*COLUMNS, ORDER) if any(item.randomized for item in wordings) else COLUMNS


def filled(code: str, columns: Sequence[Column]) -> Filled:
    """How to tell it of the item `code`; empty cells if it was not reached."""

    def cells(told: Told) -> Sequence[Cell]:
        if code not in told.values and code not in told.kinds:
            return nothing
        given, changes = told.part.paradata[code]
        shown = None if given.choices_shown is None else " ".join(given.choices_shown)
        asked = (given.language, given.channel, given.asked_at, given.answered_at, changes, shown)
        return asked[: len(columns)]

    nothing = [None] * len(columns)
    return lambda block: list(zip(*map(cells, block), strict=True))
