"""A panel that enrolled long ago."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from bot.domain.states import ParticipantStatus
from bot.storage.tables import address, conversation, deliberation, invitation, participant, wave
from tests.cast.telegram_people import Person
from tests.cast.town import TOKEN, Town


async def enrols(town: Town, people: int, languages: Sequence[str]) -> list[Person]:
    """Put so many participants on Telegram into the panel. Who they are is the result.

    They have been invited to every wave, and everything they said has been answered.
    """
    persons = [
        town.telegram.person(language_code=languages[n % len(languages)]) for n in range(people)
    ]
    for person in persons:
        await person.says("/start")
    town.telegram.bots[TOKEN].delivery.drop_all()
    now = town.clock.now()
    async with town.app.database.writing() as transaction:
        (deliberation_id,) = (await transaction.execute(select(deliberation.c.id))).scalars()
        waves = (await transaction.execute(select(wave.c.id))).scalars().all()
        who = {f"p-{person.id}": person for person in persons}
        await transaction.execute(
            insert(conversation),
            [
                {
                    "deliberation_id": deliberation_id,
                    "participant_id": pseudonym,
                    "language": person.user["language_code"],
                    "places": [],
                    "offered": [],
                }
                for pseudonym, person in who.items()
            ],
        )
        found = await transaction.execute(
            select(conversation.c.id, conversation.c.participant_id).where(
                conversation.c.participant_id.in_(who)
            )
        )
        met = [(id_, pseudonym, who[pseudonym]) for id_, pseudonym in found]
        await transaction.execute(
            insert(participant),
            [
                {
                    "id": pseudonym,
                    "deliberation_id": deliberation_id,
                    "conversation_id": conversation_id,
                    "status": ParticipantStatus.ENROLLED,
                    "language": person.user["language_code"],
                    "country": "KE",
                    "timezone": "Africa/Nairobi",
                    "profile": {},
                    "created_at": now,
                    "enrolled_at": now,
                }
                for conversation_id, pseudonym, person in met
            ],
        )
        await transaction.execute(
            insert(address),
            [
                {
                    "conversation_id": conversation_id,
                    "channel": "telegram",
                    "bot": TOKEN.partition(":")[0],
                    "external_id": str(person.id),
                }
                for conversation_id, _, person in met
            ],
        )
        await transaction.execute(
            insert(invitation),
            [
                {"participant_id": each, "wave_id": wave_id, "invited_at": now, "told_at": now}
                for each in who
                for wave_id in waves
            ],
        )
    return persons
