"""Regular expressions in linear time, for `regex`: no answer can hold the bot up.

Python's own engine tries one way after another. For `.*@.*[.].*`, which any form may have, a text
of 4,096 characters can be made over which it broods for minutes, and for `(a+)+` for ever. This one
follows all ways at once, a step a character: Glushkov's automaton (1961), whose states are made
when a text first leads to them. What cannot be had that way, looking around and back references,
is refused.
"""

import re
import warnings
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple, NoReturn

#: Characters that a pattern may speak of, repeats written out. It bounds the cost of a step.
MAX_POSITIONS = 1000
MAX_NESTING = 40

#: States are forgotten when they have so many exits in all: a few megabytes.
_MOST_EXITS = 20_000

_QUANTIFIER = re.compile(r"(?:([*+?])|\{([0-9]{1,9})(?:(,)([0-9]{1,9})?)?\})\??")
_ATOM = re.compile(
    r"\[\^?\]?(?:\\.|[^]\\])*\]"
    r"|\\(?:[dDwWsStnrfv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^A-Za-z0-9])"
    r"|[^][\\(){*+?|^$]|\]",
    re.DOTALL,
)


class BadPattern(ValueError):
    """A pattern cannot be understood: says what is wrong, and at which character, from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


class Pattern:
    """A compiled pattern. Raise `BadPattern` for one that cannot be understood."""

    def __init__(self, source: str) -> None:
        self._positions = _Positions()
        whole = _Reader(source, self._positions).whole()(self._positions)
        self._last = whole.last
        self._start = _State(self, whole.first, whole.empty)
        self._states: dict[int, _State] = {}
        self._exits = 0

    def matches(self, text: str) -> bool:
        """Whether the whole text fits, as in ODK (Java's `Pattern.matches`)."""
        state = self._start
        for character in text:
            state = state[character]
        return state.accepts

    def after(self, state: "_State", character: str) -> "_State":
        hit = state.possible & self._positions.fitting(character)
        found = self._states.get(hit)
        if not found:
            found = _State(self, self._positions.after(hit), bool(hit & self._last))
            self._states[hit] = found
        self._exits += 1
        if self._exits > _MOST_EXITS:
            self._forget()
        return found

    def _forget(self) -> None:
        self._positions.forget()
        self._start = _State(self, self._start.possible, self._start.accepts)
        self._states = {}
        self._exits = 0


class _State(dict[str, "_State"]):
    """Where a text has led: the exits that were ever taken, by their character."""

    __slots__ = ("_pattern", "accepts", "possible")

    def __init__(self, pattern: Pattern, possible: int, accepts: bool) -> None:
        self._pattern = pattern
        self.possible = possible  #: The positions that the next character may be at, as bits.
        self.accepts = accepts

    def __missing__(self, character: str) -> "_State":
        self[character] = found = self._pattern.after(self, character)
        return found


class _Piece(NamedTuple):
    """A part of a pattern. Sets of positions are bits of a number."""

    empty: bool  #: Whether it fits the empty text.
    first: int
    last: int


_NOTHING = _Piece(True, 0, 0)


class _Positions:
    """The characters that a pattern speaks of, and which may follow which."""

    def __init__(self) -> None:
        self._follow: list[int] = []
        self._atoms: dict[str, int] = {}
        self._fits: dict[str, Callable[[str], object]] = {}
        self._fitting: dict[str, int] = {}

    def check(self, atom: str, position: int) -> None:
        try:
            with warnings.catch_warnings(action="error"):
                self._fits[atom] = re.compile(atom, re.ASCII).fullmatch
        except (re.error, Warning) as error:
            raise BadPattern(position, f"{atom}: {error}") from None

    def add(self, atom: str) -> _Piece:
        if len(self._follow) >= MAX_POSITIONS:
            raise BadPattern(0, f"its repeats come to more than {MAX_POSITIONS:,} characters")
        bit = 1 << len(self._follow)
        self._follow.append(0)
        self._atoms[atom] = self._atoms.get(atom, 0) | bit
        return _Piece(False, bit, bit)

    def link(self, ends: int, beginnings: int) -> None:
        while ends:
            bit = ends & -ends
            self._follow[bit.bit_length() - 1] |= beginnings
            ends ^= bit

    def join(self, left: _Piece, right: _Piece) -> _Piece:
        self.link(left.last, right.first)
        return _Piece(
            left.empty and right.empty,
            left.first | right.first if left.empty else left.first,
            left.last | right.last if right.empty else right.last,
        )

    def after(self, hit: int) -> int:
        possible = 0
        while hit:
            bit = hit & -hit
            possible |= self._follow[bit.bit_length() - 1]
            hit ^= bit
        return possible

    def fitting(self, character: str) -> int:
        known = self._fitting.get(character)
        if known is None:
            known = sum(bits for atom, bits in self._atoms.items() if self._fits[atom](character))
            self._fitting[character] = known
        return known

    def forget(self) -> None:
        self._fitting.clear()


#: Adds a copy of a part of the pattern, and says what it is.
_Part = Callable[[_Positions], _Piece]


class _Reader:
    """Reads a pattern into parts; a repeat copies its part."""

    def __init__(self, source: str, positions: _Positions) -> None:
        self.source = source
        self.positions = positions
        self.next = 0
        self.depth = 0

    def whole(self) -> _Part:
        part = self.choice(at_start=True)
        if self.next < len(self.source):
            self.refuse("a parenthesis too many")
        return part

    def choice(self, at_start: bool) -> _Part:
        parts = [self.sequence(at_start)]
        while self.source.startswith("|", self.next):
            self.next += 1
            parts.append(self.sequence(at_start))
        return parts[0] if len(parts) == 1 else lambda positions: _either(parts, positions)

    def sequence(self, at_start: bool) -> _Part:
        parts: list[_Part] = []
        while self.next < len(self.source) and self.source[self.next] not in "|)":
            character = self.source[self.next]
            begins = character == "^" and at_start and not parts
            if begins or (character == "$" and self.ends_everything()):
                self.next += 1
            else:
                parts.append(self.repeated(self.single(at_start and not parts)))
        return lambda positions: reduce(
            positions.join, (part(positions) for part in parts), _NOTHING
        )

    def ends_everything(self) -> bool:
        """Whether nothing but the ends of all open groups comes between here and the end."""
        behind = self.next + 1 + self.depth
        closing = self.source[self.next + 1 : behind]
        return closing == ")" * self.depth and self.source[behind : behind + 1] in ("", "|")

    def single(self, at_start: bool) -> _Part:
        if self.source.startswith("(", self.next):
            return self.group(at_start)
        match = _ATOM.match(self.source, self.next)
        if not match:
            self.refuse(self.stray())
        atom = match[0]
        self.positions.check(atom, self.next)
        self.next = match.end()
        return lambda positions: positions.add(atom)

    def group(self, at_start: bool) -> _Part:
        opened = self.next
        self.next += 3 if self.source.startswith("(?:", opened) else 1
        if self.source.startswith("?", self.next):
            self.refuse(f"{self.source[opened : opened + 3]} is not read: no more than (?:…)")
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.refuse(f"groups nested more than {MAX_NESTING} deep")
        part = self.choice(at_start)
        if not self.source.startswith(")", self.next):
            self.next = opened
            self.refuse("a group without its closing parenthesis")
        self.depth -= 1
        self.next += 1
        return part

    def repeated(self, part: _Part) -> _Part:
        match = _QUANTIFIER.match(self.source, self.next)
        if not match:
            return part
        sign, low, comma, high = match.groups()
        endless = sign in ("*", "+") or (comma and not high)
        least = {"*": 0, "+": 1, "?": 0}[sign] if sign else int(low)
        most = None if endless else int(high or low or 1)
        if most is not None and most < least:
            self.refuse(f"{match[0]} has its ends the wrong way round")
        self.next = match.end()
        if self.source[self.next : self.next + 1] in ("*", "+", "?", "{"):
            self.refuse("a repeat of a repeat: put the first into parentheses")
        return lambda positions: _repeat(part, least, most, positions)

    def stray(self) -> str:
        character = self.source[self.next]
        if character in "^$":
            return f"{character} within the pattern: the whole text must fit anyway, leave it out"
        if character == "\\":
            return f"{self.source[self.next : self.next + 2]} is not read"
        if character == "[":
            return "a [ without its closing ]"
        return (
            f"{character} with nothing before it to repeat: write \\{character} for the character"
        )

    def refuse(self, message: str) -> NoReturn:
        raise BadPattern(self.next, message)


def _either(parts: list[_Part], positions: _Positions) -> _Piece:
    pieces = [part(positions) for part in parts]
    return _Piece(
        any(piece.empty for piece in pieces),
        sum(piece.first for piece in pieces),
        sum(piece.last for piece in pieces),
    )


def _repeat(part: _Part, least: int, most: int | None, positions: _Positions) -> _Piece:
    """`x{2,4}` is `xx(x(x)?)?`, and `x{2,}` is `xx` whose last goes round."""
    whole = _NOTHING
    for copy in range(max(least, 1) if most is None else most):
        piece = part(positions)
        if not piece.first:
            return _NOTHING
        whole = positions.join(piece, whole)
        if most is None and copy == 0:
            positions.link(piece.last, piece.first)
        if copy < (1 - least if most is None else most - least):
            whole = whole._replace(empty=True)
    return whole
