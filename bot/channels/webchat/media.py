"""Pictures, sounds and films of briefings and items, and files that are made for one citizen."""

import re
from collections.abc import AsyncIterator
from mimetypes import guess_type
from pathlib import PurePath
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.channels.webchat.ports import Mailbox
from bot.channels.webchat.refusals import NotFound, TooFast
from bot.channels.webchat.sessions import Sessions
from bot.conversation.messages import Document
from bot.conversation.ports import Clock, DocumentStore, MediaStore
from bot.domain.own_data import DAY

#: What a page may show or play; anything else is offered as a file.
TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
}

#: After how many seconds one may try again while the same file is being fetched.
BETWEEN_FILES = 5

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MESSAGE_ID = re.compile(r"[0-9]{1,18}")
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class MediaKinds:
    """Whether a stored medium is `image`, `audio`, `video` or `file`; none ever changes."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._known: dict[str, str] = {}

    async def kind(self, digest: str) -> str | None:
        """None if nothing with this digest is stored."""
        if digest not in self._known:
            try:
                stored = await self._media.fetch(digest)
            except LookupError:
                return None
            media_type = TYPES.get(PurePath(stored.filename).suffix.lower(), "file/")
            self._known[digest] = media_type.partition("/")[0]
        return self._known[digest]


class MediaFiles:
    """`GET /chat/media/{digest}`. Parts can be asked for: some browsers play nothing otherwise."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    async def __call__(self, request: Request) -> Response:
        digest = request.path_params["digest"]
        if not _DIGEST.fullmatch(digest):
            raise NotFound
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": f'"{digest}"',
            "Accept-Ranges": "bytes",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        try:
            stored = await self._media.fetch(digest)
        except LookupError:
            raise NotFound from None
        media_type = TYPES.get(PurePath(stored.filename).suffix.lower())
        if media_type is None:
            media_type = "application/octet-stream"
            headers["Content-Disposition"] = attachment(stored.filename)
        return _whole_or_part(request, stored.content, media_type, headers)


class Documents:
    """`GET /chat/documents/{message}`: for the session whose file it is, and no other.

    A file is made while it is fetched: for a day after it was offered, and one at a time for each
    person, in each process.
    """

    def __init__(
        self, mailbox: Mailbox, sessions: Sessions, documents: DocumentStore, clock: Clock
    ) -> None:
        self._mailbox = mailbox
        self._sessions = sessions
        self._documents = documents
        self._clock = clock
        self._under_way: set[str] = set()

    async def __call__(self, request: Request) -> Response:
        session = self._sessions.require(request)
        message_id = request.path_params["message"]
        if not _MESSAGE_ID.fullmatch(message_id):
            raise NotFound
        offered_after = self._clock.now() - DAY
        document = await self._mailbox.document(session, int(message_id), offered_after)
        if document is None:
            raise NotFound
        if document.of in self._under_way:
            raise TooFast(BETWEEN_FILES)
        pieces = self._pieces(document)
        try:
            first = await anext(pieces)
        except LookupError:
            raise NotFound from None
        return StreamingResponse(
            _after(first, pieces),
            media_type=guess_type(document.filename)[0] or "application/octet-stream",
            headers={"Content-Disposition": attachment(document.filename)},
        )

    async def _pieces(self, document: Document) -> AsyncIterator[bytes]:
        who = document.of or ""
        self._under_way.add(who)
        try:
            async for piece in self._documents.pieces(document):
                yield piece
        finally:
            self._under_way.discard(who)


async def _after(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


def attachment(filename: str) -> str:
    """A Content-Disposition that saves under `filename` in any script (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _whole_or_part(
    request: Request, content: bytes, media_type: str, headers: dict[str, str]
) -> Response:
    """One range is served (RFC 9110, section 14); whatever else is asked for gets the whole."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or asked[1] == asked[2] == "":
        return Response(content, media_type=media_type, headers=headers)
    size = len(content)
    if asked[1]:
        first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    else:
        first, last = max(size - int(asked[2]), 0), size - 1
    if first >= size or first > last:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(content[first : last + 1], 206, media_type=media_type, headers=headers)
