"""How fast one session may speak, and one network may bring new sessions."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.webchat.refusals import TooFast


@dataclass(frozen=True, slots=True)
class Pace:
    """So many a second in the long run, and so many at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The paces of one process. Many citizens share one address: a hall's, a phone company's."""

    messages: Pace = Pace(rate=5, burst=20)  #: Of one session.
    newcomers: Pace = Pace(rate=5, burst=200)  #: From one client address.
    most_kept: int = 50_000  #: Buckets in memory; beyond it those longest unused are forgotten.


class Buckets:
    """Token buckets by key, in bounded memory."""

    def __init__(
        self, pace: Pace, most: int, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._pace = pace
        self._most = most
        self._seconds = seconds
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)

    def take(self, key: str) -> None:
        """Take one token. Raises `TooFast` with the time until there is one."""
        now = self._seconds()
        tokens, filled_at = self._held.pop(key, (float(self._pace.burst), now))
        tokens = min(self._pace.burst, tokens + (now - filled_at) * self._pace.rate)
        missing = 1.0 - tokens
        self._held[key] = (tokens if missing > 0 else tokens - 1.0, now)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        if missing > 0:
            raise TooFast(missing / self._pace.rate)


def network(host: str | None) -> str:
    """What counts as one client: an IPv4 address, or the /64 that IPv6 gives to one subscriber."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
