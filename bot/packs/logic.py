"""Checks of `relevant` and `constraint` across a questionnaire, which pyxform does not make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.expression import BadExpression, Expression, compile_expression
from bot.domain.questionnaire import Item, ItemType
from bot.packs.faults import Report, suggestion

#: Word processors and spreadsheets put them where the author typed plain quotes.
_PLAIN_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression, where it is written, and the items it governs."""

    column: str  #: "relevant" | "constraint"
    expression: Expression
    row: int
    governs: list[str] = field(default_factory=list)


def compiled(source: str, column: str, row: int, report: Report) -> Expression | None:
    """None if there is no expression, or after a fault of syntax."""
    if not source:
        return None
    try:
        return compile_expression(source.translate(_PLAIN_QUOTES))
    except BadExpression as error:
        report(f"'{column}' cannot be understood {error}.", row)
        return None


def check_rules(
    rules: Sequence[Rule], items: Sequence[Item], groups: Iterable[str], report: Report
) -> None:
    """Note references that lead nowhere, ahead, or round in a circle.

    Items are asked in order and each answer decides what comes next, so a rule may only look back.
    """
    order = {item.code: index for index, item in enumerate(items)}
    notes = {item.code for item in items if item.type is ItemType.NOTE} | set(groups)
    depends = _dependencies(rules)
    for rule in rules:
        first = min((order[code] for code in rule.governs), default=len(items))
        for name in sorted(rule.expression.references):
            problem = None
            if name in notes:
                problem = "which takes no answer."
            elif name not in order:
                problem = f"which is no item here.{suggestion(name, order)}"
            elif rule.column == "relevant" and _leads_to(name, rule.governs, depends):
                problem = "which is circular: whether that is asked depends on this."
            elif name in rule.governs:
                problem = "which is its own answer: write . instead."
            elif order[name] > first:
                problem = "which is asked later: move that item up."
            if problem:
                report(f"'{rule.column}' refers to ${{{name}}}, {problem}", rule.row)
        if rule.column == "relevant" and rule.expression.uses_current:
            report("'relevant' is circular: . is the answer it decides about.", rule.row)


def _dependencies(rules: Sequence[Rule]) -> Mapping[str, set[str]]:
    """Item → the items that its being asked depends on."""
    depends: dict[str, set[str]] = {}
    for rule in rules:
        if rule.column == "relevant":
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
