"""States are data: every one has its edges, and no other can be followed."""

from enum import StrEnum

import pytest

from bot.domain import states
from bot.domain.states import (
    EDGES,
    BroadcastStatus,
    DeliveryStatus,
    ForbiddenTransition,
    InboxStatus,
    ParticipantStatus,
    ResponseStatus,
    WaveStatus,
    require_edge,
    sources_of,
)

LIVES = [
    thing for thing in vars(states).values()
    if isinstance(thing, type) and issubclass(thing, StrEnum) and thing is not StrEnum
]  # fmt: skip

#: Where each life begins: what the first row of it is written with.
BEGINNINGS: dict[type[StrEnum], set[StrEnum]] = {
    ParticipantStatus: {ParticipantStatus.INVITED},
    WaveStatus: {WaveStatus.DRAFT, WaveStatus.SCHEDULED},
    ResponseStatus: {ResponseStatus.NOT_STARTED, ResponseStatus.IN_PROGRESS},
    DeliveryStatus: {DeliveryStatus.QUEUED},
    InboxStatus: {InboxStatus.PENDING},
    BroadcastStatus: {BroadcastStatus.DRAFT},
}


def test_every_kind_of_state_has_edges() -> None:
    assert set(LIVES) == set(EDGES) == set(BEGINNINGS)


@pytest.mark.parametrize("life", EDGES, ids=lambda life: life.__name__)
def test_every_state_is_in_the_table_and_no_edge_leaves_it(life: type[StrEnum]) -> None:
    assert set(EDGES[life]) == set(life)
    for source, ends in EDGES[life].items():
        assert ends <= set(life) and source not in ends
        assert all(type(end) is life for end in ends)


@pytest.mark.parametrize("life", EDGES, ids=lambda life: life.__name__)
def test_every_state_can_be_reached(life: type[StrEnum]) -> None:
    reached = set(BEGINNINGS[life])
    while more := {end for state in reached for end in EDGES[life][state]} - reached:
        reached |= more
    assert reached == set(life)


@pytest.mark.parametrize("life", EDGES, ids=lambda life: life.__name__)
def test_an_edge_may_be_followed_exactly_where_the_table_has_one(life: type[StrEnum]) -> None:
    for source in life:
        for target in life:
            if target in EDGES[life][source]:
                require_edge(source, target)
                assert source in sources_of(target)
            else:
                assert source not in sources_of(target)
                with pytest.raises(ForbiddenTransition):
                    require_edge(source, target)


def test_a_refusal_names_both_ends_and_what_is_allowed() -> None:
    with pytest.raises(
        ForbiddenTransition,
        match="ParticipantStatus cannot go from 'paused' to 'invited'; "
        "allowed: enrolled, erased, withdrawn",
    ):
        require_edge(ParticipantStatus.PAUSED, ParticipantStatus.INVITED)


def test_nothing_leads_back_from_erased() -> None:
    for status in set(ParticipantStatus) - {ParticipantStatus.ERASED}:
        require_edge(status, ParticipantStatus.ERASED)
        with pytest.raises(ForbiddenTransition, match="allowed: nothing"):
            require_edge(ParticipantStatus.ERASED, status)


def test_what_was_sent_is_never_sent_again() -> None:
    for arrived in (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ):
        assert not EDGES[DeliveryStatus][arrived] & {DeliveryStatus.QUEUED, DeliveryStatus.SENDING}
