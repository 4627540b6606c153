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
        ids, now = [], self.town.clock.now()
        async with self.town.app.database.writing() as transaction:
            found = await transaction.execute(select(deliberation.c.id))
            deliberation_id = found.scalar_one()
            for _ in range(count):
                person = self.town.telegram.person(language_code=language)
                made = await transaction.execute(
                    insert(conversation)
                    .values(
                        language=language, places=[], offered=[], deliberation_id=deliberation_id
                    )
                    .returning(conversation.c.id)
                )
                number = made.scalar_one()
                id_ = f"p{len(self.chats):015}"
                await transaction.execute(
                    insert(address).values(
                        conversation_id=number,
                        channel="telegram",
                        bot=TOKEN.partition(":")[0],
                        external_id=str(person.id),
                    )
                )
                await transaction.execute(
                    insert(participant).values(
                        id=id_,
                        deliberation_id=deliberation_id,
                        conversation_id=number,
                        status=ParticipantStatus.ENROLLED,
                        language=language,
                        country=country,
                        timezone=zone,
                        profile={"country": country} if country else {},
                        created_at=now,
                        enrolled_at=now,
                        **facts,
                    )
                )
                await transaction.execute(
                    insert(invitation).from_select(
                        ["participant_id", "wave_id", "invited_at", "told_at", "reminders_sent"],
                        select(
                            literal(id_), wave.c.id, literal(now, UtcTime), literal(now, UtcTime), 0
                        ).where(wave.c.status == WaveStatus.OPEN),
                    )
                )
                self.chats[id_] = bot.chats[person.id] = Chat(person.private)
                ids.append(id_)
        return ids

    def got(self, id_: str) -> list[str]:
        """What somebody has received, oldest first."""
        return [message.text for message in self.chats[id_].messages()]

    def messages(self, id_: str) -> list[SeenMessage]:
        return self.chats[id_].messages()

    @property
    def everything(self) -> list[str]:
        return [text for id_ in self.chats for text in self.got(id_)]
