"""The way to Telegram through a proxy, where it cannot be reached directly."""

from typing import Any

import aiohttp


def connector(proxy: str | None, connections: int) -> aiohttp.TCPConnector:
    """Opens at most so many connections, through `proxy` if there is one: `http://` or `socks5://`,
    with name and password where it wants them."""
    if proxy is None:
        return aiohttp.TCPConnector(limit=connections)
    from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

    class ThroughProxy(ProxyConnector):
        """Tells what failed before a request left as such."""

        async def connect(self, req: Any, *args: Any, **kw: Any) -> Any:
            try:
                return await super().connect(req, *args, **kw)
            except (ProxyError, ProxyConnectionError, ProxyTimeoutError) as error:
                reason = OSError(type(error).__name__)
                raise aiohttp.ClientProxyConnectionError(req.connection_key, reason) from None

    return ThroughProxy.from_url(proxy, limit=connections)
