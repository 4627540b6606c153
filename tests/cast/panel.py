"""A panel that is there already: enrolled, on Telegram, and as large as wanted."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, literal, select

from bot.domain.states import ParticipantStatus, WaveStatus
from bot.storage.columns import UtcTime
from bot.storage.tables import address, conversation, deliberation, invitation, participant, wave
from tests.cast.telegram_chats import Chat, SeenMessage
from tests.cast.town import TOKEN, Town


@dataclass
class Panel:
    """Participants by their pseudonyms, with the chats in which a bot may write to them."""

    town: Town
    chats: dict[str, Chat] = field(default_factory=dict)

    async def joins(
        self,
        count: int,
        *,
        language: str = "en",
        country: str | None = None,
        zone: str = "UTC",
        **facts: Any,
    ) -> list[str]:
        """`count` more people, enrolled all at once and told of the waves that are open.

        Returns their pseudonyms.
        """
        bot = self.town.telegram.bots[TOKEN]
        now = self.town.clock.now()
        people = [self.town.telegram.person(language_code=language) for _ in range(count)]
        ids = [f"p{len(self.chats) + n:015}" for n in range(count)]
        async with self.town.app.database.writing() as transaction:
            deliberation_id = (await transaction.execute(select(deliberation.c.id))).scalar_one()
            here = {"language": language, "deliberation_id": deliberation_id}
            made = await transaction.execute(
                insert(conversation).returning(conversation.c.id, sort_by_parameter_order=True),
                [here | {"places": [], "offered": [], "participant_id": id_} for id_ in ids],
            )
            numbers = list(made.scalars())
            await transaction.execute(
                insert(address),
                [
                    {
                        "conversation_id": number,
                        "channel": "telegram",
                        "bot": TOKEN.partition(":")[0],
                        "external_id": str(person.id),
                    }
                    for number, person in zip(numbers, people, strict=True)
                ],
            )
            await transaction.execute(
                insert(participant),
                [
                    here
                    | {
                        "id": id_,
                        "conversation_id": number,
                        "status": ParticipantStatus.ENROLLED,
                        "country": country,
                        "timezone": zone,
                        "profile": {"country": country} if country else {},
                        "created_at": now,
                        "enrolled_at": now,
                        **facts,
                    }
                    for id_, number in zip(ids, numbers, strict=True)
                ],
            )
            told = literal(now, UtcTime)
            await transaction.execute(
                insert(invitation).from_select(
                    ["participant_id", "wave_id", "invited_at", "told_at", "reminders_sent"],
                    select(participant.c.id, wave.c.id, told, told, 0)
                    .join(wave, wave.c.deliberation_id == participant.c.deliberation_id)
                    .where(participant.c.id.in_(ids), wave.c.status == WaveStatus.OPEN),
                )
            )
        for id_, person in zip(ids, people, strict=True):
            self.chats[id_] = bot.chats[person.id] = Chat(person.private)
        return ids

    def got(self, id_: str) -> list[str]:
        """What somebody has received, oldest first."""
        return [message.text for message in self.chats[id_].messages()]

    def messages(self, id_: str) -> list[SeenMessage]:
        return self.chats[id_].messages()

    @property
    def everything(self) -> list[str]:
        return [text for id_ in self.chats for text in self.got(id_)]
