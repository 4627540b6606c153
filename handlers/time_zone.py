"""A citizen tells what time it is, or which city keeps their time; at any time, corrects it.

Clocks are compared with the moment when something was pressed or written, which may be long before
its turn. What fits several groups of zones is asked by city: nothing is stored until one is left.
"""

from collections.abc import Sequence
from typing import Any

from bot.conversation.messages import Choice, IncomingKind
from bot.conversation.router import Needs
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.domain.clock_words import time_said
from bot.domain.states import ParticipantStatus
from bot.domain.time_zones import (
    Group,
    cities,
    country_called,
    every_zone,
    group_with,
    groups_of,
    in_hours,
    showing,
    time_and_city,
    zones_in_city,
)
from bot.domain.words import number_in
from handlers.home import invite_at_once
from handlers.routes import router

#: Of a question by city: none of those that are offered.
ELSEWHERE = "elsewhere"

#: What is taken for the citizen's time is right.
RIGHT = "right"


async def find_time_zone(turn: Turn) -> None:
    """Take the time zone from the country; ask where clocks of a country part within a year."""
    participant = turn.participant
    assert participant is not None
    groups = groups_of(participant.country, turn.now)
    if not (participant.timezone_said and group_with(groups, participant.timezone)):
        if len(groups) > 1:
            await turn.go(Place("time-zone"))
            return
        for group in groups:
            turn.live_by(group.zone)
    await enrol(turn)


async def enrol(turn: Turn) -> None:
    """The last step of joining; whoever was enrolled before is simply back."""
    assert turn.participant is not None
    if turn.participant.status is ParticipantStatus.CONSENTED:
        waves = turn.enrol()
        turn.reply("enrolled")
        invite_at_once(turn, waves)
    await turn.go_home()


@router.command("timezone", Needs.PARTICIPANT)
async def correct_time_zone(turn: Turn) -> None:
    """Say what is taken for the citizen's time, and ask what it is."""
    assert turn.participant is not None
    turn.reply("timezone-now", **time_and_city(turn.participant.timezone, turn.language, turn.now))
    await turn.visit(Place("time-zone", {"again": True}))


@router.asking("time-zone")
async def ask_for_time(turn: Turn) -> None:
    groups = _groups(turn)
    if among := turn.place.data.get("among"):
        fitting = [group for group in groups if group.zone in among]
        choices = [Choice(group.zone, cities(group, turn.language)) for group in fitting]
        if len(fitting) < len(groups):
            choices.append(turn.choice(ELSEWHERE, "button-elsewhere", aside=True))
        turn.ask("which-city", choices)
    elif len(groups) > 1:
        faces = {group.face(turn.now): group for group in reversed(groups)}
        shown = [Choice(f"{group.zone}@{face}", face) for face, group in faces.items()]
        turn.ask("what-time-is-it", [*shown[::-1], *_as_it_is(turn)])
    else:
        turn.ask("where-are-you", _as_it_is(turn))


def _as_it_is(turn: Turn) -> list[Choice]:
    """The way out for who only wanted to see; whoever is joining has to tell."""
    is_told = "again" in turn.place.data and "country" not in turn.place.data
    return [turn.choice(RIGHT, "button-right", aside=True)] if is_told else []


@router.answering("time-zone")
async def accept_time(turn: Turn) -> None:
    if _as_it_is(turn) and (turn.chosen(by_number=False) == RIGHT or turn.says("words-yes")):
        await turn.leave()
    elif turn.heard.kind is IncomingKind.CHOICE:
        await _accept_press(turn, turn.chosen() or "")
    elif turn.place.data.get("among") and (named := turn.chosen()):
        await _accept_press(turn, named)
    else:
        await _accept_words(turn, turn.heard.text)


async def _accept_press(turn: Turn, value: str) -> None:
    zone, _, face = value.partition("@")
    groups = _groups(turn)
    group = group_with(groups, zone)
    if value == ELSEWHERE:
        await _ask_by_city(turn, groups)
    elif group is None:
        await _misunderstood(turn)
    elif not face:
        await _settle(turn, [group])
    else:
        said = time_said(face, turn.language)
        fitting = showing(groups, said.minutes if said else (), turn.heard.received_at)
        if group in fitting:
            await _settle(turn, fitting)
        else:  # the face is as old as the question, and the citizen's clock has gone on
            turn.reply("clock-moved-on")
            await turn.show()


async def _accept_words(turn: Turn, words: str) -> None:
    groups = _groups(turn)
    fitting = _in_city(words, groups, turn) or _at_time(words, groups, turn)
    if fitting:
        await _settle(turn, fitting)
    elif country := country_called(words, turn.language):
        found = groups_of(country, turn.now)
        if len(found) == 1:
            await _settle(turn, found)
        else:
            await turn.go(Place("time-zone", _kept(turn) | {"country": country}))
    else:
        await _misunderstood(turn)


def _in_city(words: str, groups: Sequence[Group], turn: Turn) -> list[Group]:
    """The groups with this city; where no group is meant yet or has it, any zone in the world."""
    named = zones_in_city(words, [z for group in groups for z in group.zones], turn.language)
    if named:
        return [group for group in groups if not set(named).isdisjoint(group.zones)]
    return [Group((zone,)) for zone in zones_in_city(words, every_zone(), turn.language)]


def _at_time(words: str, groups: Sequence[Group], turn: Turn) -> list[Group]:
    """The groups in which it is the time that was written; a number may also be that of a face."""
    at, said = turn.heard.received_at, time_said(words, turn.language)
    fitting: list[Group] = []
    if said is not None and said.minute is None:
        fitting = in_hours(groups, said.hours, at)
    elif said is not None:
        fitting = showing(groups, said.minutes, at)
    if number_in(words) is not None and (value := turn.chosen()):
        shown = time_said(value.partition("@")[2], turn.language)
        more = showing(groups, shown.minutes if shown else (), at)
        fitting += [group for group in more if group not in fitting]
    return fitting


async def _settle(turn: Turn, fitting: Sequence[Group]) -> None:
    """One group is the citizen's; of several, the city decides."""
    if len(fitting) > 1:
        await _ask_by_city(turn, fitting)
        return
    (group,) = fitting
    turn.live_by(group.zone)
    if turn.place.data.get("again"):
        turn.reply("timezone-set", **time_and_city(group.zone, turn.language, turn.now))
        await turn.leave()
    else:
        await enrol(turn)


async def _ask_by_city(turn: Turn, groups: Sequence[Group]) -> None:
    await turn.go(Place("time-zone", _kept(turn) | {"among": [group.zone for group in groups]}))


async def _misunderstood(turn: Turn) -> None:
    by_city = turn.place.data.get("among") or len(_groups(turn)) < 2
    await turn.misunderstood("expected-city" if by_city else "expected-time")


def _groups(turn: Turn) -> Sequence[Group]:
    assert turn.participant is not None
    return groups_of(turn.place.data.get("country") or turn.participant.country, turn.now)


def _kept(turn: Turn) -> dict[str, Any]:
    """What the place goes on to know, whatever is asked next."""
    return {k: v for k, v in turn.place.data.items() if k in ("again", "country")}
