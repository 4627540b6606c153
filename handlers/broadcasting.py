"""An organiser writes to many, and watches over what is on its way."""

import secrets
from collections.abc import Mapping
from functools import wraps
from typing import Any

from bot.conversation.effects import BroadcastAct, BroadcastWritten
from bot.conversation.messages import Choice
from bot.conversation.router import Handler, Needs
from bot.conversation.state import Deliberation, InvitationCode, Place
from bot.conversation.turn import Turn
from bot.domain.audience import BadAudience, compile_condition
from bot.domain.broadcast import AT_ONCE, BadBroadcast, BroadcastText, new_id, read_start
from bot.domain.languages import own_name
from bot.domain.states import BroadcastStatus, WaveStatus
from handlers.routes import router

#: Digits of the code that confirms a broadcast.
CODE_DIGITS = 4

_B = BroadcastStatus

#: When each act makes sense.
POSSIBLE: Mapping[BroadcastAct, frozenset[BroadcastStatus]] = {
    BroadcastAct.START: frozenset({_B.APPROVED}),
    BroadcastAct.PAUSE: frozenset({_B.SENDING}),
    BroadcastAct.RESUME: frozenset({_B.PAUSED}),
    BroadcastAct.CANCEL: frozenset({_B.DRAFT, _B.APPROVED, _B.SENDING, _B.PAUSED}),
    BroadcastAct.MISSING: frozenset({_B.SENDING, _B.PAUSED, _B.DONE}),
    BroadcastAct.UNKNOWN: frozenset({_B.SENDING, _B.PAUSED, _B.DONE}),
}


def welcome_organiser(turn: Turn, code: InvitationCode) -> None:
    """Somebody came with the one-time link that `minipublic organiser invite` makes."""
    if not organises(turn, code.deliberation_id):
        turn.become_organiser(code)
    organised = turn.library[code.deliberation_id]
    title = organised.words(organised.title, turn.language)
    turn.reply("organiser-welcome", title=title, name=code.organiser)


def organises(turn: Turn, deliberation_id: int) -> bool:
    return turn.organiser is not None and turn.organiser.deliberation_id == deliberation_id


@router.command("broadcast", Needs.ORGANISER)
async def broadcast(turn: Turn) -> None:
    """Begin a broadcast; or act on one, as the buttons of its progress line say."""
    act, _, id_ = turn.argument.partition(" ")
    if act in [possible.value for possible in POSSIBLE]:
        act_on(turn, BroadcastAct(act), id_)
    else:
        await turn.visit(Place("broadcast-writing", {"texts": {}}))


def act_on(turn: Turn, act: BroadcastAct, id_: str) -> None:
    assert turn.organiser is not None
    if turn.organiser.broadcasts.get(id_) not in POSSIBLE[act]:
        turn.toast = turn.text("broadcast-cannot")
        turn.reply("broadcast-cannot")
        return
    turn.act_on_broadcast(id_, act)
    turn.toast = turn.text("broadcast-act-taken")


def organisers_only(handler: Handler) -> Handler:
    """Whoever was an organiser when this began may be none any more."""

    @wraps(handler)
    async def guarded(turn: Turn) -> None:
        if turn.organiser is not None:
            await handler(turn)
            return
        turn.reply("broadcast-forgotten")
        await turn.leave()

    return guarded


# --- Its words -----------------------------------------------------------------------------------


@router.asking("broadcast-writing")
@organisers_only
async def ask_for_text(turn: Turn) -> None:
    """Language by language, the source first; the others as far as the organiser has them."""
    written = turn.place.data["texts"]
    choices = [turn.choice("forget", "button-broadcast-forget", aside=True)]
    if written:
        choices.insert(0, turn.choice("enough", "button-broadcast-enough"))
    key = "broadcast-write-next" if written else "broadcast-write"
    turn.ask(key, choices, language=own_name(_unwritten(turn)[0]))


@router.answering("broadcast-writing")
@organisers_only
async def accept_text(turn: Turn) -> None:
    match turn.chosen(by_number=False):
        case "forget":
            await forget(turn)
            return
        case "enough":
            await turn.go(Place("broadcast-others", turn.place.data))
            return
    text = BroadcastText(turn.heard.text, markdown=False)
    language, definition = _unwritten(turn)[0], _organised(turn)
    title = definition.words(definition.title, language)
    closing = [wave.code for wave in definition.waves if wave.closes_at]
    if faults := text.faults(title, closing, [wave.code for wave in definition.waves]):
        await turn.misunderstood("broadcast-faults", faults=" ".join(faults))
        return
    texts = {**turn.place.data["texts"], language: text.text}
    turn.stand_at(Place("broadcast-writing", {"texts": texts}))
    if _unwritten(turn):
        await turn.show()
    else:
        await ask_for_audience(turn, others=False)


@router.asking("broadcast-others")
@organisers_only
async def ask_about_others(turn: Turn) -> None:
    source, *_ = _organised(turn).languages
    turn.ask(
        "broadcast-others",
        [
            Choice("fallback", turn.text("button-others-fallback", language=own_name(source))),
            turn.choice("nothing", "button-others-nothing"),
        ],
        languages=", ".join(own_name(language) for language in _unwritten(turn)),
    )


