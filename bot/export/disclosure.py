"""Which counts of people may be published: the minimum-frequency rule, and what guards it.

A count of one to four people could point at one of them, so it is shown as fewer than five. Where
it could be computed from totals, other counts are withheld as well, the smallest that do. Each
table is guarded for itself: what several tables tell together is not looked into.

Source: Hundepool et al., "Handbook on Statistical Disclosure Control" (ESSnet, 2010), chapter 4:
the minimum-frequency rule and secondary cell suppression.
"""

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum

#: The least number of people that is shown.
FEWEST = 5


class Hidden(StrEnum):
    """What stands in the place of a count."""

    FEW = "<5"  #: One to four.
    WITHHELD = "withheld"  #: Any number but zero: it would tell what a smaller one is.


Shown = int | Hidden
Cell = tuple[int, int]  #: Row and column.

_Shift = dict[Cell, int]


def small(count: int) -> bool:
    """Whether so few people could be recognised. Nobody is nobody's secret."""
    return 0 < count < FEWEST


def percent(part: Shown, whole: Shown) -> float | None:
    """None where one of them is hidden: a share of a known whole tells the part."""
    if isinstance(part, Hidden) or isinstance(whole, Hidden) or not whole:
        return None
    return 100 * part / whole


def publish_parts(parts: Sequence[int]) -> list[Shown]:
    """Counts whose sum is known; the sum is published behind them, as the last."""
    return _Table([[*parts, sum(parts)]], columns_add_up=False).published()[0]


def publish_table(
    rows: Sequence[Sequence[int]], withheld: Collection[Cell] = (), fixed: Collection[int] = ()
) -> list[list[Shown]]:
    """A table of counts, with the total of each row behind it and the row of totals below.

    No hidden count follows from those shown: for each there is another table with the same shown
    counts. `withheld` are hidden in any case; columns `fixed` are already published elsewhere, as
    they are here. Raises `ValueError` where nothing can hide a small count; that cannot be unless
    `fixed` columns hold small counts that are not `withheld`.
    """
    added = [[*row, sum(row)] for row in rows]
    width = len(added[0]) if added else 1
    total = [sum(row[column] for row in added) for column in range(width)]
    return _Table([*added, total], True, withheld, fixed).published()


class _Table:
    """The last column adds up the others; so does the last row if `columns_add_up`."""

    def __init__(
        self,
        counts: Sequence[Sequence[int]],
        columns_add_up: bool,
        withheld: Collection[Cell] = (),
        fixed: Collection[int] = (),
    ) -> None:
        self._counts = counts
        self._columns_add_up = columns_add_up
        self._fixed = fixed
        self._hidden: dict[Cell, Hidden] = dict.fromkeys(withheld, Hidden.WITHHELD)
        self._safe: set[Cell] = set()

    def published(self) -> list[list[Shown]]:
        few = [
            (row, column)
            for row, counts in enumerate(self._counts)
            for column, count in enumerate(counts)
            if small(count) and (row, column) not in self._hidden
        ]
        self._hidden |= dict.fromkeys(few, Hidden.FEW)
        for cell in few:
            if cell not in self._safe:
                self._guard(cell)
        return [
            [self._hidden.get((row, column), count) for column, count in enumerate(counts)]
            for row, counts in enumerate(self._counts)
        ]

    def _guard(self, cell: Cell) -> None:
        """Hide what it takes so that `cell` could as well be one more, or one less."""
        found = min(
            ((self._cost(shift), shift) for shift in self._shifts(cell)),
            key=lambda each: each[0],
            default=None,
        )
        if found is None:
            raise ValueError(f"no counts can hide the one in {cell}")
        for corner, change in found[1].items():
            keeps = corner in self._hidden and self._possible(corner, change)
            self._hidden[corner] = self._hidden[corner] if keeps else Hidden.WITHHELD
            self._safe.add(corner)

    def _shifts(self, cell: Cell) -> Iterator[_Shift]:
        """Changes of counts, `cell` among them, that leave every sum as it is."""
        row, column = cell
        rows = [r for r in range(len(self._counts)) if r != row] if self._columns_add_up else [None]
        for other_column in range(len(self._counts[row])):
            if other_column == column or not self._counts[row][other_column]:
                continue
            across = -self._sign(column) * self._sign(other_column)
            for other_row in rows:
                shift = {cell: 1, (row, other_column): across}
                if other_row is not None:
                    down = -self._row_sign(row) * self._row_sign(other_row)
                    shift[other_row, column] = down
                    shift[other_row, other_column] = down * across
                for direction in (1, -1):
                    changed = {corner: direction * change for corner, change in shift.items()}
                    if self._can_hide(changed):
                        yield changed

    def _sign(self, column: int) -> int:
        return -1 if column == len(self._counts[0]) - 1 else 1

    def _row_sign(self, row: int) -> int:
        return -1 if row == len(self._counts) - 1 else 1

    def _can_hide(self, shift: _Shift) -> bool:
        """Zeros stay: that nobody was still answering, say, follows from the wave being closed."""
        for (row, column), change in shift.items():
            if self._counts[row][column] + change < 1 or not self._counts[row][column]:
                return False
            if column in self._fixed:
                return False
        return True

    def _possible(self, cell: Cell, change: int) -> bool:
        """Whether what stands in its place allows the count so changed."""
        count = self._counts[cell[0]][cell[1]] + change
        return self._hidden[cell] is Hidden.WITHHELD or small(count)

    def _cost(self, shift: _Shift) -> tuple[int, int]:
        """What the reader loses: first what is known of a count below five, then counts."""
        looser = sum(
            corner in self._hidden and not self._possible(corner, change)
            for corner, change in shift.items()
        )
        new = (
            self._counts[row][column] for row, column in shift if (row, column) not in self._hidden
        )
        return looser, sum(new)
