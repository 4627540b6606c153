"""Questionnaires as survey staff write them: XLSForm in a workbook, CSV or Markdown."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.domain.deliberation import CODE
from bot.domain.questionnaire import Questionnaire, Texts
from bot.packs.choices import check_spelling, read_choices
from bot.packs.columns import Known, entries
from bot.packs.faults import Fault, Report, suggestion
from bot.packs.files import listed
from bot.packs.sheets import SHEETS, SUFFIXES, Sheet, check_by_pyxform, read_sheets
from bot.packs.survey import read_survey

FOLDER = "questionnaires"

#: `form_id` and `version` serve other XLSForm tools: here the file's name and its changes count.
SETTINGS = Known(frozenset({"form_title", "form_id", "version", "default_language"}))

_EMPTY = Sheet((), ())


def questionnaire_files(folder: Path) -> Mapping[str, Path]:
    """Code → file, for the files that have the name of a questionnaire."""
    return {
        path.stem: path
        for path in listed(folder / FOLDER)
        if path.suffix in SUFFIXES and CODE.fullmatch(path.stem)
    }


def check_names(folder: Path, used: Sequence[str], found: list[Fault]) -> None:
    """Note files that are no questionnaire, that double one, or that nothing refers to."""
    codes: dict[str, str] = {}
    for path in listed(folder / FOLDER):
        report = Report(found, f"{FOLDER}/{path.name}")
        if path.suffix not in SUFFIXES or not CODE.fullmatch(path.stem):
            report("is not named like a questionnaire: <code>.xlsx, .csv or .md.")
        elif codes.setdefault(path.stem, path.name) != path.name:
            report(f"is the same questionnaire as {codes[path.stem]}. Remove one.")
        elif path.stem not in used:
            report("belongs to no wave and is not the profile. Name it in deliberation.toml.")


def read_questionnaire(
    path: Path, languages: Sequence[str], found: list[Fault]
) -> Questionnaire | None:
    """None if the file is no XLSForm at all. Where faults were noted, parts may be missing."""
    report = Report(found, f"{FOLDER}/{path.name}")
    sheets = read_sheets(path, report)
    if sheets is None:
        return None
    for name in sheets:
        if name not in SHEETS and not name.startswith("_"):
            near = suggestion(name, SHEETS)
            report(f"the sheet '{name}' is not read.{near} Begin your own with '_'.")
    if "survey" not in sheets:
        report("has no sheet named 'survey'. In CSV, the separator must be a comma.")
        return None
    choices = sheets.get("choices", _EMPTY)
    lists = read_choices(choices, languages, report.within("choices"))
    items = read_survey(sheets["survey"], lists, languages, report.within("survey"))
    check_spelling(lists, items, report.within("choices"))
    settings = sheets.get("settings", _EMPTY)
    title = _title(settings, languages, report.within("settings")) or {languages[0]: path.stem}
    check_by_pyxform(sheets, report)
    return Questionnaire(path.stem, 1, title, items)


def _title(sheet: Sheet, languages: Sequence[str], report: Report) -> Texts:
    """XLSForm has one title, so it counts as the source language's."""
    title = {}
    for entry in entries(sheet, SETTINGS, languages, report):
        if entry.cell("form_title"):
            title = {languages[0]: entry.cell("form_title")}
        default = entry.cell("default_language")
        if default and f"({languages[0]})" not in default:
            report(
                f"'default_language' is '{default}', but the source language is "
                f"'{languages[0]}' by deliberation.toml. Empty this cell.",
                entry.row,
            )
    return title
