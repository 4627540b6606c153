"""A pack on disk to be spoiled, and questionnaires in every format."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from bot.packs.faults import Fault, PackRefused
from bot.packs.load import read_pack

DELIBERATION = """\
code = "town-hall"
languages = ["en", "fr"]
timezone = "Europe/Paris"
enrolment = "invited"
profile = "profile"
on_erase = "anonymise"
needs_review = ["fr"]

[title]
en = "A new park"

[[briefings]]
code = "the-park"
release = "after:t1"

[[waves]]
code = "t1"
questionnaire = "opinion"
opens = "on-enrolment"
reminders = ["30m", "12h", "2d"]

[[waves]]
code = "t2"
questionnaire = "opinion"
opens = 2027-03-01T09:00:00+01:00
closes = 2027-03-15T08:00:00Z

[[waves]]
code = "t3"
questionnaire = "opinion"
"""

Rows = Sequence[Sequence[str]]
Book = dict[str, list[list[str]]]

OPINION: Book = {
    "survey": [
        [
            *("type", "name", "label::English (en)", "label::Français (fr)"),
            *("hint::English (en)", "hint::Français (fr)", "required", "relevant", "constraint"),
            *("constraint_message::English (en)", "constraint_message::Français (fr)"),
            *("parameters", "bot::dont_know", "bot::pii", "_for us"),
        ],
        ["note", "welcome", "Hello", "Bonjour"],
        ["select_one yes_no", "visits", "Do you go?", "Y allez-vous ?", "Ever", "Déjà", "yes"],
        [],
        ["begin_group", "visitors", "Visitors", "Visiteurs", "", "", "", "${visits} = 'yes'"],
        [
            *("integer", "often", "How often?", "Combien de fois ?", "", "", "TRUE", ""),
            *(". >= 0 and . < 8", "0 to 7", "De 0 à 7", "", "", "", "a remark"),
        ],
        [
            *("select_multiple why", "reasons", "Why?", "Pourquoi ?", "", "", "no", "${often} > 1"),
            "count-selected(.) <= 2",
        ],
        ["end_group"],
        [
            *("range", "future", "A “good” idea?", "Une bonne idée ?", "", "", "", "", "", "", ""),
            *("start=0 end=10 step=2", "yes"),
        ],
        [
            *("text", "name", "Your name", "Votre nom", "", "", "", ""),
            *("regex(., \u2018[^0-9]+\u2019)", "", "", "", "no", "yes"),
        ],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::Français (fr)", "missing"],
        ["yes_no", "yes", "Yes", "Oui"],
        ["yes_no", "no", "No", "Non"],
        ["yes_no", "98", "I will not say", "Je ne le dirai pas", "refused"],
        ["why", "air", "Fresh | air", "Le grand air"],
        ["why", "dogs", "The dogs", "Les chiens"],
        ["why", "hm", "No idea", "Aucune idée", "dont_know"],
    ],
    "settings": [
        ["form_title", "form_id", "version", "default_language"],
        ["The park", "park", "7", "English (en)"],
    ],
}


def as_markdown(path: Path, book: Book) -> None:
    lines = ["# A questionnaire", "", "Some words that are in no table.", ""]
    for name, rows in book.items():
        lines.append(f"| {name} |")
        width = len(rows[0])
        for row in rows:
            cells = [cell.replace("|", r"\|") for cell in row]
            cells += [""] * (width - len(row))
            lines.append("|   | " + " | ".join(cells) + " |")
        lines.append("")
    path.with_suffix(".md").write_text("\n".join(lines), encoding="utf-8")


def as_csv(path: Path, book: Book) -> None:
    with path.with_suffix(".csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for name, rows in book.items():
            writer.writerow([name])
            writer.writerows(["", *row] for row in rows)


def as_workbook(path: Path, book: Book) -> None:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in book.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append([{"TRUE": True, "98": 98}.get(cell, cell or None) for cell in row])
    workbook.create_sheet("_notes").append(["what", "we", "thought"])
    workbook.save(path.with_suffix(".xlsx"))


def survey(*rows: Sequence[str], columns: Sequence[str] = ()) -> Book:
    """A form whose rows begin with type, name and both labels."""
    header = ["type", "name", "label::English (en)", "label::French (fr)", *columns]
    return {
        "survey": [header, *(list(row) for row in rows)],
        "choices": [*OPINION["choices"], ["rated", "air", "Air", "L’air"]],
    }


class Folder:
    """A good pack on disk, to be spoiled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("deliberation.toml", DELIBERATION)
        for language in ("en", "fr"):
            self.write(f"consent.{language}.md", f"I agree ({language}).\n")
            self.write(
                f"briefings/the-park.{language}.md",
                f"# The park ({language})\n\nIn short.\n\n## Trees\n\n![An oak](oak.png)\n\n"
                "There are trees.\n\n## Birds\n\nAnd *birds*.\n",
            )
        self.write("briefings/oak.png", b"\x89PNG")
        self.form("opinion", OPINION)
        self.form("profile", survey(["integer", "age", "Age", "Âge"]))

    def write(self, name: str, content: str | bytes) -> None:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def form(self, code: str, book: Book) -> None:
        (self.path / "questionnaires").mkdir(exist_ok=True)
        as_markdown(self.path / "questionnaires" / code, book)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def faults(self) -> list[Fault]:
        with pytest.raises(PackRefused) as refusal:
            read_pack(self.path)
        return refusal.value.faults

    def says(self) -> list[str]:
        return [str(fault) for fault in self.faults()]

    def fault(self) -> str:
        (only,) = self.says()
        return only
