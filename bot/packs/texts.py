"""Consent texts and briefings: Markdown, one file for each language."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.deliberation import Briefing, BriefingPart, Consent
from bot.packs.faults import Fault, Report
from bot.packs.files import listed, read_text
from bot.packs.settings import BriefingPlan

FOLDER = "briefings"

_TITLE = re.compile(r"#[ \t]+(.*\S)")
_PART = re.compile(r"##[ \t]+\S")
MEDIA = re.compile(r"\s*!\[([^\]]*)\]\(\s*([^()]+?)\s*\)\s*")

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
SOUNDS = (".mp3", ".ogg", ".m4a")
MEGABYTE = 1024 * 1024
#: Suffix → most bytes. https://core.telegram.org/bots/api#sending-files
LARGEST = dict.fromkeys(PICTURES, 10 * MEGABYTE) | dict.fromkeys(SOUNDS, 50 * MEGABYTE)


def read_consent(folder: Path, languages: Sequence[str], found: list[Fault]) -> Consent:
    """`consent.<lang>.md`, which must be there in every language."""
    texts = {}
    for language in languages:
        path = folder / f"consent.{language}.md"
        report = Report(found, path.name)
        if not path.is_file():
            report(f"is missing. Nobody can consent in '{language}' without it.")
        elif (text := read_text(path, report)) is not None:
            texts[language] = text.strip()
            if not texts[language]:
                report("is empty.")
    expected = {f"consent.{language}.md" for language in languages}
    for path in listed(folder):
        if path.match("consent.*") and path.name not in expected:
            Report(found, path.name)(f"is not read: the languages are {', '.join(languages)}.")
    return Consent(texts)


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    parts: tuple[BriefingPart, ...]


def read_briefings(
    folder: Path, plans: Sequence[BriefingPlan], languages: Sequence[str], found: list[Fault]
) -> tuple[tuple[Briefing, ...], Mapping[str, bytes]]:
    """The briefings, and the media files that they show, by name."""
    media: dict[str, bytes] = {}
    briefings = []
    expected = set()
    for plan in plans:
        texts: dict[str, _Text] = {}
        for language in languages:
            name = f"{plan.code}.{language}.md"
            expected.add(name)
            report = Report(found, f"{FOLDER}/{name}")
            if not (folder / FOLDER / name).is_file():
                report(f"is missing: the briefing '{plan.code}' in '{language}'.")
            elif (text := _read(folder / FOLDER / name, media, report)) is not None:
                texts[language] = text
        _same_parts(plan.code, texts, languages[0], found)
        titles = {language: text.title for language, text in texts.items()}
        parts = {language: text.parts for language, text in texts.items()}
        briefings.append(Briefing(plan.code, plan.release, titles, parts))
    _refuse_the_rest(folder, {*expected, *media}, found)
    return tuple(briefings), media


def _same_parts(code: str, texts: Mapping[str, _Text], source: str, found: list[Fault]) -> None:
    if source not in texts:
        return
    wanted = len(texts[source].parts)
    for language, text in texts.items():
        if len(text.parts) != wanted:
            report = Report(found, f"{FOLDER}/{code}.{language}.md")
            report(
                f"has {len(text.parts)} parts where {code}.{source}.md has {wanted}. "
                "A part begins with a '## ' heading."
            )


def _refuse_the_rest(folder: Path, used: Collection[str], found: list[Fault]) -> None:
    for path in listed(folder / FOLDER):
        if path.name not in used:
            report = Report(found, f"{FOLDER}/{path.name}")
            report(
                "belongs to no briefing. Text is named <code>.<lang>.md after a briefing and a "
                "language in deliberation.toml; a picture or sound must be shown in such a text."
            )


def _read(path: Path, media: dict[str, bytes], report: Report) -> _Text | None:
    text = read_text(path, report)
    if text is None:
        return None
    title = ""
    parts: list[_Part] = [_Part()]
    for row, line in enumerate(text.splitlines(), start=1):
        if not title and (heading := _TITLE.fullmatch(line)):
            title = heading[1]
            continue
        if _PART.match(line):
            parts.append(_Part())
        if shown := MEDIA.fullmatch(line):
            parts[-1].show(shown[1], shown[2], row, report)
            load_media(path.parent, shown[2], media, row, report)
            continue
        if MEDIA.search(line):
            report("a picture or sound must stand on a line of its own.", row)
        parts[-1].lines.append(line)
    if not title:
        report("has no title. Begin it with a line '# Title'.", 1)
    made = tuple(part for draft in parts if (part := draft.made()))
    if not made:
        report("has no text under its title.")
    return _Text(title, made)


class _Part:
    """A part while its lines are read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.media: str | None = None
        self.alt = ""

    def show(self, alt: str, name: str, row: int, report: Report) -> None:
        if self.media is not None:
            report(f"a part shows one picture or sound. Begin a new part before '{name}'.", row)
        self.media, self.alt = name, alt.strip()

    def made(self) -> BriefingPart | None:
        text = "\n".join(self.lines).strip()
        return BriefingPart(text, self.media, self.alt) if text or self.media else None


def load_media(
    folder: Path,
    name: str,
    media: dict[str, bytes],
    row: int,
    report: Report,
    largest: Mapping[str, int] = LARGEST,
) -> None:
    """Read the file `name` beside a text into `media`, if its kind and size can be sent."""
    path = folder / name
    limit = largest.get(path.suffix.lower())
    if path.name != name or not path.is_file():
        report(f"there is no file '{name}' beside this text, in {folder.name}/.", row)
        return
    media.setdefault(name, b"")
    if limit is None:
        kinds = ", ".join(suffix[1:] for suffix in largest)
        report(f"'{name}' is not a picture or sound that can be sent ({kinds}).", row)
    elif path.stat().st_size > limit:
        report(f"'{name}' is larger than {limit // MEGABYTE} MB, the most Telegram takes.", row)
    else:
        media[name] = path.read_bytes()
