"""XForm expressions (`relevant`, `constraint`), compiled once into closures. Never `eval`.

The grammar is the part of XPath 1.0 that XLSForms use: operators, literals, `.` for the answer
being checked, `${name}` for another item's answer, and the functions of `bot.domain.xpath`.
"""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, NoReturn

from bot.domain.evaluators import (
    OPERATORS,
    Evaluator,
    answer_to,
    call,
    choose,
    coalesce,
    constant,
    current_value,
    matches,
    negative,
    today_as_text,
)
from bot.domain.xpath import FUNCTIONS, Value, boolean

__all__ = ["BadExpression", "Expression", "Value", "compile_expression"]

#: Far beyond what people write; they keep Python's recursion limit out of reach.
MAX_NESTING = 40
MAX_OPERATORS = 300

ARITY: Mapping[str, int] = {name: arity for name, (arity, _) in FUNCTIONS.items()} | {
    "today": 0,
    "if": 3,
    "coalesce": 2,
    "regex": 2,
}


class BadExpression(ValueError):
    """An expression cannot be understood: says at which character, and what was expected there."""

    def __init__(self, source: str, position: int, message: str) -> None:
        shown = source if len(source) <= 80 else f"{source[:79]}…"
        super().__init__(f"at character {position + 1} of `{shown}`: {message}")
        self.source = source
        self.position = position  #: Counted from 0.


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. Evaluating it never raises and takes microseconds."""

    source: str
    references: frozenset[str]  #: The names in `${name}`.
    uses_current: bool  #: Whether `.` occurs.
    _run: Evaluator = field(repr=False, compare=False)

    def evaluate(
        self, values: Mapping[str, Value], *, current: Value | None = None, today: date
    ) -> Value:
        """`values` are the answers so far, `current` is `.`; whatever is missing is empty text."""
        return self._run(values, "" if current is None else current, today)

    def is_true(
        self, values: Mapping[str, Value], *, current: Value | None = None, today: date
    ) -> bool:
        return boolean(self.evaluate(values, current=current, today=today))


def compile_expression(source: str) -> Expression:
    """Raise `BadExpression` for wrong syntax, an unknown function, or a wrong pattern."""
    return _Parser(source).parse()


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | (?P<literal>"[^"]*"|'[^']*')
      | (?P<reference>\$\{[A-Za-z_][A-Za-z0-9_.-]*\})
      | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
      | (?P<current>\.(?!\.))
      | (?P<symbol><=|>=|!=|[=<>+*(),-])
      | (?P<end>\Z)
      | (?P<unknown>.)
    )""",
    re.VERBOSE | re.DOTALL,
)


def _tokens(source: str) -> list[_Token]:
    """The last one is of the kind "end"; a character that begins no token is "unknown"."""
    return [
        _Token(kind, match[kind], match.start(kind))
        for match in _TOKEN.finditer(source)
        if (kind := match.lastgroup)
    ]


class _Parser:
    """A precedence climber: each rule consumes its tokens and gives the closure for them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = _tokens(source)
        self.next = 0
        self.nesting = 0
        self.operators = 0
        self.references: set[str] = set()
        self.uses_current = False

    def parse(self) -> Expression:
        run = self.expression()
        if self.token.kind != "end":
            self.expected("an operator or the end")
        return Expression(self.source, frozenset(self.references), self.uses_current, run)

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def expression(self, weakest: int = 0) -> Evaluator:
        left = self.operand()
        while (found := OPERATORS.get(self.token.text)) and found[0] > weakest:
            strength, combine = found
            self.operators += 1
            if self.operators > MAX_OPERATORS:
                self.refuse(f"more than {MAX_OPERATORS} operators: split the expression")
            self.next += 1
            left = combine(left, self.expression(strength))
        return left

    def operand(self) -> Evaluator:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.refuse(f"nested more than {MAX_NESTING} deep: split the expression")
        token = self.token
        self.next += 1
        match token:
            case _Token("number"):
                run = constant(float(token.text))
            case _Token("literal"):
                run = constant(token.text[1:-1])
            case _Token("reference"):
                name = token.text[2:-1]
                self.references.add(name)
                run = answer_to(name)
            case _Token("current"):
                self.uses_current = True
                run = current_value
            case _Token("name"):
                run = self.function(token)
            case _Token("symbol", "-"):
                run = negative(self.operand())
            case _Token("symbol", "("):
                run = self.expression()
                self.take(")")
            case _:
                self.next -= 1
                self.expected("a value, such as 3, 'text', ${name}, . or a function")
        self.nesting -= 1
        return run

    def function(self, name: _Token) -> Evaluator:
        if name.text not in ARITY:
            self.refuse(f"`{name.text}` is not one of the functions: {', '.join(ARITY)}", name)
        self.take("(")
        arguments: list[Evaluator] = []
        if self.token.text != ")":
            arguments.append(self.expression())
        while arguments and self.token.text == ",":
            self.next += 1
            arguments.append(self.expression())
        self.take(")")
        if len(arguments) != ARITY[name.text]:
            wanted = f"{ARITY[name.text]} argument(s), found {len(arguments)}"
            self.refuse(f"{name.text}() expected {wanted}", name)
        match name.text, arguments:
            case "today", []:
                return today_as_text
            case "if", [condition, then, otherwise]:
                return choose(condition, then, otherwise)
            case "coalesce", [preferred, otherwise]:
                return coalesce(preferred, otherwise)
            case "regex", [text, _]:
                return matches(text, self.pattern())
        return call(FUNCTIONS[name.text][1], arguments)

    def pattern(self) -> re.Pattern[str]:
        """The pattern of the `regex(value, 'pattern')` that was just read."""
        before, token, _ = self.tokens[self.next - 3 : self.next]
        if token.kind != "literal" or before.text != ",":
            self.refuse("regex() expected one quoted text as its pattern", token)
        try:
            with warnings.catch_warnings(action="ignore"):
                return re.compile(token.text[1:-1])
        except (re.error, OverflowError, RecursionError) as error:
            self.refuse(f"expected a regular expression, found {token.text}: {error}", token)

    def take(self, symbol: str) -> None:
        if self.token.text != symbol:
            self.expected(f"`{symbol}`")
        self.next += 1

    def expected(self, what: str) -> NoReturn:
        found = f"`{self.token.text}`" if self.token.text else "the end"
        if self.token.text in ("'", '"'):
            found = f"a text without its closing {self.token.text}"
        self.refuse(f"expected {what}, found {found}")

    def refuse(self, message: str, token: _Token | None = None) -> NoReturn:
        raise BadExpression(self.source, (token or self.token).position, message)
