"""A pack from its folder, whole and sound, or refused with all its faults."""

from pathlib import Path

from bot.domain.deliberation import Pack
from bot.packs.faults import Fault, PackRefused
from bot.packs.media_files import MediaFiles
from bot.packs.settings import read_settings
from bot.packs.texts import read_briefings, read_consent
from bot.packs.xlsform import FOLDER, check_names, questionnaire_files, read_questionnaire


def read_pack(folder: Path) -> Pack:
    """Raise `PackRefused`, which holds every fault found, by file, sheet and row."""
    found: list[Fault] = []
    files = questionnaire_files(folder)
    settings = read_settings(folder, files, found)
    if settings is None:
        raise PackRefused(found)
    used = [wave.questionnaire for wave in settings.waves]
    check_names(folder, [*used, settings.profile or ""], found)
    consent = read_consent(folder, settings.languages, found)
    briefings, shown = read_briefings(folder, settings.briefings, settings.languages, found)
    media = MediaFiles(folder / FOLDER)
    questionnaires = {
        code: questionnaire
        for code, path in files.items()
        if (
            questionnaire := read_questionnaire(
                path, settings.languages, found, settings.channels, media
            )
        )
    }
    media.check(found)
    if found:
        raise PackRefused(found)
    return Pack(
        code=settings.code,
        title=settings.title,
        languages=settings.languages,
        timezone=settings.timezone,
        invited_only=settings.invited_only,
        on_erase=settings.on_erase,
        return_check=settings.return_check,
        consent=consent,
        profile=settings.profile,
        questionnaires=questionnaires,
        briefings=briefings,
        waves=settings.waves,
        needs_review=settings.needs_review,
        media={**shown, **media.contents},
    )
