"""How the files of a bundle are loaded, in a few lines for each program."""

from collections.abc import Mapping, Sequence

from bot.export.formats import Format

#: Program, language of the lines, and the lines; without a language they are plain words.
_SNIPPETS: Mapping[Format, Sequence[tuple[str, str, str]]] = {
    Format.SAV: (
        ("SPSS", "spss", "INSERT FILE='spss.sps'."),
        ("R", "r", 'library(haven)\ndata <- read_sav("wide.sav", user_na = TRUE)'),
    ),
    Format.DTA: (("Stata", "stata", "use wide.dta, clear"),),
    Format.PARQUET: (
        ("Python", "python", 'import polars\ndata = polars.read_parquet("wide.parquet")'),
    ),
    Format.CSV: (
        ("R, from CSV", "r", 'data <- read.csv("wide.csv", fileEncoding = "UTF-8-BOM")'),
        ("Python, from CSV", "python", 'import pandas\ndata = pandas.read_csv("wide.csv")'),
    ),
    Format.XLSX: (("Excel", "", "Open wide.xlsx; its second sheet says what the columns are."),),
}


def snippets(formats: Sequence[Format]) -> list[str]:
    """Lines of Markdown for the programs that can load one of `formats`."""
    lines = []
    for format, programs in _SNIPPETS.items():
        for program, language, code in programs if format in formats else ():
            shown = [f"```{language}", code, "```"] if language else [code]
            lines += [f"{program}:", "", *shown, ""]
    return lines[:-1]
