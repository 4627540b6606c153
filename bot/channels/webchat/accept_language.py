"""Which languages a browser asks for."""

import re

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def accepted_languages(header: str | None) -> list[str]:
    """BCP 47 tags of an Accept-Language header, the dearest first (RFC 9110, section 12.5.4).

    >>> accepted_languages("en;q=0.5, sw, fr;q=0, *;q=0.1")
    ['sw', 'en']
    """
    ranked = []
    for part in (header or "")[:1000].split(","):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if _TAG.fullmatch(tag.strip()) and quality > 0:
            ranked.append((-quality, tag.strip()))
    return [tag for _, tag in sorted(ranked, key=lambda each: each[0])]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
