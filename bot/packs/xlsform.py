"""Questionnaires as survey staff write them: XLSForm in a workbook, CSV or Markdown."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bot.domain.channel_limits import USUAL_CHANNELS
from bot.domain.deliberation import CODE
from bot.domain.questionnaire import Questionnaire, Texts
from bot.packs.choices import check_spelling, read_choices
from bot.packs.columns import Known, entries
from bot.packs.faults import Fault, Report, shown, suggestion
from bot.packs.files import listed
from bot.packs.media_files import MediaFiles
from bot.packs.opinion import check_by_pyxform
from bot.packs.sheets import SHEETS, SUFFIXES, Sheet, read_sheets
from bot.packs.survey import read_survey

FOLDER = "questionnaires"

#: `form_id` and `version` serve other XLSForm tools: here the file's name and its changes count.
SETTINGS = Known(
    plain=frozenset({"form_title", "form_id", "version", "default_language"}),
    refused=frozenset(
        {
            *(
                "allow_choice_duplicates",
                "attribute",
                "auto_delete",
                "auto_send",
                "client_editable",
            ),
            *(
                "clean_text_values",
                "compact_prefix",
                "id_string",
                "instance_id",
                "instance_name",
                "instance_xmlns",
            ),
            *("name", "namespaces", "omit_instanceid", "prefix", "public_key", "style"),
            *("sms_keyword", "sms_response", "sms_separator", "submission_url", "title"),
        }
    ),
)

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
        if path.name == "media" and path.is_dir():
            continue
        report = Report(found, f"{FOLDER}/{path.name}")
        if path.suffix not in SUFFIXES or not CODE.fullmatch(path.stem):
            report("is not named like a questionnaire: <code>.xlsx, .csv or .md.")
        elif codes.setdefault(path.stem, path.name) != path.name:
            report(f"is the same questionnaire as {codes[path.stem]}. Remove one.")
        elif path.stem not in used:
            report("belongs to no wave and is not the profile. Name it in deliberation.toml.")


def read_questionnaire(
    path: Path,
    languages: Sequence[str],
    found: list[Fault],
    channels: Collection[str] = USUAL_CHANNELS,
    media: MediaFiles | None = None,
) -> Questionnaire | None:
    """None if the file is no XLSForm at all. Where faults were noted, parts may be missing.

    `channels` are those whose limits the wordings must keep; `media` the folder beside the file,
    shared by all questionnaires.
    """
    report = Report(found, f"{FOLDER}/{path.name}")
    sheets = read_sheets(path, report)
    if sheets is None:
        return None
    if "survey" not in sheets:
        near = next((f" Is it '{shown(s)}'?" for s in sheets if suggestion(s, ["survey"])), "")
        comma = " The separator must be a comma." if path.suffix == ".csv" else ""
        report(f"has no sheet named 'survey'.{near}{comma}")
        return None
    for name in sheets:
        if name not in SHEETS and not name.startswith("_"):
            near = suggestion(name, SHEETS)
            report(f"the sheet '{shown(name)}' is not read.{near} Begin your own with '_'.")
    choices = sheets.get("choices", _EMPTY)
    lists = read_choices(choices, languages, channels, report.within("choices"))
    survey = read_survey(
        sheets["survey"],
        lists,
        languages,
        channels,
        media or MediaFiles(path.parent),
        report.within("survey"),
    )
    check_spelling(lists, survey.used_lists, report.within("choices"))
    settings = sheets.get("settings", _EMPTY)
    title = _title(settings, languages, report.within("settings")) or {languages[0]: path.stem}
    check_by_pyxform(sheets, languages[0], report)
    return Questionnaire(path.stem, 1, title, survey.items)


def _title(sheet: Sheet, languages: Sequence[str], report: Report) -> Texts:
    """XLSForm has one title, so it counts as the source language's."""
    title = {}
    for number, entry in enumerate(entries(sheet, SETTINGS, languages, report)):
        if number:
            report("the sheet has one row for everything. Remove this one.", entry.row)
            break
        if entry.cell("form_title"):
            title = {languages[0]: entry.cell("form_title")}
        if "${" in entry.cell("form_title"):
            report("'form_title' quotes an answer with ${...}, which a title cannot.", entry.row)
        default = entry.cell("default_language")
        if default and default != languages[0] and f"({languages[0]})" not in default:
            report(
                f"'default_language' is '{shown(default)}', but the source language is "
                f"'{languages[0]}' by deliberation.toml. Empty this cell.",
                entry.row,
            )
    return title
