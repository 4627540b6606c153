"""Reading and checking a questionnaire of 150 items in 40 languages, against pyxform alone.

    python -m bench.loading

Ours is the whole check that `minipublic check` makes of the file: every wording, every expression,
and pyxform's opinion. pyxform's is its bare `convert` of the same workbook, which checks less.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import xlsxwriter
from pyxform.xls2xform import convert  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table

from bot.packs.faults import Fault
from bot.packs.xlsform import read_questionnaire

ITEMS = 150
LANGUAGES = tuple(f"q{a}{b}" for a in "abcde" for b in "abcdefgh")  # ISO 639 keeps qaa-qtz free
ROUNDS = 5

_TYPES = ("select_one agreement", "range", "integer", "text", "select_multiple topics")


async def measure_loading() -> Table:
    table = Table(
        "", "seconds", "ratio to pyxform alone",
        title=f"A questionnaire of {ITEMS} items in {len(LANGUAGES)} languages, from .xlsx",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = write_questionnaire(Path(folder) / "opinion.xlsx")
        checked, bare = _compared(lambda: _check(path), lambda: convert(path, validate=False))
    table.add_row("read and checked", f"{checked:.2f}", f"{checked / bare:.2f}")
    table.add_row("pyxform's convert", f"{bare:.2f}", "1")
    return table


def write_questionnaire(path: Path) -> Path:
    """Conditions and constraints; labels and hints in every language."""
    book = xlsxwriter.Workbook(path)
    survey = book.add_worksheet("survey")
    headings = ["type", "name", "relevant", "constraint", "parameters", "required"]
    spoken = [f"{word}::Language ({code})" for word in ("label", "hint") for code in LANGUAGES]
    survey.write_row(0, 0, headings + spoken)
    for row in range(1, ITEMS + 1):
        type_ = _TYPES[row % len(_TYPES)]
        survey.write_row(
            row,
            0,
            [
                type_,
                f"q{row}",
                f"${{q{row - 1}}} != '' or ${{q1}} > 3" if row > 1 else "",
                "string-length(.) < 400" if type_ == "text" else "",
                "start=0 end=10 step=1" if type_ == "range" else "",
                "yes" if row % 2 else "no",
                *(f"Question {row} of the survey in {code}?" for code in LANGUAGES),
                *(f"A hint to {row} in {code}" for code in LANGUAGES),
            ],
        )
    choices = book.add_worksheet("choices")
    choices.write_row(
        0, 0, ["list_name", "name", *(f"label::Language ({code})" for code in LANGUAGES)]
    )
    lists = [(name, code) for name in ("agreement", "topics") for code in range(1, 8)]
    for row, (name, code) in enumerate(lists, start=1):
        choices.write_row(row, 0, [name, f"c{code}", *(f"Choice {code} {x}" for x in LANGUAGES)])
    book.close()
    return path


def _check(path: Path) -> None:
    found: list[Fault] = []
    questionnaire = read_questionnaire(path, LANGUAGES, found)
    assert not found and questionnaire and len(questionnaire.items) == ITEMS, found[:3]


def _compared(*runs: Callable[[], object]) -> list[float]:
    """The median seconds of each, taking turns so that the machine's moods fall on all."""
    seconds: list[list[float]] = [[] for _ in runs]
    for run in runs:  # imports and caches
        run()
    for _ in range(ROUNDS):
        for run, taken in zip(runs, seconds, strict=True):
            started = time.perf_counter()
            run()
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in seconds]


if __name__ == "__main__":
    Console().print(asyncio.run(measure_loading()))
