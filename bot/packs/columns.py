"""What the columns of an XLSForm sheet mean: wordings by language, plain cells, and the rest."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.packs.faults import Report, shown, suggestion
from bot.packs.sheets import Sheet

#: Other ways of writing a column (https://xlsform.org/en/ref-table/).
_ALIASES = {"readonly": "read_only"} | {
    name: f"media::{name}" for name in ("image", "audio", "video")
}

#: What XLSForm once called a column.
_FORMERLY = {
    "calculate": "calculation",
    "caption": "label",
    "command": "type",
    "constraining_message": "constraint_message",
    "relevance": "relevant",
    "requiredmsg": "required_message",
    "tag": "name",
    "value": "name",
}

_LANGUAGE = re.compile(r".*\(\s*([A-Za-z0-9-]+)\s*\)")
_OTHER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Known:
    """The columns of a sheet that are read, and those of XLSForm that are refused by name."""

    plain: frozenset[str]
    worded: frozenset[str] = frozenset()  #: Those that come once for each language.
    gappy: frozenset[str] = frozenset()  #: Of these, those that may lack languages.
    refused: frozenset[str] = frozenset()  #: Only what stands before `::` counts.
    keeps_others: bool = False  #: Any further column is the author's, for choice filters.


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its cells sorted by meaning."""

    row: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]  #: Such as "label" → language → wording.
    others: Mapping[str, str] = field(default_factory=dict)  #: The author's further columns.

    def cell(self, column: str) -> str:
        return self.cells.get(column, "")

    def wording(self, column: str) -> Mapping[str, str]:
        return self.texts.get(column, {})


@dataclass(frozen=True, slots=True)
class _Meaning:
    word: str
    language: str | None = None  #: None if the column is not worded.
    named: bool = False  #: Whether the heading names the language.
    other: bool = False
    refused: bool = False


def entries(
    sheet: Sheet, known: Known, languages: Sequence[str], report: Report
) -> Iterator[Entry]:
    """The rows, after noting what is in no column that is read, and wordings that lack a language.

    A column whose name begins with `_` is the author's own and may hold anything. A worded column
    that names no language is the source language's; a file in it serves all languages.
    """
    meanings = _meanings(sheet, known, languages, report)
    spoken: dict[str, list[str]] = {}
    for meaning in meanings.values():
        if meaning.word in known.gappy:
            continue
        if meaning.language and (meaning.named or not meaning.word.startswith("media::")):
            spoken.setdefault(meaning.word, []).append(meaning.language)
    for word, present in spoken.items():
        for language in languages:
            if language not in present:
                report(f"there is no '{word}' in '{language}': add its column, and fill it.", 1)
    for row in sheet.rows:
        cells: dict[str, str] = {}
        texts: dict[str, dict[str, str]] = {}
        others: dict[str, str] = {}
        for column, value in row.cells.items():
            if column not in meanings:
                continue
            meaning = meanings[column]
            if meaning.refused:
                report(f"'{column}' is not supported. Empty this cell.", row.number)
            elif meaning.language is not None:
                texts.setdefault(meaning.word, {})[meaning.language] = value
            else:
                into = others if meaning.other else cells
                into[meaning.word] = value.replace("\u00a0", " ")
        for word, wordings in texts.items():
            for language in spoken.get(word, ()):
                if language not in wordings:
                    report(f"the {word} is missing in '{language}'.", row.number)
            if len(languages) > 1:  # the source comes first: it is shown where there is no other
                texts[word] = {one: wordings[one] for one in languages if one in wordings}
        if cells or texts:
            yield Entry(row.number, cells, texts, others)
        elif others:
            report("has nothing but columns of your own. Fill or empty the row.", row.number)


def source_columns(sheet: Sheet, source: str) -> list[str]:
    """The columns without the translations, the authors' own, and those that only the bot knows."""
    return [
        column
        for column in sheet.columns
        if not column.startswith(("_", "bot::", "alias"))
        and (
            "::" not in column
            or (match := _LANGUAGE.fullmatch(column)) is None
            or match[1] == source
        )
    ]


def _meanings(
    sheet: Sheet, known: Known, languages: Sequence[str], report: Report
) -> Mapping[str, _Meaning]:
    """What each column that holds anything means, after noting those that mean nothing."""
    used = {column for row in sheet.rows for column in row.cells}
    meanings: dict[str, _Meaning] = {}
    taken: set[tuple[str, str | None]] = set()
    for column in sheet.columns:
        if column.startswith("_") or column not in used:
            continue
        found = _meaning(column, known, languages, report)
        if found is None:
            continue
        if (found.word, found.language) in taken:
            report(f"'{column}' says the same as another column. Remove one.", 1)
        else:
            taken.add((found.word, found.language))
            meanings[column] = found
    return meanings


def _meaning(
    column: str, known: Known, languages: Sequence[str], report: Report
) -> _Meaning | None:
    head, *rest = ["_".join(part.lower().split()) for part in column.split("::")]
    parts = 1
    if head in ("media", "bot") and rest:
        head, parts = f"{head}::{rest[0]}", 2
    word = _ALIASES.get(head, head)
    spoken = "::".join(column.split("::")[parts:]).strip()
    if word in known.plain and not spoken:
        return _Meaning(word)
    if word in known.worded:
        if not spoken:
            return _Meaning(word, languages[0])
        match = _LANGUAGE.fullmatch(spoken)
        language = match[1] if match else spoken
        if language in languages:
            return _Meaning(word, language, named=True)
        if match is None:
            report(f"'{column}' must name its language, as in '{word}::French (fr)'.", 1)
        else:
            report(f"the language of '{column}' is not one of deliberation.toml.", 1)
    elif known.refused & {word, head.partition("::")[0]}:
        return _Meaning(column, refused=True)
    elif known.keeps_others and _is_other(column, known):
        return _Meaning(column, other=True)
    else:
        _refuse(column, known, report)
    return None


def _is_other(column: str, known: Known) -> bool:
    """Whether `column` may be one of the author's, not being near to one that is known."""
    if column.lower() in _FORMERLY:
        return False
    near = get_close_matches(column.lower(), [*known.plain, *known.worded], n=1, cutoff=0.8)
    return _OTHER.fullmatch(column) is not None and not near


def _refuse(column: str, known: Known, report: Report) -> None:
    first, colon, second = column.partition(":")
    words: Collection[str] = [*known.plain, *known.worded]
    if colon and not second.startswith(":") and first.strip().lower() in words:
        near = f" Write '{first.strip()}::{second.strip()}', with two colons."
    elif now := _FORMERLY.get(column.partition("::")[0].strip().lower()):
        near = f" Write '{now}'."
    else:
        near = suggestion("_".join(column.lower().split()), words)
    own = "Name a filter column by letters, digits and _" if known.keeps_others else ""
    begin = f"{own}; begin" if own else "Begin"
    report(f"'{shown(column)}' is not a column known here.{near} {begin} your own with '_'.", 1)
