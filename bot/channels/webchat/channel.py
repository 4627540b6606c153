"""The edge of the web chat: how a message goes out, and which addresses it answers."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.webchat.headers import StrictHeaders
from bot.channels.webchat.limits import Limits
from bot.channels.webchat.loading import Transcripts
from bot.channels.webchat.media import Documents, MediaFiles, MediaKinds
from bot.channels.webchat.page import FILES, Files, Page, Words
from bot.channels.webchat.ports import Mailbox, Signals
from bot.channels.webchat.posting import NAME, Posting
from bot.channels.webchat.refusals import answering_refusals
from bot.channels.webchat.rendering import rendered
from bot.channels.webchat.renewal import Renewal
from bot.channels.webchat.sessions import Sessions
from bot.channels.webchat.stream import Stream, topic
from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Outgoing
from bot.conversation.ports import (
    Clock,
    DocumentStore,
    Inbox,
    MediaStore,
    Parcel,
    StoreUnavailable,
)
from bot.domain.delivery import Receipt, Rejected, Unreachable


class WebChat:
    """A channel whose far side is our own: no bot tokens, no pace, and each message exactly once.

    `routes` go into the web application. Call `close` before the server waits for its connections
    to end, because streams end by nothing else.
    """

    name = NAME

    def __init__(
        self,
        *,
        inbox: Inbox,
        mailbox: Mailbox,
        media: MediaStore,
        documents: DocumentStore,
        catalogues: Catalogues,
        signals: Signals,
        public_url: str | None,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._mailbox = mailbox
        self._media_kinds = MediaKinds(media)
        self._clock = clock
        sessions = Sessions(public_url)
        files, words = Files(), Words(catalogues)
        page = Page(words, files, sessions)
        self._stream = Stream(mailbox=mailbox, signals=signals, sessions=sessions)
        posting = Posting(
            inbox=inbox,
            mailbox=mailbox,
            sessions=sessions,
            public_url=public_url,
            limits=limits or Limits(),
        )
        self.routes: Sequence[Route] = [
            _route("/", page),
            _route("/d/{code}", page),
            _route("/chat/messages", Transcripts(mailbox, sessions)),
            _route("/chat/messages", posting, "POST"),
            _route(
                "/chat/session",
                Renewal(mailbox=mailbox, sessions=sessions, public_url=public_url, clock=clock),
                "POST",
            ),
            _route("/chat/events", self._stream),
            _route("/chat/words/{language}", words),
            _route("/chat/media/{digest}", MediaFiles(media)),
            _route("/chat/documents/{message}", Documents(mailbox, sessions, documents, clock)),
            *(_route(f"/chat/{name}", files) for name in FILES),
        ]

    async def send(self, parcel: Parcel) -> Receipt:
        """Put the message into the mailbox, once, however often this is called for one parcel.

        The receipt is the id of the message that the citizen sees: after an edit, the edited one.
        """
        message = parcel.message
        if not (message.text or message.choices or message.media or message.document):
            return Receipt(None)
        session = parcel.to.external_id
        try:
            message_id = await self._mailbox.deliver(
                parcel.id,
                parcel.conversation_id,
                (f"webchat:{parcel.conversation_id}", topic(session)),
                rendered(message, await self._kind_of_media(message)),
                self._clock.now(),
            )
        except LookupError as error:
            raise Rejected(str(error)) from error
        except ConnectionError as error:
            raise Unreachable(str(error)) from error
        return Receipt(str(message_id))

    def close(self) -> None:
        """End all streams; their pages go on with another process, or with the next start."""
        self._stream.close()

    async def _kind_of_media(self, message: Outgoing) -> str | None:
        try:
            return await self._media_kinds.kind(message.media) if message.media else None
        except StoreUnavailable:
            raise Unreachable("the database with the file of this message is away") from None


def _route(
    path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str = "GET"
) -> Route:
    return Route(
        path,
        answering_refusals(endpoint),
        methods=[method],
        middleware=[Middleware(StrictHeaders)],
    )
