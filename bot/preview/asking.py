"""Every item of a questionnaire put to a citizen who gives the sample answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Heard, IncomingKind, Outgoing
from bot.conversation.state import (
    Conversation,
    Deliberation,
    Participant,
    State,
    StoredConsent,
)
from bot.conversation.turn import Turn
from bot.domain.answers import Answer
from bot.domain.questionnaire import Item, Questionnaire
from bot.domain.states import ParticipantStatus
from bot.domain.survey import Position, walk
from bot.preview.samples import sample_answer
from handlers.routes import router
from handlers.survey_items import put_item, put_shown


@dataclass(frozen=True, slots=True)
class Put:
    """An item with what a citizen sees of it; what is never shown has no messages."""

    item: Item
    messages: Sequence[Outgoing]

    @property
    def facts(self) -> list[str]:
        """What the author wrote beside the wording, and no citizen sees."""
        written = {
            "relevant": self.item.relevant,
            "constraint": self.item.constraint,
            "calculation": self.item.calculation,
            "choice_filter": self.item.choice_filter,
            "default": self.item.default,
            "seed": self.item.seed,
        }
        flags = {
            "required": self.item.required,
            "randomize": self.item.randomized,
            "bot::pii": self.item.personal,
        }
        return [name for name, is_so in flags.items() if is_so] + [
            f"{name}: {source}" for name, source in written.items() if source
        ]


def put_all(
    questionnaire: Questionnaire,
    languages: Sequence[str],
    language: str,
    catalogues: Catalogues,
    now: datetime,
) -> Iterator[Put]:
    """All items in order, also those that the sample answers would leave out.

    Notes come together with the item they lead up to, as in the survey.
    """
    asked = questionnaire.asked
    answers: dict[str, Answer] = {}
    shown: list[Item] = []
    earlier: Item | None = None
    today = now.date()
    last = next(item for item in reversed(questionnaire.items) if item.shown or item.asked)
    for item in questionnaire.items:
        gone = walk(questionnaire, answers, today)
        if item.shown:
            shown.append(item)
        if item is last and item.shown:
            turn = _turn(questionnaire, languages, language, catalogues, now)
            put_shown(turn, Position(None, tuple(shown), len(asked), len(asked), earlier, gone))
            yield Put(item, turn.effects.messages)
            continue
        if not item.asked:
            yield Put(item, ())
            continue
        number = asked.index(item) + 1
        where = Position(item, tuple(shown), number, len(asked), earlier, gone)
        turn = _turn(questionnaire, languages, language, catalogues, now)
        put_item(turn, where)
        yield Put(item, turn.effects.messages)
        if answer := sample_answer(item, gone, language, today):
            answers[item.code] = answer
        earlier, shown = item, []


def _turn(
    questionnaire: Questionnaire,
    languages: Sequence[str],
    language: str,
    catalogues: Catalogues,
    now: datetime,
) -> Turn:
    """The turn of a participant who is nobody, in a deliberation with nothing else in it."""
    deliberation = Deliberation(
        id=0,
        code="preview",
        revision=0,
        title=questionnaire.title,
        languages=tuple(languages),
        timezone="UTC",
        invited_only=False,
        on_erase="remove",
        consent=StoredConsent(0, 1, {}),
        profile_id=None,
        questionnaires={0: questionnaire},
        newest={questionnaire.code: 0},
        briefings=(),
        waves=(),
    )
    conversation = Conversation(
        id=0,
        channel="preview",
        bot="",
        deliberation_id=0,
        participant_id="preview",
        language=language,
        hint=None,
        places=(),
        asked=0,
        asked_at=None,
        offered=(),
        strikes=0,
        blocked=False,
    )
    participant = Participant("preview", 0, ParticipantStatus.ENROLLED, language, "UTC")
    return Turn(
        heard=Heard(0, "preview", IncomingKind.TEXT, "", None, None, now),
        state=State(conversation, participant),
        deliberation=deliberation,
        codes={},
        library={0: deliberation},
        catalogues=catalogues,
        router=router,
        now=now,
    )
