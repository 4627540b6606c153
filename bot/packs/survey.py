"""The sheet `survey`: items in the order they are asked, with groups folded into them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.deliberation import NAME
from bot.domain.questionnaire import Item, ItemType, Scale
from bot.packs.choices import Lists
from bot.packs.columns import Entry, Known, entries
from bot.packs.faults import Report, suggestion
from bot.packs.logic import Rule, check_rules, compiled
from bot.packs.sheets import Sheet
from bot.packs.wordings import check_wordings

LONGEST_LABEL = 3000  #: Characters: leaves room for hint and choices in a message of 4096.
MOST_POINTS = 21  #: Of a range: each is a button.

_PLAIN = {"type", "name", "relevant", "constraint", "required", "parameters"}
COLUMNS = Known(
    frozenset(_PLAIN | {"bot::dont_know", "bot::pii"}),
    frozenset({"label", "hint", "constraint_message"}),
)

_SHOWN = frozenset({"type", "name", "label", "hint", "relevant"})
_ANSWERED = _SHOWN | {"constraint", "constraint_message", "required", "bot::dont_know", "bot::pii"}
#: What a row of each type may fill.
_TAKES = {
    "begin_group": _SHOWN,
    "end_group": frozenset({"type", "name"}),
    ItemType.NOTE: _SHOWN,
    ItemType.RANGE: _ANSWERED | {"parameters"},
} | dict.fromkeys(
    (ItemType.SELECT_ONE, ItemType.SELECT_MULTIPLE, ItemType.INTEGER, ItemType.TEXT), _ANSWERED
)

_FLAGS = {"yes": True, "true": True, "true()": True, "no": False, "false": False, "false()": False}
_PAIR = re.compile(r"([^\s=,;]+)\s*=\s*([^\s=,;]+)[\s,;]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def read_survey(
    sheet: Sheet, lists: Lists, languages: Sequence[str], report: Report
) -> tuple[Item, ...]:
    """The items. A group's `relevant` joins that of its items; its label becomes a note."""
    survey = _Survey(lists, report)
    for entry in entries(sheet, COLUMNS, languages, report):
        survey.read(entry)
    for group in survey.open_groups:
        report(f"the group '{group.name}' is not closed: add end_group.", group.row)
    check_rules(survey.rules, survey.items, survey.groups, report)
    if all(item.type is ItemType.NOTE for item in survey.items):
        report("asks nothing: add an item that takes an answer.")
    return tuple(survey.items)


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    row: int
    rule: Rule | None


