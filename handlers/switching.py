"""A citizen who takes part in several deliberations from one place says which is meant."""

from bot.conversation.messages import Choice
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.conversation.who_speaks import ALL
from bot.domain.words import command_in
from handlers.routes import router


@router.command("switch")
async def switch(turn: Turn) -> None:
    """Go on in another deliberation. With its code behind the command this is done already."""
    if turn.others_here and not turn.named:
        await turn.visit(Place("which", {"command": "switch"}))
        return
    if not turn.named:
        turn.reply("nothing-to-switch")
    if turn.participant:
        await turn.show()


@router.refusing("which")
async def ask_what_is_covered(turn: Turn) -> None:
    """A command that may mean one of several deliberations, or all of them."""
    name, _ = command_in(turn.heard.text)
    await turn.visit(Place("which", {"command": name, "all": True}))


async def finds_wave(turn: Turn, code: str) -> bool:
    """Go to the one deliberation in which the wave waits for the citizen: buttons from before do
    not name it. False if there are several, which is asked then."""
    if not code or turn.named or not turn.others_here:
        return True
    waiting = []
    for _ in turn.each_here():
        if any(wave.code == code for wave in turn.open_waves):
            waiting.append(turn.participant.id if turn.participant else "")
    if len(waiting) > 1:
        await turn.visit(Place("which", {"command": "survey", "argument": code}))
        return False
    if waiting and turn.participant and waiting[0] != turn.participant.id:
        turn.switch_to(waiting[0])
    return True


@router.asking("which")
async def ask_which_deliberation(turn: Turn) -> None:
    data = turn.place.data
    choices = []
    for somebody in turn.everybody_here:
        deliberation = turn.deliberation_of(somebody)
        words = deliberation.command(data["command"], data.get("argument", ""))
        choices.append(Choice(words.removeprefix("/"), turn.title_of(deliberation)))
    if data.get("all"):
        choices.append(turn.choice(f"{data['command']} {ALL}", "button-all"))
    turn.ask("which-deliberation", [*choices, turn.choice("back", "button-back", aside=True)])


@router.answering("which")
async def accept_which_deliberation(turn: Turn) -> None:
    match turn.chosen():
        case "back":
            await turn.leave()
        case None:
            await turn.misunderstood("expected-choice", count=len(turn.conversation.offered))
        case words:
            turn.step_back()
            await turn.obey(f"/{words}")


@router.refusing("not-here")
async def explain_not_here(turn: Turn) -> None:
    """A button of a deliberation in which nobody takes part from here any more."""
    turn.reply("not-here")
    if turn.participant:
        await turn.show()
