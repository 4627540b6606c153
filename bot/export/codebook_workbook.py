"""The codebook as a workbook of Excel: items, codes, versions, and what the figures mean."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from xlsxwriter import Workbook

from bot.domain.words import label_in
from bot.export.codebook import Codebook, Entry
from bot.export.codebook_markdown import ABOUT, logic, missing, share

Cell = str | int | float | None

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # created: the same data gives the same bytes


def write_workbook(codebook: Codebook, path: Path) -> None:
    with Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"created": _ALWAYS})
        languages = codebook.languages
        hints = [f"hint_{language}" for language in languages]
        _sheet(
            book,
            "items",
            ["wave", "item", "type", "columns", *languages, *hints, "logic", "versions", "asked",
             "answered", "not_relevant", "mean", "least", "most"],
            (_item(languages, entry) for entry in codebook.entries),
        )  # fmt: skip
        _sheet(
            book,
            "codes",
            ["wave", "item", "code", "number", "missing", *languages, "n", "percent_of_asked"],
            (row for entry in codebook.entries for row in _codes(languages, entry)),
        )
        _sheet(
            book,
            "versions",
            ["wave", "questionnaire", "version", "item", "type", *languages],
            _versions(codebook),
        )
        title = label_in(codebook.title, languages[0])
        about = " ".join(ABOUT.replace("*", "").replace("`", "").split())
        _sheet(
            book, "about", ["deliberation", codebook.deliberation], [["title", title], ["", about]]
        )


def _item(languages: Sequence[str], entry: Entry) -> list[Cell]:
    item, figures = entry.item, entry.figures
    cells: list[Cell] = [entry.instrument, item.code, item.type.value]
    cells.append(" ".join(column.name for column in entry.columns))
    cells += [label_in(item.label, language) for language in languages]
    cells += [label_in(item.hint, language) for language in languages]
    cells.append("; ".join(f"{name} {expression}" for name, expression in logic(entry)))
    cells.append(", ".join(f"{code} {version}" for code, version in entry.versions))
    cells += [entry.asked, entry.answered, entry.not_relevant]
    return cells + ([figures.mean, figures.least, figures.most] if figures else [])


def _codes(languages: Sequence[str], entry: Entry) -> Iterable[list[Cell]]:
    for code in entry.codes + missing(entry):
        labels = [label_in(code.labels, language) for language in languages]
        yield [
            entry.instrument, entry.item.code, code.code, code.number, code.reason, *labels,
            code.count, float(told) if (told := share(entry, code)) else None,
        ]  # fmt: skip


def _versions(codebook: Codebook) -> Iterable[list[Cell]]:
    """The wordings of every version, the newest first."""
    for instrument in codebook.instruments:
        for form in instrument.versions:
            for item in form.variables:
                if instrument.exports(item.code):
                    labels = [label_in(item.label, language) for language in codebook.languages]
                    about = (instrument.code, form.code, form.version, item.code, item.type.value)
                    yield [*about, *labels]


def _sheet(
    book: Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 16)
    bold = book.add_format({"bold": True})
    for number, cells in enumerate([header, *rows]):
        for place, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                # What begins like this the library takes for XML of its own making.
                text = f" {cell}" if cell.startswith("<r>") else cell
                sheet.write_string(number, place, text, None if number else bold)
            else:
                sheet.write_number(number, place, cell)
