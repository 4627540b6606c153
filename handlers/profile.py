"""A citizen finishes the profile, tells the time of day, and is enrolled."""

from bot.conversation.messages import Choice
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.domain.deliberation import PROFILE
from bot.domain.local_time import distinct_clocks, zones_of
from bot.domain.questionnaire import AnswerKind
from bot.domain.states import ParticipantStatus, ResponseStatus
from handlers.home import invite_at_once
from handlers.routes import router

#: The profile item whose answer, an ISO 3166 code, gives country and time zone.
COUNTRY = "country"


async def ask_for_profile(turn: Turn) -> None:
    """Put the profile questionnaire, unless there is none or it was answered before."""
    profile = turn.response(PROFILE)
    if turn.deliberation.profile_id is None or (
        profile and profile.status is ResponseStatus.COMPLETE
    ):
        await find_time_zone(turn)
        return
    if profile is None:
        turn.begin(PROFILE, turn.deliberation.profile_id, wave_id=None)
    turn.reply("profile-introduction")
    await turn.go(Place("survey", {"instrument": PROFILE}))


async def accept_profile(turn: Turn) -> None:
    """Take what the finished profile tells into the participant's record."""
    profile = turn.response(PROFILE)
    assert profile is not None
    said = turn.position(profile).walk.answers
    answers = {
        code: answer.value
        for code in turn.deliberation.profile_items
        if (answer := said.get(code)) and answer.kind is AnswerKind.VALUE
    }
    country = answers.get(COUNTRY)
    turn.know(profile=answers, country=str(country) if country else None)
    await find_time_zone(turn)


async def find_time_zone(turn: Turn) -> None:
    """Take the time zone from the country; ask where a country has more than one clock."""
    assert turn.participant is not None
    clocks = distinct_clocks(zones_of(turn.participant.country or ""), turn.now)
    if len(clocks) > 1:
        await turn.go(Place("time-zone"))
        return
    for zone in clocks.values():
        turn.know(timezone=zone)
    await enrol(turn)


@router.asking("time-zone")
async def ask_for_time(turn: Turn) -> None:
    assert turn.participant is not None
    clocks = distinct_clocks(zones_of(turn.participant.country or ""), turn.now)
    turn.ask("what-time-is-it", [Choice(zone, clock) for clock, zone in clocks.items()])


@router.answering("time-zone")
async def accept_time(turn: Turn) -> None:
    zone = turn.chosen()
    if zone is None:
        await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))
        return
    turn.know(timezone=zone)
    await enrol(turn)


async def enrol(turn: Turn) -> None:
    """The last step of joining; whoever was enrolled before is simply back."""
    assert turn.participant is not None
    if turn.participant.status is ParticipantStatus.CONSENTED:
        waves = turn.enrol()
        turn.reply("enrolled")
        invite_at_once(turn, waves)
    await turn.go_home()
