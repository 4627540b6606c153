"""The column `parameters`: the points of a range, the random order of choices."""

import re
from dataclasses import dataclass

from bot.domain.questionnaire import Scale
from bot.packs.columns import Entry
from bot.packs.faults import Report, shown, suggestion

MOST_POINTS = 1_000_001  #: Of a range. One that is too wide for buttons is typed.

_PAIR = re.compile(r"([^\s=,;]+)\s*=\s*([^\s=,;]+)[\s,;]*")
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_SEED = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?|\$\{[^}]*\}")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Order:
    """The order of an item's choices."""

    randomized: bool = False
    seed: str | None = None  #: An expression.


def read_scale(entry: Entry, report: Report) -> Scale | None:
    """None after a fault."""
    pairs = _pairs(entry, ("start", "end", "step"), report)
    if pairs is None:
        return None
    wrong = [name for name, value in pairs.items() if not _NUMBER.fullmatch(value)]
    if wrong or not {"start", "end"} <= set(pairs):
        report("a range needs its parameters as 'start=0 end=10 step=1'.", entry.row)
        return None
    scale = Scale(float(pairs["start"]), float(pairs["end"]), float(pairs.get("step", 1)))
    steps = (scale.end - scale.start) / scale.step if scale.step > 0 else 0
    if steps < 1 or abs(steps - round(steps)) > 1e-9:
        report("a range must reach its end in whole steps from its start.", entry.row)
        return None
    if steps + 1 > MOST_POINTS:
        report(
            f"the range has {round(steps) + 1:,} points, {MOST_POINTS:,} is the most: "
            "ask for an integer or decimal with a constraint.",
            entry.row,
        )
        return None
    return scale


def read_order(entry: Entry, report: Report) -> Order:
    pairs = _pairs(entry, ("randomize", "seed"), report) or {}
    randomize, seed = pairs.get("randomize", "false").lower(), pairs.get("seed")
    if randomize not in _TRUTH:
        report(f"'randomize' is true or false, not '{shown(randomize)}'.", entry.row)
    elif seed and not _TRUTH[randomize]:
        report("a seed needs 'randomize=true' beside it.", entry.row)
    if seed and not _SEED.fullmatch(seed):
        report(f"the seed is a number or an item such as ${{age}}, not '{shown(seed)}'.", entry.row)
        seed = None
    return Order(_TRUTH.get(randomize, False), seed)


def _pairs(entry: Entry, known: tuple[str, ...], report: Report) -> dict[str, str] | None:
    """None if they cannot be understood."""
    written = entry.cell("parameters")
    found = [(pair[1].lower(), pair[2]) for pair in _PAIR.finditer(written)]
    pairs = dict(found)
    unread = _PAIR.sub("", written).strip()
    if unread or len(pairs) < len(found):
        report(
            f"'parameters' is written as 'name=value name=value', each once, "
            f"not '{shown(written)}'.",
            entry.row,
        )
        return None
    for name in pairs:
        if name not in known:
            near = suggestion(name, known) or f" Known here are {', '.join(known)}."
            report(f"the parameter '{shown(name)}' is not supported.{near}", entry.row)
    return pairs if set(pairs) <= set(known) else None