@router.answering("broadcast-others")
@organisers_only
async def accept_others(turn: Turn) -> None:
    chosen = turn.chosen()
    if chosen is None:
        await turn.misunderstood("expected-choice", count=2)
    else:
        await ask_for_audience(turn, others=chosen == "nothing")


# --- Its readers and its time --------------------------------------------------------------------


async def ask_for_audience(turn: Turn, others: bool) -> None:
    """`others`: those whose language has no text are left out."""
    await turn.go(Place("broadcast-audience", {**turn.place.data, "others": others}))


@router.asking("broadcast-audience")
@organisers_only
async def ask_whom(turn: Turn) -> None:
    unfinished = [
        Choice(f"wave-{wave.code}", turn.text("button-audience-unfinished", wave=wave.code))
        for wave in _organised(turn).waves
        if wave.status is WaveStatus.OPEN
    ]
    turn.ask(
        "broadcast-audience",
        [
            turn.choice("everybody", "button-audience-everybody"),
            *unfinished,
            turn.choice("forget", "button-broadcast-forget", aside=True),
        ],
        example='${country} = "KE"',
    )


@router.answering("broadcast-audience")
@organisers_only
async def accept_audience(turn: Turn) -> None:
    match turn.chosen():
        case "forget":
            await forget(turn)
            return
        case "everybody":
            condition = ""
        case str(wave):
            wave = wave.removeprefix("wave-")
            condition = f"${{{wave}}} = 'invited' or ${{{wave}}} = 'in_progress'"
        case _:
            condition = turn.heard.text
    definition = _organised(turn)
    try:
        compile_condition(condition, [w.code for w in definition.waves], definition.profile_items)
    except BadAudience as refusal:
        await turn.misunderstood("broadcast-faults", faults=refusal)
        return
    await turn.go(Place("broadcast-start", {**turn.place.data, "audience": condition}))


@router.asking("broadcast-start")
@organisers_only
async def ask_when(turn: Turn) -> None:
    turn.ask(
        "broadcast-start",
        [
            turn.choice("now", "button-start-now"),
            turn.choice("forget", "button-broadcast-forget", aside=True),
        ],
        example=f"{turn.now:%Y-%m-%d} 18:00",
    )


@router.answering("broadcast-start")
@organisers_only
async def accept_start(turn: Turn) -> None:
    chosen = turn.chosen()
    if chosen == "forget":
        await forget(turn)
        return
    start = "" if chosen == "now" else turn.heard.text
    try:
        if start and (at := read_start(start).at) and at <= turn.now:
            raise BadBroadcast(f"{start} is over.")
    except BadBroadcast as refusal:
        await turn.misunderstood("broadcast-faults", faults=refusal)
        return
    await show_preview(turn, turn.place.data, start)


# --- Its confirmation ----------------------------------------------------------------------------


async def show_preview(turn: Turn, data: Mapping[str, Any], start: str) -> None:
    """Store what was written; the preview follows, with the code that confirms it."""
    id_ = new_id()
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    turn.write_broadcast(
        BroadcastWritten(
            id=id_,
            deliberation_id=_organised(turn).id,
            texts={lang: BroadcastText(t, markdown=False) for lang, t in data["texts"].items()},
            audience=data["audience"],
            excludes_others=data["others"],
            start=read_start(start) if start else AT_ONCE,
            code=code,
        )
    )
    await turn.go(Place("broadcast-confirming", {"id": id_, "code": code}))


@router.asking("broadcast-confirming")
@organisers_only
async def ask_for_code(turn: Turn) -> None:
    turn.ask("broadcast-confirm", [turn.choice("forget", "button-broadcast-forget", aside=True)])


@router.answering("broadcast-confirming")
@organisers_only
async def accept_code(turn: Turn) -> None:
    id_, code = turn.place.data["id"], turn.place.data["code"]
    is_draft = turn.organiser is not None and turn.organiser.broadcasts.get(id_) is _B.DRAFT
    if not is_draft:
        turn.reply("broadcast-cannot")
        await turn.leave()
    elif turn.chosen(by_number=False) == "forget":
        turn.act_on_broadcast(id_, BroadcastAct.CANCEL)
        await forget(turn)
    elif turn.heard.text.strip() == code:
        turn.act_on_broadcast(id_, BroadcastAct.CONFIRM)
        turn.reply("broadcast-confirmed")
        await turn.leave()
    else:
        await turn.misunderstood("broadcast-code-wrong", count=CODE_DIGITS)


async def forget(turn: Turn) -> None:
    turn.reply("broadcast-forgotten")
    await turn.leave()


def _organised(turn: Turn) -> Deliberation:
    """The deliberation that the writer organises, which need not be the one they take part in."""
    assert turn.organiser is not None
    return turn.library[turn.organiser.deliberation_id]


def _unwritten(turn: Turn) -> list[str]:
    """Languages of the deliberation that have no text yet."""
    return [lang for lang in _organised(turn).languages if lang not in turn.place.data["texts"]]
