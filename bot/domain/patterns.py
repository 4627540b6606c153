"""Regular expressions in linear time, for `regex`: no answer can hold the bot up.

Python's own engine tries one way after another: over `.*@.*[.].*`, which any form may have, a text
of 4,096 characters can make it brood for minutes. RE2 follows all ways at once. What cannot be had
that way, looking around and back references, it refuses. Its syntax:
https://github.com/google/re2/wiki/Syntax.
"""

import re
from collections.abc import Callable

import re2  # type: ignore[import-untyped]

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20  #: Bytes that a compiled pattern may take.

#: ODK's engine, Java's, writes a character by its number as `\u0600`; RE2 writes `\x{0600}`.
_JAVA_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)


class BadPattern(ValueError):
    """A pattern cannot be understood: says what is wrong with it."""


def whole_match(source: str) -> Callable[[str], bool]:
    """Whether the whole of a text fits, as in ODK. Raise `BadPattern`."""
    translated = _JAVA_ESCAPE.sub(lambda m: rf"\x{{{m[1]}}}" if m[1] else m[0], source)
    try:
        pattern = re2.compile(translated, _OPTIONS)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0]
        raise BadPattern(reason.decode() if isinstance(reason, bytes) else str(error)) from None

    def fits(text: str) -> bool:
        try:
            return pattern.fullmatch(text) is not None
        except UnicodeEncodeError:  # half a surrogate pair, which no platform should send
            return pattern.fullmatch(text.encode("utf-8", "replace").decode()) is not None

    return fits
