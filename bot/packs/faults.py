"""What is wrong in a pack, where, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import category


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `row` counts from 1: a line of a text file, or a row of a sheet.

    In a sheet the header is row 1, as a spreadsheet program shows it, also where the sheet is
    written as Markdown or CSV.
    """

    file: str  #: Path inside the pack, with forward slashes.
    row: int | None
    message: str
    sheet: str | None = None

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else None
        place = " ".join(part for part in (self.sheet, row) if part)
        return f"{self.file}, {place}: {self.message}" if place else f"{self.file}: {self.message}"


class PackRefused(Exception):
    """The pack has faults. Nothing of it was loaded: mend them all and check it again."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = dict.fromkeys(faults)
        self.faults = sorted(found, key=lambda f: (f.file, f.sheet or "", f.row or 0))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Report:
    """Notes the faults of one file, or of one sheet in it."""

    found: list[Fault]
    file: str
    sheet: str | None = None

    def __call__(self, message: str, row: int | None = None) -> None:
        self.found.append(Fault(self.file, row, message, self.sheet))

    def within(self, sheet: str) -> "Report":
        return Report(self.found, self.file, sheet)


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence to end a message with, or nothing where no known word is near."""
    near = get_close_matches(word, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def shown(text: str) -> str:
    """`text` with characters that cannot be seen written as U+200B, and cut to 80."""
    seen = "".join(
        f"<U+{ord(c):04X}>" if category(c) in ("Cc", "Cf", "Zl", "Zp", "Cn", "Co") else c
        for c in text.replace("\u00a0", "<U+00A0>")
    )
    return seen if len(seen) <= 80 else f"{seen[:79]}…"
