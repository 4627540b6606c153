"""A citizen reads the information material, part by part."""

from collections.abc import Sequence

from bot.conversation.messages import Choice, Outgoing
from bot.conversation.router import Needs
from bot.conversation.state import Place, StoredBriefing
from bot.conversation.turn import Turn
from bot.domain.deliberation import BriefingPart
from bot.domain.states import ResponseStatus
from handlers.routes import router


def released(turn: Turn) -> list[StoredBriefing]:
    """The briefings this participant may read now."""
    return [b for b in turn.deliberation.briefings if is_released(turn, b) and parts_of(turn, b)]


def is_released(turn: Turn, stored: StoredBriefing) -> bool:
    release = stored.briefing.release
    if release.at:
        return turn.now >= release.at
    if release.after_wave:
        response = turn.response(release.after_wave)
        return response is not None and response.status in (
            ResponseStatus.COMPLETE,
            ResponseStatus.PARTIAL,
        )
    return release.on_enrolment


def parts_of(turn: Turn, stored: StoredBriefing) -> Sequence[BriefingPart]:
    """In the citizen's language, else in the source; none where staff took out both."""
    parts = stored.briefing.parts
    return parts.get(turn.language) or parts.get(turn.deliberation.languages[0], ())


def parts_read(turn: Turn, stored: StoredBriefing) -> int:
    """How many of the parts that there are now were read."""
    there = range(len(parts_of(turn, stored)))
    return sum(1 for id_, part in turn.state.read if id_ == stored.id and part in there)


@router.command("briefings", Needs.ENROLLED)
async def open_briefings(turn: Turn) -> None:
    """List the briefings, or open the one named, where reading stopped."""
    stored = next((b for b in released(turn) if b.briefing.code == turn.argument), None)
    if stored is None:
        await turn.visit(Place("briefings"))
        return
    parts = range(len(parts_of(turn, stored)))
    unread = [part for part in parts if (stored.id, part) not in turn.state.read]
    await turn.visit(
        Place("briefing", {"code": stored.briefing.code, "part": unread[0] if unread else 0})
    )


@router.asking("briefings")
async def list_briefings(turn: Turn) -> None:
    choices = []
    lines = []
    for stored in released(turn):
        title = turn.deliberation.words(stored.briefing.titles, turn.language)
        read, parts = parts_read(turn, stored), len(parts_of(turn, stored))
        lines.append(turn.text("briefing-line", title=title, read=read, parts=parts))
        mark = "✓ " if read == parts else ""
        choices.append(Choice(turn.command("briefings", stored.briefing.code), mark + title))
    choices.append(turn.choice("home", "button-home", aside=True))
    key = "briefings" if lines else "briefings-none"
    text = "\n".join([turn.text(key), *lines])
    turn.ask(Outgoing(text=text, language=turn.language, key=key), choices)


@router.answering("briefings")
async def leave_briefings(turn: Turn) -> None:
    if turn.chosen() == "home":
        await turn.leave()
    else:
        await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))


@router.asking("briefing")
async def show_part(turn: Turn) -> None:
    stored, number = _open_briefing(turn), turn.place.data["part"]
    if stored is None:
        await _lead_on(turn)
        return
    parts = parts_of(turn, stored)
    part = parts[number]
    title = turn.deliberation.words(stored.briefing.titles, turn.language)
    head = f"**{_escaped(title)}**" if number == 0 else ""
    progress = turn.text("part-progress", number=number + 1, total=len(parts))
    choices = []
    if number + 1 < len(parts):
        choices.append(turn.choice("next", "button-next"))
    else:
        choices.append(turn.choice("finish", "button-finish-reading"))
    if number > 0:
        choices.append(turn.choice("back", "button-back", aside=True))
    choices.append(turn.choice("list", "button-briefings", aside=True))
    turn.ask(
        Outgoing(
            text="\n\n".join(t for t in (head, part.text, _escaped(progress)) if t),
            language=turn.language,
            key=f"briefing-{stored.briefing.code}-{number + 1}",
            markdown=True,
            media=part.media,
            media_alt=part.media_alt,
        ),
        choices,
    )


@router.answering("briefing")
async def turn_the_page(turn: Turn) -> None:
    """Next, back or done; going on means that the part was read."""
    stored, number, chosen = _open_briefing(turn), turn.place.data["part"], turn.chosen()
    if stored is None:
        await _lead_on(turn)
        return
    if chosen in ("next", "finish"):
        turn.read_part(stored.id, number)
    match chosen:
        case "next":
            await turn.go(Place("briefing", {"code": stored.briefing.code, "part": number + 1}))
        case "back":
            await turn.go(Place("briefing", {"code": stored.briefing.code, "part": number - 1}))
        case "finish":
            turn.reply("briefing-finished")
            await turn.go(Place("briefings"))
        case "list":
            await turn.go(Place("briefings"))
        case _:
            await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))


def _open_briefing(turn: Turn) -> StoredBriefing | None:
    """The one that is being read; None if it, or the part that was reached, is there no more."""
    code, number = turn.place.data["code"], turn.place.data["part"]
    found = next((b for b in released(turn) if b.briefing.code == code), None)
    return found if found and number < len(parts_of(turn, found)) else None


async def _lead_on(turn: Turn) -> None:
    """From what staff have shortened or withdrawn, to what there is."""
    turn.reply("briefing-changed")
    await turn.go(Place("briefings"))


def _escaped(words: str) -> str:
    """`words` as Markdown that shows them as they are."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-.!|~&" else c for c in words)
