"""An expression cut into words. What may stand where is the parser's: bot/domain/expression.py."""

import re
from typing import NamedTuple


class Token(NamedTuple):
    kind: str  #: The name of its group in the pattern below.
    text: str
    position: int  #: Counted from 0.


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | (?P<literal>"[^"]*"|'[^']*')
      | (?P<reference>\$\{[A-Za-z_][A-Za-z0-9_.-]*\})
      | (?P<name>[^\W\d][\w.-]*(?::[^\W\d][\w.-]*)?)
      | (?P<path>\.\.|//?|::|[@|\[\]$])
      | (?P<current>\.)
      | (?P<symbol><=|>=|!=|[=<>+*(),-])
      | (?P<end>\Z)
      | (?P<unknown>.)
    )""",
    re.VERBOSE | re.DOTALL,
)


def tokens(source: str) -> list[Token]:
    """The last one is of the kind "end"; a character that begins no token is "unknown"."""
    return [
        Token(kind, match[kind], match.start(kind))
        for match in _TOKEN.finditer(source)
        if (kind := match.lastgroup)
    ]
