"""The life of each thing, as data: its states, and the edges allowed between them."""

from enum import StrEnum


class ParticipantStatus(StrEnum):
    """Where a person stands towards the deliberation."""

    INVITED = "invited"  #: Reached us (or was reached), has not consented.
    CONSENTED = "consented"  #: Agreed to take part, profile not finished.
    ENROLLED = "enrolled"  #: In the panel: gets waves, briefings and reminders.
    WAITLISTED = "waitlisted"  #: Consented and profiled, waits for a seat.
    PAUSED = "paused"  #: Asked for quiet; nothing is sent until resumed.
    WITHDRAWN = "withdrawn"  #: Took the consent back; answers so far are kept.
    ERASED = "erased"  #: Everything that identifies is gone.


class WaveStatus(StrEnum):
    """Where one fielding of a questionnaire stands."""

    DRAFT = "draft"  #: Known from the pack, has no opening rule yet.
    SCHEDULED = "scheduled"  #: Opens by itself at its time.
    OPEN = "open"  #: Accepts answers; those who join now are invited.
    CLOSED = "closed"  #: Accepts nothing more.


class ResponseStatus(StrEnum):
    """How far a participant's record in a questionnaire has come."""

    NOT_STARTED = "not_started"  #: Invited, nothing answered.
    IN_PROGRESS = "in_progress"  #: At least the first item was shown.
    COMPLETE = "complete"  #: Every relevant item has an answer.
    PARTIAL = "partial"  #: The wave closed on it.
    REFUSED = "refused"  #: The participant declined the wave.


class BroadcastStatus(StrEnum):
    """Where an organiser's message to many stands."""

    DRAFT = "draft"  #: Written; nobody has been chosen for good, nothing is sent.
    APPROVED = "approved"  #: The audience is frozen; waits for its time.
    SENDING = "sending"  #: On its way, at the bots' pace.
    PAUSED = "paused"  #: Stopped by a person, or by too many failures; goes on when resumed.
    DONE = "done"  #: Nobody is left to send it to.
    CANCELLED = "cancelled"  #: Taken back; those not yet reached never get it.


class DeliveryStatus(StrEnum):
    """What is known of one message's way to one address."""

    QUEUED = "queued"  #: Waits for its time, its turn and the pace.
    SENDING = "sending"  #: Claimed by a sender under a lease.
    SENT = "sent"  #: The platform accepted it.
    DELIVERED = "delivered"  #: The platform says that it arrived.
    READ = "read"  #: The platform says that it was seen.
    FAILED = "failed"  #: Given up; the reason stands beside it.
    BLOCKED = "blocked"  #: The citizen blocked the bot.
    EXPIRED = "expired"  #: Its time passed before it could be sent.
    CANCELLED = "cancelled"  #: Taken back before it was sent.
    UNKNOWN = "unknown"  #: No platform can say whether it arrived.


class InboxStatus(StrEnum):
    """What became of one incoming message."""

    PENDING = "pending"  #: Stored and acknowledged, its turn has not run.
    DONE = "done"  #: Its turn has run and was committed.
    FAILED = "failed"  #: Its turn raised three times, or cannot be loaded.


P, W, R, D, N = ParticipantStatus, WaveStatus, ResponseStatus, DeliveryStatus, InboxStatus
B = BroadcastStatus

EDGES: dict[type[StrEnum], dict[StrEnum, frozenset[StrEnum]]] = {
    P: {
        P.INVITED: frozenset({P.CONSENTED, P.ENROLLED, P.ERASED}),
        P.CONSENTED: frozenset({P.ENROLLED, P.WAITLISTED, P.WITHDRAWN, P.ERASED}),
        P.WAITLISTED: frozenset({P.ENROLLED, P.WITHDRAWN, P.ERASED}),
        P.ENROLLED: frozenset({P.PAUSED, P.WITHDRAWN, P.ERASED}),
        P.PAUSED: frozenset({P.ENROLLED, P.WITHDRAWN, P.ERASED}),
        P.WITHDRAWN: frozenset({P.CONSENTED, P.ENROLLED, P.ERASED}),
        P.ERASED: frozenset(),
    },
    W: {
        W.DRAFT: frozenset({W.SCHEDULED, W.OPEN}),
        W.SCHEDULED: frozenset({W.DRAFT, W.OPEN, W.CLOSED}),
        W.OPEN: frozenset({W.CLOSED}),
        W.CLOSED: frozenset({W.OPEN}),
    },
    R: {
        R.NOT_STARTED: frozenset({R.IN_PROGRESS, R.REFUSED}),
        R.IN_PROGRESS: frozenset({R.COMPLETE, R.PARTIAL, R.REFUSED}),
        R.COMPLETE: frozenset({R.IN_PROGRESS}),
        R.PARTIAL: frozenset({R.IN_PROGRESS}),
        R.REFUSED: frozenset({R.IN_PROGRESS}),
    },
    B: {
        B.DRAFT: frozenset({B.APPROVED, B.CANCELLED}),
        B.APPROVED: frozenset({B.SENDING, B.CANCELLED}),
        B.SENDING: frozenset({B.PAUSED, B.DONE, B.CANCELLED}),
        B.PAUSED: frozenset({B.SENDING, B.CANCELLED}),
        B.DONE: frozenset({B.SENDING}),  # resent to those who have not got it
        B.CANCELLED: frozenset(),
    },
    D: {
        D.QUEUED: frozenset({D.SENDING, D.EXPIRED, D.CANCELLED, D.BLOCKED}),
        D.SENDING: frozenset({D.QUEUED, D.SENT, D.FAILED, D.BLOCKED, D.UNKNOWN}),
        D.SENT: frozenset({D.DELIVERED, D.READ, D.FAILED}),
        D.DELIVERED: frozenset({D.READ}),
        D.READ: frozenset(),
        D.FAILED: frozenset({D.QUEUED}),
        D.BLOCKED: frozenset({D.QUEUED}),
        D.EXPIRED: frozenset(),
        D.CANCELLED: frozenset({D.QUEUED}),
        D.UNKNOWN: frozenset({D.QUEUED, D.SENT}),
    },
    N: {
        N.PENDING: frozenset({N.DONE, N.FAILED}),
        N.DONE: frozenset(),
        N.FAILED: frozenset({N.PENDING}),
    },
}


class ForbiddenTransition(Exception):
    """A state was asked to follow an edge that does not exist, or somebody else moved it first."""


def sources_of(target: StrEnum) -> frozenset[StrEnum]:
    """The states from which `target` may be entered."""
    return frozenset(s for s, ends in EDGES[type(target)].items() if target in ends)


def require_edge(source: StrEnum, target: StrEnum) -> None:
    """Raise `ForbiddenTransition` unless `source → target` is an edge."""
    if target not in EDGES[type(target)][source]:
        raise ForbiddenTransition(
            f"{type(target).__name__} cannot go from {source.value!r} to {target.value!r}; "
            f"allowed: {', '.join(sorted(EDGES[type(target)][source])) or 'nothing'}"
        )
