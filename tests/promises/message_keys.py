"""Which catalogue messages the program says, read from its source."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import handlers
from bot.domain.questionnaire import AnswerKind
from handlers.broadcasting import POSSIBLE
from tests.promises.documents import ROOT, name

#: Verbs of a turn → which argument is the key. Their keyword arguments fill its placeholders.
VERBS = {
    **{
        "reply": 0,
        "ask": 0,
        "words_of": 0,
        "misunderstood": 0,
        "decline": 0,
        "text": 0,
        "choice": 1,
    },
    **{"words": 0, "lists": 0, "says": 0, "understanding": 0},
}

#: Verbs whose keyword arguments are none of the message's.
FILLS_NOTHING = ("choice",)

#: Keys that are put together: what they begin with → what may follow.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "command-": handlers.MENU,
    "button-broadcast-": tuple(act.value for act in POSSIBLE),
    "said-": tuple(kind.value for kind in AnswerKind),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a message is said."""

    key: str
    values: frozenset[str] | None  #: What it is filled with; None where the source does not say.
    where: str


def uses() -> list[Use]:
    sources = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").glob("*.py")])
    return [use for path in sources for use in _Source(path).uses()]


class _Source:
    """One file of source."""

    def __init__(self, path: Path) -> None:
        self._name = name(path)
        self._tree = ast.parse(path.read_text("utf-8"))
        self._functions = {
            node.name: node for node in ast.walk(self._tree) if isinstance(node, Function)
        }

    def uses(self) -> Iterator[Use]:
        for function in ast.walk(self._tree):
            if not isinstance(function, Function):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and (said := self._said(call)):
                    key, values = said
                    for each in sorted(self._keys(key, function)):
                        yield Use(each, values, f"{self._name}:{call.lineno}")

    def _said(self, call: ast.Call) -> tuple[ast.expr, frozenset[str] | None] | None:
        """The expression of the key, and what fills the message; None if it is no verb."""
        if isinstance(call.func, ast.Name) and call.func.id == "Misunderstood":
            return call.args[0], _names_in(call.args[1:2])
        if not isinstance(call.func, ast.Attribute):
            return None
        verb, receiver = call.func.attr, _last_name(call.func.value)
        if receiver.endswith("catalogues") and verb == "text" and len(call.args) > 1:
            return call.args[1], _names_in(call.args[2:3])
        in_turn = receiver == "self" and self._name == "bot/conversation/turn.py"
        if (receiver in ("turn", "router") or in_turn) and len(call.args) > VERBS.get(verb, 99):
            values = frozenset() if verb in FILLS_NOTHING else _keywords(call)
            return call.args[VERBS[verb]], values
        return None

    def _keys(self, node: ast.expr, function: Function) -> set[str]:
        """Every text that the expression may be, as far as the source tells."""
        match node:
            case ast.Constant(value=str(key)):
                return {key}
            case ast.IfExp(body=body, orelse=orelse):
                return self._keys(body, function) | self._keys(orelse, function)
            case ast.BoolOp(values=parts):
                return {key for part in parts for key in self._keys(part, function)}
            case ast.JoinedStr(
                values=[ast.Constant(value=str(prefix)), ast.FormattedValue() as rest]
            ):
                return {f"{prefix}{end}" for end in self._endings(prefix, rest.value, function)}
            case ast.Name(id=variable):
                return {
                    key
                    for value in _assigned(variable, function)
                    for key in self._keys(value, function)
                }
            case ast.Call(func=ast.Attribute(value=ast.Dict(values=values), attr="get")):
                return {key for value in values for key in self._keys(value, function)}
            case ast.Call(func=ast.Name(id=called)) if called in self._functions:
                return {
                    key
                    for statement in ast.walk(self._functions[called])
                    if isinstance(statement, ast.Return) and statement.value
                    for key in self._keys(statement.value, self._functions[called])
                }
        return set()

    def _endings(self, prefix: str, rest: ast.expr, function: Function) -> tuple[str, ...]:
        for node in ast.walk(function):
            if isinstance(node, ast.comprehension | ast.For) and isinstance(rest, ast.Name):
                same = isinstance(node.target, ast.Name) and node.target.id == rest.id
                if same and isinstance(node.iter, ast.Tuple | ast.List):
                    return tuple(
                        str(e.value) for e in node.iter.elts if isinstance(e, ast.Constant)
                    )
        if prefix not in FAMILIES:
            raise AssertionError(
                f"{self._name}:{rest.lineno}: a message key is put together from {prefix!r}. Say "
                "what may follow in FAMILIES of tests/promises/message_keys.py, or write it out."
            )
        return FAMILIES[prefix]


def _assigned(variable: str, function: Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == variable:
                yield value
            case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == variable:
                yield value


def _keywords(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name)


def _names_in(arguments: list[ast.expr]) -> frozenset[str] | None:
    """The keys of a mapping written out as the only one of `arguments`."""
    if not arguments:
        return frozenset()
    if isinstance(arguments[0], ast.Dict):
        return frozenset(str(k.value) for k in arguments[0].keys if isinstance(k, ast.Constant))
    return None


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
