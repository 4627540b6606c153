"""Choices as numbered lines, where buttons cannot say all."""

import re
from collections.abc import Sequence

_BORNE = re.compile(r"(\d+)\. ")
_NUMBER = re.compile(r"[-−+]?\d+([.,٫]\d+)?")


def is_number(label: str) -> bool:
    """Whether it is a point of a scale, in the digits of any script."""
    return _NUMBER.fullmatch(label) is not None


def numbered(labels: Sequence[str]) -> list[str]:
    """Each label after the number that may be typed for it.

    Labels that bear just that number already stay as they are. Where they bear others, such as the
    ranks in an order, the two are told apart.

    >>> numbered(["Jobs", "Homes"])
    ['1. Jobs', '2. Homes']
    >>> numbered(["2. Jobs", "1. Homes"])
    ['1) 2. Jobs', '2) 1. Homes']
    """
    borne = [int(found[1]) if (found := _BORNE.match(label)) else None for label in labels]
    if borne == list(range(1, len(labels) + 1)):
        return list(labels)
    mark = ")" if any(number is not None for number in borne) else "."
    return [f"{n}{mark} {label}" for n, label in enumerate(labels, start=1)]
