"""What the columns of an XLSForm sheet mean: wordings by language, plain cells, and the rest."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.packs.faults import Report, suggestion
from bot.packs.sheets import Sheet

#: Columns of XLSForm that nothing reads yet (https://xlsform.org/en/ref-table/). Only what stands
#: before `::` counts.
_NOT_YET = frozenset(
    {
        *("appearance", "audio", "autoplay", "big-image", "bind", "body", "calculate"),
        *("calculation", "choice_filter", "control", "default", "disabled", "guidance_hint"),
        *("image", "instance", "media", "parameters", "read_only", "readonly", "repeat_count"),
        *("required_message", "save_to", "spss_code", "style", "trigger", "video"),
    }
)
_LANGUAGE = re.compile(r".*\(\s*([A-Za-z0-9-]+)\s*\)")


@dataclass(frozen=True, slots=True)
class Known:
    """The columns of a sheet that are read."""

    plain: frozenset[str]
    worded: frozenset[str] = frozenset()  #: Those that come once for each language.


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its cells sorted by meaning."""

    row: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]  #: Such as "label" → language → wording.

    def cell(self, column: str) -> str:
        return self.cells.get(column, "")

    def wording(self, column: str) -> Mapping[str, str]:
        return self.texts.get(column, {})


_Meaning = tuple[str, str | None]  #: The column's word; its language if it is worded.


def entries(
    sheet: Sheet, known: Known, languages: Sequence[str], report: Report
) -> Iterator[Entry]:
    """The rows, after noting what is in no column that is read, and wordings that lack a language.

    A column whose name begins with `_` is the author's own and may hold anything.
    """
    meanings = _meanings(sheet, known, languages, report)
    spoken: dict[str, list[str]] = {}
    for word, language in meanings.values():
        if language is not None:
            spoken.setdefault(word, []).append(language)
    for word, present in spoken.items():
        for language in languages:
            if language not in present:
                report(f"there is no '{word}' in '{language}': add its column, and fill it.", 1)
    for row in sheet.rows:
        cells: dict[str, str] = {}
        texts: dict[str, dict[str, str]] = {}
        for column, value in row.cells.items():
            if column not in meanings:
                continue
            word, language = meanings[column]
            if language is not None:
                texts.setdefault(word, {})[language] = value
            elif word in known.plain:
                cells[word] = value
            else:
                report(f"'{column}' is not supported yet. Empty this cell.", row.number)
        for word, wordings in texts.items():
            for language in languages:
                if language in spoken[word] and language not in wordings:
                    report(f"the {word} is missing in '{language}'.", row.number)
        if cells or texts:
            yield Entry(row.number, cells, texts)


def _meanings(
    sheet: Sheet, known: Known, languages: Collection[str], report: Report
) -> Mapping[str, _Meaning]:
    """What each column that holds anything means, after noting those that mean nothing."""
    used = {column for row in sheet.rows for column in row.cells}
    meanings: dict[str, _Meaning] = {}
    for column in sheet.columns:
        if column.startswith("_") or column not in used:
            continue
        meaning = _meaning(column, known, languages, report)
        if meaning in meanings.values() and meaning:
            report(f"'{column}' says the same as another column. Remove one.", 1)
        elif meaning:
            meanings[column] = meaning
    return meanings


def _meaning(
    column: str, known: Known, languages: Collection[str], report: Report
) -> _Meaning | None:
    name = "_".join(column.lower().split())
    word = name.partition("::")[0].strip("_")
    if name in known.plain:
        return name, None
    if word in known.worded:
        match = _LANGUAGE.fullmatch(column.partition("::")[2])
        if match is None:
            report(f"'{column}' must name its language, as in '{word}::French (fr)'.", 1)
        elif match[1] not in languages:
            report(f"the language of '{column}' is not one of deliberation.toml.", 1)
        else:
            return word, match[1]
    elif word in _NOT_YET:
        return column, None
    else:
        near = suggestion(name, [*known.plain, *known.worded])
        report(f"'{column}' is not a column known here.{near} Begin your own with '_'.", 1)
    return None
