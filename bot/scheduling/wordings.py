"""What an invitation and a reminder say, in every language of a deliberation."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Choice, MessageKind, Outgoing
from bot.conversation.state import Deliberation


def wordings(
    catalogues: Catalogues, row: Row[Any], deliberation: Deliberation, kind: MessageKind
) -> Mapping[str, Outgoing]:
    """Ready messages by language for the wave `row`; the button of each works at any time."""
    invites = kind is MessageKind.INVITATION
    key = "survey-invitation" if invites else "survey-reminder"
    count = len(deliberation.questionnaires[row.questionnaire_id].asked)
    ready = {}
    for language in deliberation.languages:
        title = deliberation.words(deliberation.title, language)
        start = catalogues.text(language, "start-survey" if invites else "continue-survey")
        ready[language] = Outgoing(
            text=catalogues.text(language, key, {"title": title, "count": count}),
            language=language,
            key=key,
            choices=(Choice(f"/survey {row.code}", start),),
            kind=kind,
        )
    return ready
