"""XForm expressions (`relevant`, `choice_filter`, …), compiled once into closures. Never `eval`.

The grammar is the part of XPath 1.0 that XLSForms use: operators, literals, `.` for the answer
being checked, `${name}` for another item's answer, a bare name for a column of the choice that is
being filtered, and the functions of `bot.domain.functions`. Paths and node-sets are refused.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from bot.domain.evaluators import (
    OPERATORS,
    Evaluator,
    Part,
    answer_to,
    call,
    choose,
    coalesce,
    column,
    constant,
    current_value,
    dated,
    matches,
    negative,
    today_as_text,
)
from bot.domain.functions import FORMS, FUNCTIONS
from bot.domain.patterns import BadPattern, whole_match
from bot.domain.tokens import Token, tokens
from bot.domain.xpath import ResultType, Value, boolean

__all__ = ["BadExpression", "Expression", "ResultType", "Value", "compile_expression"]

#: Far beyond what people write; they keep Python's recursion limit out of reach.
MAX_NESTING = 40
MAX_OPERATORS = 300

#: What a cell of a spreadsheet holds. It keeps the time to read one short.
MAX_LENGTH = 32_767

#: Name → the least and the most arguments; None for any number.
ARITY: Mapping[str, tuple[int, int | None]] = {
    name: (function.least, function.most) for name, function in FUNCTIONS.items()
} | {"today": (0, 0), "if": (3, 3), "coalesce": (2, 2), "regex": (2, 2), "format-date": (2, 2)}

#: What `format-date` does not know.
_NO_FORM = re.compile(rf"%(?!{'|'.join(form[1] for form in FORMS)}).?")


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
    columns: frozenset[str]  #: The bare names: columns of the choice that is being filtered.
    uses_current: bool  #: Whether `.` occurs.
    gives: ResultType  #: What it is always worth; "text" also if that depends on the answers.
    _run: Evaluator = field(repr=False, compare=False)

    def evaluate(
        self,
        values: Mapping[str, Value],
        *,
        current: Value | None = None,
        choice: Mapping[str, str] | None = None,
        today: date,
    ) -> Value:
        """`values` are the answers so far, `current` is `.`, `choice` has the columns of a choice.

        Whatever is missing is empty text.
        """
        if self.columns:
            return self._run(values, choice or {}, today)
        return self._run(values, "" if current is None else current, today)

    def is_true(
        self,
        values: Mapping[str, Value],
        *,
        current: Value | None = None,
        choice: Mapping[str, str] | None = None,
        today: date,
    ) -> bool:
        return boolean(self.evaluate(values, current=current, choice=choice, today=today))


def compile_expression(source: str, *, columns: bool = False) -> Expression:
    """Raise `BadExpression` for wrong syntax, an unknown function, or a wrong pattern.

    With `columns`, as in a `choice_filter`, a bare name is a column and there is no `.`.
    """
    if len(source) > MAX_LENGTH:
        raise BadExpression(source, MAX_LENGTH, f"longer than {MAX_LENGTH:,} characters: split it")
    return _Parser(source, columns).parse()


class _Parser:
    """A precedence climber: each rule consumes its tokens and gives the closure for them."""

    def __init__(self, source: str, columns: bool) -> None:
        self.source = source
        self.in_filter = columns
        self.tokens = tokens(source)
        self.next = 0
        self.nesting = 0
        self.operators = 0
        self.references: set[str] = set()
        self.columns: set[str] = set()
        self.uses_current = False

    def parse(self) -> Expression:
        run, gives = self.expression()
        if self.token.kind != "end":
            self.expected("an operator or the end")
        return Expression(
            self.source,
            frozenset(self.references),
            frozenset(self.columns),
            self.uses_current,
            gives,
            run,
        )

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def expression(self, weakest: int = 0) -> Part:
        left = self.operand()
        while (found := OPERATORS.get(self.token.text)) and found.strength > weakest:
            self.operators += 1
            if self.operators > MAX_OPERATORS:
                self.refuse(f"more than {MAX_OPERATORS} operators: split the expression")
            self.next += 1
            right = self.expression(found.strength)
            left = Part(found.combine(left, right), found.gives)
        return left

    def operand(self) -> Part:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.refuse(f"nested more than {MAX_NESTING} deep: split the expression")
        token = self.token
        self.next += 1
        match token:
            case Token("number"):
                part = Part(constant(float(token.text)), "number")
            case Token("literal"):
                part = Part(constant(token.text[1:-1]), "text")
            case Token("reference"):
                name = token.text[2:-1]
                self.references.add(name)
                part = Part(answer_to(name), "text")
            case Token("current") if not self.in_filter:
                self.uses_current = True
                part = Part(current_value, "text")
            case Token("name") if self.token.text == "(":
                part = self.function(token)
            case Token("name") if token.text not in OPERATORS:
                part = self.column(token)
            case Token("symbol", "-"):
                part = Part(negative(self.operand().run), "number")
            case Token("symbol", "("):
                part = self.expression()
                self.take(")")
            case _:
                self.next -= 1
                self.expected("a value, such as 3, 'text', ${name} or a function")
        self.nesting -= 1
        return part

    def column(self, name: Token) -> Part:
        if not self.in_filter:
            if name.text in ARITY:
                self.expected(f"`(` after {name.text}")
            self.refuse(
                f"`{name.text}` is neither a function nor, outside of a choice_filter, a column: "
                f"write ${{{name.text}}} for another item's answer, '{name.text}' for a text",
                name,
            )
        self.columns.add(name.text)
        return Part(column(name.text), "text")

    def function(self, name: Token) -> Part:
        if name.text not in ARITY:
            self.refuse(f"`{name.text}` is not one of the functions{_hint(name.text)}", name)
        self.take("(")
        arguments: list[Part] = []
        if self.token.text != ")":
            arguments.append(self.expression())
        while arguments and self.token.text == ",":
            self.next += 1
            arguments.append(self.expression())
        self.take(")")
        least, most = ARITY[name.text]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            wanted = (
                least if least == most else f"{least} to {most}" if most else f"{least} or more"
            )
            self.refuse(
                f"{name.text}() expected {wanted} argument(s), found {len(arguments)}", name
            )
        match name.text, arguments:
            case "today", []:
                return Part(today_as_text, "text")
            case "if", [condition, then, otherwise]:
                return Part(choose(condition, then.run, otherwise.run), _either(then, otherwise))
            case "coalesce", [preferred, otherwise]:
                return Part(coalesce(preferred.run, otherwise.run), _either(preferred, otherwise))
            case "regex", [text, _]:
                return Part(matches(text.run, self.pattern()), "boolean")
            case "format-date", [day, _]:
                return Part(dated(day.run, self.form()), "text")
        function = FUNCTIONS[name.text]
        return Part(call(function.run, [part.run for part in arguments]), function.gives)

    def quoted(self, function: str, what: str) -> Token:
        """The last argument of the call that was just read, as it is written."""
        before, token, _ = self.tokens[self.next - 3 : self.next]
        if token.kind != "literal" or before.text != ",":
            self.refuse(f"{function}() expected one quoted text as its {what}", token)
        return token

    def pattern(self) -> Callable[[str], bool]:
        token = self.quoted("regex", "pattern")
        try:
            return whole_match(token.text[1:-1])
        except BadPattern as error:
            self.refuse(f"expected a regular expression, found {token.text}: {error}", token)

    def form(self) -> str:
        token = self.quoted("format-date", "form")
        form = token.text[1:-1]
        if unknown := _NO_FORM.search(form):
            self.refuse(f"format-date() has no {unknown[0]}: write {', '.join(FORMS)}", token)
        return form

    def take(self, symbol: str) -> None:
        if self.token.text != symbol:
            self.expected(f"`{symbol}`")
        self.next += 1

    def expected(self, what: str) -> NoReturn:
        found = f"`{self.token.text}`" if self.token.text else "the end"
        if self.token.text in ("'", '"'):
            found = f"a text without its closing {self.token.text}"
        elif self.token.kind == "path":
            found += ": paths are not read, write ${name} for an item's answer"
        elif self.token.text == "*":
            found += ", which multiplies two values: write ${name} for an item's answer"
        elif self.token.kind == "current":
            found += ": a choice_filter has columns and ${name}, and no current answer"
        self.refuse(f"expected {what}, found {found}")

    def refuse(self, message: str, token: Token | None = None) -> NoReturn:
        raise BadExpression(self.source, (token or self.token).position, message)


def _either(one: Part, other: Part) -> ResultType:
    return one.gives if one.gives == other.gives else "text"


def _hint(name: str) -> str:
    """The nearest function, or all of them."""
    if near := difflib.get_close_matches(name.lower(), ARITY, n=1, cutoff=0.75):
        return f": did you mean {near[0]}()?"
    return f": {', '.join(sorted(ARITY))}"
