"""The page: one template, one style sheet, one script, and the page's own words."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.channels.webchat.accept_language import accepted_languages
from bot.channels.webchat.refusals import NotFound
from bot.channels.webchat.sessions import Sessions
from bot.conversation.catalogue import SOURCE, Catalogues
from bot.domain.deliberation import CODE
from bot.domain.languages import best_language, direction

FOLDER = Path(__file__).parent

FILES = {
    "chat.css": "text/css; charset=utf-8",
    "chat.js": "text/javascript; charset=utf-8",
    "chat.svg": "image/svg+xml",
}

#: Catalogue messages that the page itself says, beside all that begin with `page-`.
ALSO_SAID = ("button-help",)


class Page:
    """`GET /` and `GET /d/{code}`, with the cookie begun or renewed."""

    def __init__(self, words: "Words", files: "Files", sessions: Sessions) -> None:
        self._words = words
        self._sessions = sessions
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("page.html")
        self._versions = files.versions

    async def __call__(self, request: Request) -> Response:
        code = request.path_params.get("code")
        if code is not None and not CODE.fullmatch(code):
            raise NotFound
        page = self._template.render(
            page=self._words.of(self._words.language_for(request)), version=self._versions
        )
        response = HTMLResponse(page, headers={"Vary": "Accept-Language"})
        self._sessions.begin_or_renew(request, response)
        return response


class Words:
    """`GET /chat/words/{language}`: the page's own words in another language."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        said = sorted(key for key in catalogues.keys if key.startswith("page-"))
        self._keys = [*said, *ALSO_SAID]

    async def __call__(self, request: Request) -> Response:
        offered = self._catalogues.languages
        language = best_language(request.path_params["language"], offered) or SOURCE
        content = json.dumps(self.of(language), ensure_ascii=False).encode()
        return _cached(request, content, "application/json", etag_of(content))

    def language_for(self, request: Request) -> str:
        """The catalogue that is nearest to what the browser asks for."""
        wanted = accepted_languages(request.headers.get("accept-language"))
        found = (best_language(tag, self._catalogues.languages) for tag in wanted)
        return next((language for language in found if language), SOURCE)

    def of(self, language: str) -> dict[str, Any]:
        words = {key: self._catalogues.text(language, key) for key in self._keys}
        return {"lang": language, "dir": direction(language), "words": words}


class Files:
    """`GET /chat/{chat.css|chat.js|chat.svg}`, kept for good by browsers under its version."""

    def __init__(self) -> None:
        self._contents = {name: (FOLDER / name).read_bytes() for name in FILES}
        self.versions = {name: etag_of(content) for name, content in self._contents.items()}

    async def __call__(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        version = self.versions[name]
        asked_for_version = request.query_params.get("v") == version
        return _cached(request, self._contents[name], FILES[name], version, asked_for_version)


def etag_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _cached(
    request: Request, content: bytes, media_type: str, version: str, for_good: bool = False
) -> Response:
    """`content`, compressed if the browser takes that; 304 if it has this version."""
    headers = {
        "ETag": f'W/"{version}"',
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if for_good else "public, no-cache",
    }
    if version in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, mtime=0)
    return Response(content, media_type=media_type, headers=headers)
