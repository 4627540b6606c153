"""A citizen sees what there is to do."""

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.messages import Choice
from bot.conversation.state import StoredWave
from bot.conversation.turn import Turn
from bot.domain.states import ParticipantStatus
from handlers.briefings import released
from handlers.routes import router


def invite_at_once(turn: Turn, waves: Sequence[StoredWave]) -> None:
    """Invite somebody who joined while waves are open, perhaps not for the first time; the menu
    that follows has the button. What is complete is not announced."""
    for wave in waves:
        assert wave.questionnaire_id is not None
        if turn.has_finished(wave.code):
            continue
        if turn.response(wave.code):
            turn.reply("survey-begun")
            continue
        count = len(turn.deliberation.questionnaires[wave.questionnaire_id].asked)
        turn.reply("survey-open", count=count)


def answered_waves(turn: Turn) -> list[StoredWave]:
    """Waves whose answers the citizen can look at: finished, or closed with something answered."""
    return [
        wave
        for wave in turn.deliberation.waves
        if (response := turn.response(wave.code)) is not None
        and response.answers
        and (turn.has_finished(wave.code) or not turn.may_answer(wave, turn.now))
    ]


@router.asking("home")
async def show_menu(turn: Turn) -> None:
    others = [turn.choice("/switch", "button-switch", aside=True)] if turn.others_here else []
    if turn.participant and turn.participant.status is ParticipantStatus.CONSENTED:
        turn.ask(
            "joining-unfinished",
            [turn.choice(turn.command("continue"), "button-continue")],
        )
        return
    if not turn.enrolled:
        question = replace(turn.words_of("not-joined"), nothing_left=True)
        turn.ask(question, [turn.choice(turn.command("start"), "button-start"), *others])
        return
    choices: list[Choice] = []
    for wave in turn.open_waves:
        key = "continue-survey" if turn.response(wave.code) else "start-survey"
        choices.append(turn.choice(turn.command("survey", wave.code), key))
    choices += _answers_to_see(turn)
    if released(turn):
        choices.append(turn.choice(turn.command("briefings"), "button-briefings"))
    choices += [
        *others,
        turn.choice("/language", "button-language", aside=True),
        turn.choice("/help", "button-help", aside=True),
    ]
    question = turn.words_of("home")
    if others:
        question = turn.words_of("home-of", title=turn.title_of(turn.deliberation))
    turn.ask(replace(question, nothing_left=not turn.open_waves), choices)


def _answers_to_see(turn: Turn) -> list[Choice]:
    """A button for each wave that was answered, numbered where there are several."""
    waves = answered_waves(turn)
    choices = []
    for number, wave in enumerate(waves, start=1):
        is_open = turn.may_answer(wave, turn.now)
        label = turn.text("button-see-or-change" if is_open else "button-see-answers")
        label += f" ({number})" if len(waves) > 1 else ""
        choices.append(Choice(turn.command("survey", wave.code), label))
    return choices


@router.answering("home")
async def not_understood_at_home(turn: Turn) -> None:
    await turn.misunderstood("not-understood")


@router.understanding("words-menu")
async def come_home(turn: Turn) -> None:
    """The menu, from wherever no words are asked for. What was answered so far is kept."""
    await turn.go_home()
