"""A poll of two waves, as it lies in a database: who was invited, and what they said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType, Questionnaire, Scale
from bot.domain.questionnaire_document import to_document
from bot.domain.states import ParticipantStatus, ResponseStatus, WaveStatus
from bot.storage import tables
from bot.storage.database import Database

DONT_KNOW, REFUSED, SKIPPED = AnswerKind.DONT_KNOW, AnswerKind.REFUSED, AnswerKind.SKIPPED
COMPLETE, PARTIAL, DECLINED = (
    ResponseStatus.COMPLETE,
    ResponseStatus.PARTIAL,
    ResponseStatus.REFUSED,
)
NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)


def texts(english: str, french: str) -> dict[str, str]:
    return {"en": english, "fr": french}


TRUST = Item(
    "trust",
    ItemType.RANGE,
    texts("How much do you trust the council?", "Quelle confiance avez-vous ?"),
    hint=texts("0 is not at all", "0 : aucune"),
    scale=Scale(0, 2),
    dont_know=True,
)
VOTE = Item(
    "vote",
    ItemType.SELECT_ONE,
    texts("A new park?", "Un nouveau parc ?"),
    choices=(
        ItemChoice("yes", texts("Yes", "Oui"), number=1),
        ItemChoice("no", texts("No | never", "Non"), number=2),
        ItemChoice("unsure", texts("I can't say", "Je ne sais pas"), DONT_KNOW),
    ),
)
USES = Item(
    "uses",
    ItemType.SELECT_MULTIPLE,
    texts("What is it for, in the people's view?", "Pour quoi faire ?"),
    relevant="${vote} = 'yes'",
    choices=(
        ItemChoice("play", texts("Play", "Jouer")),
        ItemChoice("rest", texts("Rest", "Se reposer")),
    ),
)
AGE = Item("age", ItemType.INTEGER, texts("Your age?", "Votre âge ?"), constraint=". < 90")
WHY = Item("why", ItemType.TEXT, texts("Why?", "Pourquoi ?"))
EMAIL = Item("email", ItemType.TEXT, texts("Your e-mail?", "Votre courriel ?"), personal=True)

OPINION = Questionnaire(
    "opinion", 1, texts("Opinion", "Avis"), (TRUST, VOTE, USES, AGE, WHY, EMAIL)
)

Said = Mapping[str, Any]  #: Item → value, or the kind of an answer without one.


@dataclass(frozen=True)
class Part:
    """What became of one invitation; without a status, nothing."""

    status: ResponseStatus | None = None
    said: Said | None = None


class Poll:
    """The deliberation `town`, with the waves `t1` and `t2`, which both ask OPINION."""

    waves = ("t1", "t2")

    def __init__(self, database: Database, questionnaire: Questionnaire = OPINION) -> None:
        self.database = database
        self._questionnaire = questionnaire
        self._people = 0

    async def begins(self) -> None:
        async with self.database.writing() as transaction:
            await transaction.execute(
                insert(tables.deliberation).values(
                    id=1, code="town", title=texts("A town", "Une ville"), languages=["en", "fr"],
                    timezone="UTC", invited_only=False, on_erase="anonymise", created_at=NOON,
                )
            )  # fmt: skip
            await transaction.execute(
                insert(tables.consent_text).values(
                    deliberation_id=1, version=1, texts={}, created_at=NOON
                )
            )
            form = self._questionnaire
            await transaction.execute(
                insert(tables.questionnaire).values(
                    id=1, deliberation_id=1, code=form.code, version=form.version,
                    document=to_document(form), created_at=NOON,
                )
            )  # fmt: skip
            for number, wave in enumerate(self.waves, start=1):
                await transaction.execute(
                    insert(tables.wave).values(
                        id=number, deliberation_id=1, code=wave, position=number,
                        questionnaire_code=form.code, questionnaire_id=1, status=WaveStatus.CLOSED,
                        on_enrolment=True, reminders=[],
                    )
                )  # fmt: skip

    async def hears(self, count: int, *parts: Part, **about: Any) -> None:
        """`count` people with the same facts `about` them, and the same part in each wave."""
        async with self.database.writing() as transaction:
            for _ in range(count):
                self._people += 1
                who = f"p{self._people:04}"
                await transaction.execute(
                    insert(tables.participant).values(
                        id=who, deliberation_id=1, status=ParticipantStatus.ENROLLED, language="en",
                        timezone="UTC", profile={}, created_at=NOON, **about,
                    )
                )  # fmt: skip
                for number, part in enumerate(parts, start=1):
                    await self._takes_part(transaction, who, number, part)

    async def _takes_part(self, transaction: Any, who: str, wave: int, part: Part) -> None:
        invited = NOON + timedelta(days=wave)
        await transaction.execute(
            insert(tables.invitation).values(participant_id=who, wave_id=wave, invited_at=invited)
        )
        if part.status is None:
            return
        response = f"{who}-{wave}"
        await transaction.execute(
            insert(tables.response).values(
                id=response, participant_id=who, instrument=self.waves[wave - 1], wave_id=wave,
                questionnaire_id=1, status=part.status, language="fr", channel="webchat",
                started_at=invited,
                completed_at=invited + timedelta(hours=1) if part.status is COMPLETE else None,
            )
        )  # fmt: skip
        answers = [
            {
                "response_id": response,
                "item": code,
                "kind": value if isinstance(value, AnswerKind) else AnswerKind.VALUE,
                "value": None if isinstance(value, AnswerKind) else value,
                "language": "fr",
                "channel": "webchat",
                "asked_at": invited,
                "answered_at": invited + timedelta(minutes=1),
            }
            for code, value in (part.said or {}).items()
        ]
        if answers:
            await transaction.execute(insert(tables.answer), answers)
