"""Wordings that quote an earlier answer: `You said ${age}.`"""

import re
from collections.abc import Callable

_QUOTE = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*\}")

#: Stands where there is nothing to quote.
NOTHING_SAID = "…"


def quoted(text: str) -> list[str]:
    """The items that `text` quotes."""
    return _QUOTE.findall(text)


def with_quotes(text: str, said: Callable[[str], str]) -> str:
    """`text` with the words that `said` gives for each item that it quotes."""
    return _QUOTE.sub(lambda match: said(match[1]), text) if "${" in text else text
