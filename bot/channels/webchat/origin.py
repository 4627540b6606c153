"""Whether a request to write comes from this site's own page."""

from urllib.parse import urlsplit

from starlette.requests import Request

from bot.channels.webchat.refusals import CrossSite


def require_same_origin(request: Request, public_url: str | None) -> None:
    """Raise `CrossSite` if the page of another site sends this.

    Browsers say so in Sec-Fetch-Site, or where there is no https in Origin. What says neither is no
    page, and has no citizen's cookie. Source: OWASP, "Cross-Site Request Forgery Prevention".
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise CrossSite
        return
    origin = request.headers.get("origin")
    own = {request.headers.get("host"), urlsplit(public_url or "").netloc or None}
    if origin is not None and (urlsplit(origin).netloc or None) not in own - {None}:
        raise CrossSite
