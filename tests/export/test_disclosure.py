"""No published table lets anybody compute a count that it hides."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.export.disclosure import Hidden, Shown, percent, publish_parts, publish_table

FEW, WITHHELD = Hidden.FEW, Hidden.WITHHELD

Counts = Sequence[Sequence[int]]


class Attacker:
    """Knows every shown count, what the marks mean, and that totals add up.

    Looks for another table that would have been published as the same: tries values for the hidden
    parts one by one, within the bounds that marks and totals leave.
    """

    def __init__(self, shown: Sequence[Sequence[Shown]], most: int, columns_add_up: bool) -> None:
        self.shown = shown
        self.most = most  #: No count is larger.
        self.rows = len(shown) - columns_add_up
        self.columns = len(shown[0]) - 1
        self.columns_add_up = columns_add_up

    def can_be_other_than(self, row: int, column: int, count: int) -> bool:
        return any(
            self._fits([[None] * self.columns for _ in range(self.rows)], (row, column), value)
            for value in self._values(self.shown[row][column])
            if value != count
        )

    def _values(self, shown: Shown) -> range:
        if not isinstance(shown, Hidden):
            return range(shown, shown + 1)
        return range(1, 5) if shown is FEW else range(1, self.most + 2)

    def _fits(self, guess: list[list[int | None]], wanted: tuple[int, int], value: int) -> bool:
        """Whether the parts can be filled so that the cell `wanted` has this value."""

        def allowed(row: int, column: int) -> range:
            if (row, column) == wanted:
                return range(value, value + 1)
            return self._values(self.shown[row][column])

        def sums_can_be(cells: list[tuple[int, int]], total: range) -> bool:
            low = high = 0
            for r, c in cells:
                known = guess[r][c]
                options = allowed(r, c) if known is None else range(known, known + 1)
                low, high = low + options[0], high + options[-1]
            return low <= total[-1] and high >= total[0]

        everything = [(r, c) for r in range(self.rows) for c in range(self.columns)]

        def possible(row: int, column: int) -> bool:
            fits = sums_can_be([(row, c) for c in range(self.columns)], allowed(row, self.columns))
            if self.columns_add_up and fits:
                down = [(r, column) for r in range(self.rows)]
                fits = sums_can_be(down, allowed(self.rows, column)) and sums_can_be(
                    everything, allowed(self.rows, self.columns)
                )
            return fits

        def totals_fit() -> bool:
            sums = [sum(guess[r]) for r in range(self.rows)]  # type: ignore[arg-type]
            if any(s not in allowed(r, self.columns) for r, s in enumerate(sums)):
                return False
            if not self.columns_add_up:
                return True
            down = [sum(guess[r][c] for r in range(self.rows)) for c in range(self.columns)]  # type: ignore[misc]
            return all(s in allowed(self.rows, c) for c, s in enumerate(down)) and sum(
                sums
            ) in allowed(self.rows, self.columns)

        def search(place: int) -> bool:
            if place == len(everything):
                return totals_fit()
            row, column = everything[place]
            for option in allowed(row, column):
                guess[row][column] = option
                if possible(row, column) and search(place + 1):
                    return True
            guess[row][column] = None
            return False

        return search(0)


def small_tables(rows: int) -> st.SearchStrategy[list[list[int]]]:
    count = st.sampled_from([0, 1, 1, 2, 3, 4, 5, 6, 9])
    return st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(count, min_size=width, max_size=width), min_size=1, max_size=rows
        )
    )


def with_totals(counts: Counts) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


@settings(max_examples=150, deadline=None)
@given(small_tables(rows=3))
def test_no_hidden_count_of_a_table_can_be_computed(counts: Counts) -> None:
    shown = publish_table(counts)
    real = with_totals(counts)
    attacker = Attacker(shown, real[-1][-1], columns_add_up=True)
    for row, cells in enumerate(shown):
        for column, cell in enumerate(cells):
            if isinstance(cell, Hidden):
                assert attacker.can_be_other_than(row, column, real[row][column]), shown
            else:
                assert cell == real[row][column] and not 0 < cell < 5


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6))
def test_no_hidden_part_can_be_computed_from_the_others(parts: list[int]) -> None:
    shown = publish_parts(parts)
    real = [*parts, sum(parts)]
    attacker = Attacker([shown], real[-1], columns_add_up=False)
    for column, cell in enumerate(shown):
        if isinstance(cell, Hidden):
            assert attacker.can_be_other_than(0, column, real[column]), shown
        else:
            assert cell == real[column] and not 0 < cell < 5


@given(st.lists(st.lists(st.integers(5, 90), min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_table_without_small_counts_is_shown_as_it_is(counts: Counts) -> None:
    assert publish_table(counts) == with_totals(counts)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda row: sum(row) >= 5),
        min_size=1,
        max_size=4,
    )
)
def test_nor_beside_a_column_that_is_already_published(counts: Counts) -> None:
    shown = publish_table(counts, fixed=[2])
    real = with_totals(counts)
    attacker = Attacker(shown, real[-1][-1], columns_add_up=True)
    for row, cells in enumerate(shown):
        assert cells[2] == real[row][2]
        for column, cell in enumerate(cells):
            if isinstance(cell, Hidden):
                assert attacker.can_be_other_than(row, column, real[row][column]), shown
            else:
                assert cell == real[row][column] and not 0 < cell < 5


def test_the_next_smallest_goes_with_a_single_small_count() -> None:
    assert publish_parts([3, 40, 7]) == [FEW, 40, WITHHELD, 50]
    assert publish_parts([3, 2, 40]) == [FEW, FEW, 40, 45]
    assert publish_parts([0, 12, 40]) == [0, 12, 40, 52]


def test_four_ones_would_be_given_away_by_their_sum() -> None:
    assert publish_parts([1, 1, 1, 1]) == [FEW, FEW, FEW, FEW, WITHHELD]


def test_rows_and_columns_of_a_table_are_guarded() -> None:
    assert publish_table([[2, 30], [8, 9]]) == [
        [FEW, WITHHELD, 32],
        [WITHHELD, WITHHELD, 17],
        [10, 39, 49],
    ]


def test_published_columns_are_left_as_they_are() -> None:
    """Of 20 in each group 2 and 9 came again; the 20 are known from another table."""
    shown = publish_table([[2, 18], [9, 11]], fixed=[2])
    assert [row[2] for row in shown] == [20, 20, 40] and shown[0][:2] == [FEW, WITHHELD]
    with pytest.raises(ValueError, match="no counts can hide"):
        publish_table([[2]], fixed=[1])


def test_a_share_is_shown_only_where_part_and_whole_are() -> None:
    assert percent(5, 20) == 25 and percent(0, 20) == 0
    assert percent(FEW, 20) is percent(5, WITHHELD) is percent(0, 0) is None
