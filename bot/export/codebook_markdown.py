"""The codebook as Markdown: a section for each item, readable as text too."""

from collections.abc import Iterator

from bot.domain.questionnaire import ItemType
from bot.domain.words import label_in
from bot.domain.xpath import string
from bot.export.codebook import Code, Codebook, Entry, Figures
from bot.export.disclosure import FEWEST, Hidden, percent
from bot.export.markdown import plain, table

ABOUT = f"""\
Counts are of people whose response was begun. *Asked* are those to whom the item was relevant in
the end; percentages are of these. Codes are those of the files in the wide shape; *number* is what
stands for a code in SPSS and Stata. `{Hidden.FEW}` is 1 to {FEWEST - 1} people,
`{Hidden.WITHHELD}` a count that would tell how many those are."""


def markdown(codebook: Codebook) -> str:
    """Wordings as they are in the questionnaire; `${{code}}` in them quotes an earlier answer."""
    title = label_in(codebook.title, codebook.languages[0])
    lines = [f"# Codebook: {plain(title)}", "", ABOUT]
    for entry in codebook.entries:
        lines += ["", *_section(codebook, entry)]
    return "\n".join(lines) + "\n"


def _section(codebook: Codebook, entry: Entry) -> Iterator[str]:
    item = entry.item
    yield f"## {entry.instrument}: {item.code}"
    yield ""
    versions = ", ".join(f"{plain(code)} {version}" for code, version in entry.versions)
    yield f"- type: {item.type.value}"
    yield f"- columns: {', '.join(f'`{column.name}`' for column in entry.columns)}"
    yield f"- asked in: {versions}"
    for name, expression in logic(entry):
        yield f"- {name}: `{' '.join(expression.split())}`"
    yield ""
    wordings = [
        [language, plain(label_in(item.label, language)), plain(label_in(item.hint, language))]
        for language in codebook.languages
    ]
    if item.hint:
        yield from table(["language", "wording", "hint"], wordings)
    else:
        yield from table(["language", "wording"], [row[:2] for row in wordings])
    yield ""
    yield (
        f"Asked: {entry.asked}. Answered: {entry.answered}. Not relevant: {entry.not_relevant}."
        f"{in_figures(entry.figures)}{_note(entry)}"
    )
    yield ""
    header = ["code", "number", *codebook.languages, "n", "%"]
    yield from table(
        header, [_line(codebook, entry, code) for code in entry.codes + missing(entry)]
    )


def logic(entry: Entry) -> list[tuple[str, str]]:
    """What decides whether and how it is asked, as written in the questionnaire."""
    item = entry.item
    named = (
        ("relevant if", item.relevant),
        ("must be", item.constraint),
        ("calculated as", item.calculation),
        ("choices offered if", item.choice_filter),
    )
    return [(name, expression) for name, expression in named if expression]


def missing(entry: Entry) -> list[Code]:
    """The reasons that have a code, and those that anybody had."""
    return [code for code in entry.missing if code.code or code.count]


def in_figures(figures: Figures | None) -> str:
    """Mean with two decimals; the extremes as they are, if they may be told."""
    if figures is None:
        return ""
    told = f" Mean: {figures.mean:.2f}."
    told += "" if figures.least is None else f" Least: {string(figures.least)}."
    return told + ("" if figures.most is None else f" Most: {string(figures.most)}.")


def share(entry: Entry, code: Code) -> str:
    """Percent of those who were asked, with one decimal; nothing where it may not be told."""
    of_all = percent(code.count, entry.asked)
    return "" if of_all is None else f"{of_all:.1f}"


def _note(entry: Entry) -> str:
    if entry.item.type is ItemType.SELECT_MULTIPLE:
        return " Several may be chosen: 1 is chosen, 0 is not."
    if entry.item.type is ItemType.RANK:
        return " Counted: how often each came first. Its columns have the places."
    return ""


def _line(codebook: Codebook, entry: Entry, code: Code) -> list[str]:
    labels = [plain(label_in(code.labels, language)) for language in codebook.languages]
    if code.reason and not code.labels:
        labels = [code.reason for _ in codebook.languages]
    number = "" if code.number is None else str(code.number)
    return [plain(code.code), number, *labels, str(code.count), share(entry, code)]
