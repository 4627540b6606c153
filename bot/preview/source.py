"""The questionnaire to be shown: a file of a pack, or one that stands alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.questionnaire import Questionnaire
from bot.packs.faults import Fault, PackRefused, Report
from bot.packs.settings import read_settings
from bot.packs.sheets import SUFFIXES, read_sheets
from bot.packs.xlsform import questionnaire_files, read_questionnaire

_LANGUAGE = re.compile(r"label::.*\(\s*([A-Za-z0-9-]+)\s*\)")


class NoQuestionnaire(Exception):
    """There is nothing to preview. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class Source:
    questionnaire: Questionnaire
    languages: Sequence[str]  #: BCP 47; the first is the source.
    folder: Path  #: In which media are found by their keys.


def read_source(path: Path) -> Source:
    """Raise `NoQuestionnaire`, or `PackRefused` with the faults of this file alone.

    The languages are those of the pack; of a file that stands alone, those of its labels.
    """
    if not path.is_file() or path.suffix not in SUFFIXES:
        raise NoQuestionnaire(
            f"{path} is no questionnaire: name a file {' or '.join(SUFFIXES)}, such as "
            "examples/every-item/questionnaires/park.md."
        )
    folder = path.resolve().parents[1]
    found: list[Fault] = []
    languages = _languages(folder, path)
    questionnaire = read_questionnaire(path, languages, found)
    if found or questionnaire is None:
        raise PackRefused(found)
    return Source(questionnaire, languages, folder)


def _languages(folder: Path, path: Path) -> Sequence[str]:
    if (folder / "deliberation.toml").is_file():
        found: list[Fault] = []
        settings = read_settings(folder, questionnaire_files(folder), found)
        if settings is None:
            raise PackRefused(found)
        return settings.languages
    sheets = read_sheets(path, Report([], path.name)) or {}
    columns = sheets["survey"].columns if "survey" in sheets else ()
    named = [match[1] for column in columns if (match := _LANGUAGE.fullmatch(column))]
    return tuple(dict.fromkeys(named)) or ("en",)
