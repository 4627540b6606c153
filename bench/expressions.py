"""Expressions a second: compiled once, against libxml2's XPath and against compiling each time.

    python -m bench.expressions

libxml2 gets what is common to both, with the answers as variables, compiled once too. It is given
`contains` where ours has `selected`, which it does not know and which does more.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import date

from lxml import etree
from rich.console import Console
from rich.table import Table

from bot.domain.expression import Value, compile_expression
from bot.domain.xpath import string

TODAY = date(2026, 11, 22)
ANSWERS: dict[str, Value] = {"age": "34", "likes": ("parks", "schools"), "region": "west"}
CHOICE = {"name": "parks", "region": "west"}

#: What it is, ours, the same for libxml2 (or nothing, where it has none).
EXPRESSIONS = (
    ("comparison", "${age} >= 18", "$age >= 18"),
    ("condition", "${age} >= 18 and ${region} = 'west'", "$age >= 18 and $region = 'west'"),
    ("arithmetic", "(${age} + 1) * 2 - 7 mod 4 > 20", "($age + 1) * 2 - 7 mod 4 > 20"),
    ("text", "contains(concat(${region}, '-x'), 't-')", "contains(concat($region, '-x'), 't-')"),
    ("selection", "selected(${likes}, 'parks')", "contains($likes, 'parks')"),
    ("choice filter", "region = ${region} and selected(${likes}, name)", ""),
    ("pattern", "regex('0712345678', '[0-9]{9,12}')", ""),
)

ROUNDS = 5
SECONDS = 0.1


async def measure_expressions() -> Table:
    table = Table(
        "expression", "µs", "a second", "compiling each time", "ratio", "libxml2", "ratio",
        title="Expressions evaluated by one process",
    )  # fmt: skip
    for what, ours, theirs in EXPRESSIONS:
        compiled, anew = evaluations(ours, CHOICE if what == "choice filter" else None)
        rivals = [libxml2(theirs)] if theirs else []
        assert all(rival() is compiled() is True for rival in rivals), f"{what}: they disagree"
        pace, *others = times_a_second(compiled, anew, *rivals)
        row = [cell for other in others for cell in (f"{other:,.0f}", f"{pace / other:.1f}")]
        table.add_row(what, f"{1e6 / pace:.1f}", f"{pace:,.0f}", *row)
    return table


def evaluations(
    source: str, choice: dict[str, str] | None
) -> tuple[Callable[[], bool], Callable[[], bool]]:
    """With the expression compiled once, and compiled anew."""
    columns = choice is not None
    expression = compile_expression(source, columns=columns)
    return (
        lambda: expression.is_true(ANSWERS, choice=choice, today=TODAY),
        lambda: compile_expression(source, columns=columns).is_true(
            ANSWERS, choice=choice, today=TODAY
        ),
    )


def libxml2(source: str) -> Callable[[], object]:
    compiled = etree.XPath(source)
    nothing = etree.Element("nothing")
    variables = {name: string(value) for name, value in ANSWERS.items()}
    return lambda: compiled(nothing, **variables)


def times_a_second(*ways: Callable[[], object]) -> list[float]:
    """Of each way the best of several rounds, for other work on the machine only slows it down.

    The ways take turns, so that it slows all of them.
    """
    best = [0.0] * len(ways)
    for _ in range(ROUNDS):
        for place, way in enumerate(ways):
            done = 0
            started = time.perf_counter()
            while (spent := time.perf_counter() - started) < SECONDS:
                for _ in range(100):
                    way()
                done += 100
            best[place] = max(best[place], done / spent)
    return best


if __name__ == "__main__":
    Console(width=100).print(asyncio.run(measure_expressions()))
