"""A citizen finishes the profile; later, changes it."""

from bot.conversation.router import Needs
from bot.conversation.state import Place, Response
from bot.conversation.turn import Turn
from bot.domain.deliberation import PROFILE
from bot.domain.questionnaire import AnswerKind
from bot.domain.states import ResponseStatus
from handlers.routes import router
from handlers.survey_items import put_shown
from handlers.time_zone import find_time_zone

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


@router.command("profile", Needs.ENROLLED)
async def open_profile(turn: Turn) -> None:
    """See what was said about oneself, and change it."""
    profile = turn.response(PROFILE)
    if profile is None and turn.deliberation.profile_id is not None:
        profile = turn.begin(PROFILE, turn.deliberation.profile_id, wave_id=None)
    if profile is None:
        turn.reply("profile-none")
        await turn.show()
    elif profile.status is ResponseStatus.COMPLETE:
        await turn.visit(Place("summary", {"instrument": PROFILE}))
    else:
        await turn.visit(Place("survey", {"instrument": PROFILE}))


async def confirm_profile(turn: Turn, profile: Response) -> None:
    """It is right: whoever is joining goes on with that, everybody else to where they were."""
    if turn.enrolled:
        await turn.leave()
        return
    if profile.status is not ResponseStatus.COMPLETE:
        turn.mark(profile, ResponseStatus.COMPLETE)
        put_shown(turn, turn.position(profile))
    _take_over(turn, profile)
    await find_time_zone(turn)


async def learn_profile(turn: Turn, place: Place) -> None:
    """A participant has changed the profile: take that over, and go on at `place`. From another
    country another time zone may follow."""
    profile, before = turn.response(PROFILE), turn.participant
    assert profile is not None and before is not None
    if _take_over(turn, profile) != before.country:
        turn.reply("profile-changed")
        await find_time_zone(turn)
    else:
        await turn.go(place)


def _take_over(turn: Turn, profile: Response) -> str | None:
    """What the profile tells, into the participant's record, where audiences read it. Returns the
    country."""
    said = turn.position(profile).walk.answers
    answers = {
        code: answer.value
        for code in turn.deliberation.profile_items
        if (answer := said.get(code)) and answer.kind is AnswerKind.VALUE
    }
    country = str(answers[COUNTRY]) if answers.get(COUNTRY) else None
    turn.know(profile=answers, country=country)
    return country
