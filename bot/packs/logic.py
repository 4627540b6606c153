"""Checks of expressions and quotes across a questionnaire, which pyxform does not make."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.expression import BadExpression, Expression, compile_expression
from bot.domain.questionnaire import Item, ItemType
from bot.domain.quoting import quoted
from bot.packs.columns import Entry
from bot.packs.faults import Report, shown, suggestion

#: Word processors and spreadsheets put them where the author typed plain quotes.
_PLAIN_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")

SPACED = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*\}")

#: Of these, an item's own answer is no part, as there is none yet; `.` cannot be written.
_BEFORE_ANSWERING = {
    "relevant": "is circular: . is the answer it decides about.",
    "calculation": "is circular: . is the value it gives.",
    "default": "refers to ., but there is no answer yet.",
    "seed": "refers to ., but there is no answer yet.",
}

QUOTING = ("label", "hint", "constraint_message", "required_message")


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression, where it is written, and the items it governs."""

    column: str
    expression: Expression
    row: int
    governs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Quote:
    """A wording that quotes an item."""

    column: str
    language: str
    name: str
    row: int
    code: str  #: Of the item that says it.


def compiled(
    source: str, column: str, row: int, report: Report, *, columns: bool = False
) -> Expression | None:
    """None if there is no expression, or after a fault of syntax."""
    if not source:
        return None
    if "last-saved#" in source:
        report(f"'{column}' asks for last-saved#, but every questionnaire begins empty.", row)
        return None
    source = SPACED.sub(r"${\1}", source)
    for attempt in dict.fromkeys((source, source.translate(_PLAIN_QUOTES))):
        try:
            return compile_expression(attempt, columns=columns)
        except BadExpression as error:
            problem = error
    report(f"'{column}' cannot be understood {problem}.", row)
    return None


def read_quotes(entry: Entry, code: str, report: Report) -> list[Quote]:
    """The quotes in the wordings of a row, after noting those that cannot be understood."""
    found = []
    for column in QUOTING:
        for language, words in entry.wording(column).items():
            if "${" not in words:
                continue
            names = quoted(words)
            if len(names) < words.count("${"):
                report(
                    f"the {column} in '{language}' has a '${{' that quotes nothing. "
                    "Write ${name}, with the name of an item.",
                    entry.row,
                )
            found += [Quote(column, language, name, entry.row, code) for name in names]
    return found


def check_rules(
    rules: Sequence[Rule], items: Sequence[Item], groups: Iterable[str], report: Report
) -> None:
    """Note references that lead nowhere, ahead, round in a circle, or to what is kept apart.

    Items are asked in order and each answer decides what comes next, so a rule may only look back.
    """
    names = _Names(items, groups)
    depends = _dependencies(rules)
    for rule in rules:
        first = min((names.order[code] for code in rule.governs), default=len(items))
        decides = rule.column in ("relevant", "calculation")
        for name in sorted(rule.expression.references):
            problem = names.problem(name)
            if problem is None and decides and _leads_to(name, rule.governs, depends):
                problem = "which is circular: that depends on this in turn."
            elif problem is None and name in rule.governs:
                problem = "which is its own answer" + (
                    ": write . instead." if rule.column == "constraint" else ": name another item."
                )
            elif problem is None and names.order[name] > first:
                problem = "which is asked later: move that item up."
            if problem:
                report(f"'{rule.column}' refers to ${{{name}}}, {problem}", rule.row)
        if rule.expression.uses_current and rule.column in _BEFORE_ANSWERING:
            report(f"'{rule.column}' {_BEFORE_ANSWERING[rule.column]}", rule.row)


def check_quotes(
    quotes: Iterable[Quote], items: Sequence[Item], groups: Iterable[str], report: Report
) -> None:
    """Note quotes of what is no earlier answer."""
    names = _Names(items, groups)
    for quote in quotes:
        problem = names.problem(quote.name)
        here = names.order.get(quote.code, len(items))
        if problem is None and names.order[quote.name] >= here:
            problem = "which is not asked before: quote an earlier item."
        if problem:
            report(
                f"the {quote.column} in '{quote.language}' quotes ${{{quote.name}}}, {problem}",
                quote.row,
            )


class _Names:
    """The names of a questionnaire, as expressions and quotes meet them."""

    def __init__(self, items: Sequence[Item], groups: Iterable[str]) -> None:
        self.order = {item.code: index for index, item in enumerate(items)}
        self.notes = {item.code for item in items if item.type is ItemType.NOTE} | set(groups)
        self.personal = {item.code for item in items if item.personal}

    def problem(self, name: str) -> str | None:
        """Why `name` can stand in no expression and no quote."""
        if name in self.notes:
            return "which takes no answer."
        if name not in self.order:
            return f"which is no item here.{suggestion(name, self.order)}"
        if name in self.personal:
            return "which is personal (bot::pii): its answer is kept apart and cannot be used."
        return None


def check_columns(
    expression: Expression, columns: Collection[str], name: str, row: int, report: Report
) -> None:
    """Note columns that a choice filter asks for and that the list `name` does not have."""
    for column in sorted(expression.columns - {*columns, "name"}):
        near = suggestion(column, [*columns, "name"])
        report(
            f"'choice_filter' asks for the column '{shown(column)}', in which the list '{name}' "
            f"has nothing.{near} A text stands in quotes, an answer is ${{item}}.",
            row,
        )


def _dependencies(rules: Sequence[Rule]) -> Mapping[str, set[str]]:
    """Item → the items that its being asked, or its value, depends on."""
    depends: dict[str, set[str]] = {}
    for rule in rules:
        if rule.column in ("relevant", "calculation"):
            for code in rule.governs:
                depends.setdefault(code, set()).update(rule.expression.references)
    return depends


def _leads_to(name: str, targets: Sequence[str], depends: Mapping[str, set[str]]) -> bool:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        code = ahead.pop()
        if code in targets:
            return True
        if code not in seen:
            seen.add(code)
            ahead.extend(depends.get(code, ()))
    return False
