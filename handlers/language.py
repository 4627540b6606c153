"""A citizen chooses the language to be met in."""

from bot.conversation.messages import Choice
from bot.conversation.state import Place
from bot.conversation.turn import Turn
from bot.domain.languages import own_name
from handlers.routes import router


@router.command("language")
async def change_language(turn: Turn) -> None:
    if turn.participant is None:
        await turn.misunderstood("not-joined")
    else:
        await turn.visit(Place("language"))


@router.asking("language")
async def ask_for_language(turn: Turn) -> None:
    languages = turn.deliberation.languages
    turn.ask("choose-language", [Choice(language, own_name(language)) for language in languages])


@router.answering("language")
async def accept_language(turn: Turn) -> None:
    language = turn.chosen()
    if language not in turn.deliberation.languages:
        await turn.misunderstood("expected-choice", count=len(turn.deliberation.languages))
        return
    turn.speak(language)
    turn.reply("language-chosen", language=own_name(language))
    await turn.leave()
