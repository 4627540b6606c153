"""Checks that every wording of an XLSForm must pass."""

from bot.packs.columns import Entry
from bot.packs.faults import Report


def check_wordings(entry: Entry, column: str, longest: int | None, report: Report) -> None:
    """Note wordings over `longest` characters, and those that quote an answer."""
    for language, text in entry.wording(column).items():
        if longest and len(text) > longest:
            length = f"has {len(text):,} characters, {longest:,} is the most"
            report(f"the {column} in '{language}' {length}. Shorten it.", entry.row)
        if "${" in text:
            report(
                f"the {column} in '{language}' quotes an answer with ${{...}}, "
                "which is not supported yet.",
                entry.row,
            )