class _Survey:
    """The sheet while it is read from top to bottom."""

    def __init__(self, lists: Lists, report: Report) -> None:
        self.lists = lists
        self.report = report
        self.items: list[Item] = []
        self.rules: list[Rule] = []
        self.groups: set[str] = set()
        self.open_groups: list[_Group] = []
        self.rows: dict[str, int] = {}

    def read(self, entry: Entry) -> None:
        written = entry.cell("type")
        kind, _, rest = _words(written).partition(" ")
        if kind not in _TAKES:
            near = suggestion(kind, _TAKES)
            known = ", ".join(_TAKES)
            what = f"the type '{written}' is not supported" if written else "the row has no type"
            self.report(f"{what}.{near} Supported are {known}.", entry.row)
            return
        for column in (*entry.cells, *entry.texts):
            if column not in _TAKES[kind] and _FLAGS.get(entry.cell(column).lower(), True):
                self.report(f"'{column}' is not supported for {kind}. Empty this cell.", entry.row)
        if kind == "end_group":
            self.end_group(entry)
            return
        self.check_name(entry)
        for column in ("hint", "constraint_message"):
            check_wordings(entry, column, None, self.report)
        check_wordings(entry, "label", LONGEST_LABEL, self.report)
        if kind == "begin_group":
            self.begin_group(entry)
            return
        if not entry.wording("label"):
            self.report("the item has no label.", entry.row)
        self.add_item(ItemType(kind), rest, entry)

    def check_name(self, entry: Entry) -> None:
        name = entry.cell("name")
        if not NAME.fullmatch(name):
            rule = "a small letter, then up to 23 of a-z, 0-9 and _"
            self.report(f"the name '{name}' must be {rule}.", entry.row)
        first = self.rows.setdefault(name.lower(), entry.row)
        if name and first != entry.row:
            self.report(f"the name '{name}' is taken by row {first}.", entry.row)

    def begin_group(self, entry: Entry) -> None:
        name = entry.cell("name")
        rule = self.rule(entry, "relevant")
        self.open_groups.append(_Group(name, entry.row, rule))
        self.groups.add(name)
        if entry.wording("label"):
            self.items.append(
                Item(
                    code=name,
                    type=ItemType.NOTE,
                    label=dict(entry.wording("label")),
                    hint=dict(entry.wording("hint")),
                    relevant=self.relevant(name, None, entry.row),
                )
            )

    def end_group(self, entry: Entry) -> None:
        if self.open_groups:
            self.open_groups.pop()
        else:
            self.report("end_group closes no group.", entry.row)

    def add_item(self, kind: ItemType, rest: str, entry: Entry) -> None:
        code = entry.cell("name")
        own = self.rule(entry, "relevant")
        constraint = self.rule(entry, "constraint", code)
        is_select = kind in (ItemType.SELECT_ONE, ItemType.SELECT_MULTIPLE)
        self.items.append(
            Item(
                code=code,
                type=kind,
                label=dict(entry.wording("label")),
                hint=dict(entry.wording("hint")),
                required=self.flag(entry, "required"),
                relevant=self.relevant(code, own, entry.row),
                constraint=constraint.expression.source if constraint else None,
                constraint_message=dict(entry.wording("constraint_message")),
                choices=self.lists.get(self.list_name(rest, entry), ()) if is_select else (),
                scale=self.scale(entry) if kind is ItemType.RANGE else None,
                dont_know=self.flag(entry, "bot::dont_know"),
                personal=self.flag(entry, "bot::pii"),
            )
        )
        if rest and not is_select:
            self.report(f"the type is '{kind} {rest}': write {kind} alone.", entry.row)

    def rule(self, entry: Entry, column: str, *governs: str) -> Rule | None:
        expression = compiled(entry.cell(column), column, entry.row, self.report)
        if expression is None:
            return None
        rule = Rule(column, expression, entry.row, list(governs))
        self.rules.append(rule)
        return rule

    def relevant(self, code: str, own: Rule | None, row: int) -> str | None:
        """What decides whether `code` is asked: the open groups' expressions and its own."""
        rules = [rule for rule in (*(group.rule for group in self.open_groups), own) if rule]
        for rule in rules:
            rule.governs.append(code)
        sources = [rule.expression.source for rule in rules]
        if len(sources) < 2:
            return sources[0] if sources else None
        joined = " and ".join(f"({source})" for source in sources)
        compiled(joined, "relevant", row, self.report)
        return joined

    def flag(self, entry: Entry, column: str) -> bool:
        value = entry.cell(column)
        if value and value.lower() not in _FLAGS:
            self.report(f"'{column}' is yes or no, not '{value}'.", entry.row)
        return _FLAGS.get(value.lower(), False)

    def list_name(self, rest: str, entry: Entry) -> str:
        name, _, more = rest.partition(" ")
        if more:
            self.report(
                f"'{more}' is not supported: add such a choice, and a text item for the words.",
                entry.row,
            )
        if not name:
            self.report(f"name the list of choices: '{entry.cell('type')} yes_no'.", entry.row)
        elif name not in self.lists:
            near = suggestion(name, self.lists)
            self.report(f"there is no list '{name}' in the sheet choices.{near}", entry.row)
        return name

    def scale(self, entry: Entry) -> Scale | None:
        written = entry.cell("parameters")
        pairs = {pair[1].lower(): pair[2] for pair in _PAIR.finditer(written)}
        unread = _PAIR.sub("", written).strip()
        unknown = [name for name in pairs if name not in ("start", "end", "step")]
        wrong = [name for name, value in pairs.items() if not _NUMBER.fullmatch(value)]
        if unread or unknown or wrong or not {"start", "end"} <= set(pairs):
            self.report(
                "a range needs its parameters as 'start=0 end=10 step=1', and no others.", entry.row
            )
            return None
        scale = Scale(float(pairs["start"]), float(pairs["end"]), float(pairs.get("step", 1)))
        steps = (scale.end - scale.start) / scale.step if scale.step > 0 else 0
        if steps < 1 or abs(steps - round(steps)) > 1e-9:
            self.report("a range must reach its end in whole steps from its start.", entry.row)
            return None
        if steps + 1 > MOST_POINTS:
            self.report(
                f"the range has {round(steps) + 1} points, {MOST_POINTS} is the most.", entry.row
            )
            return None
        return scale


def _words(written: str) -> str:
    """The type as this module writes it: `begin group` is `begin_group`."""
    return re.sub(r"^(begin|end|select)\s+", r"\1_", " ".join(written.split()))
