"""A broadcast's text files: `news.en.md`, and beside it `news.fr.md` and so on.

They are written as a briefing is: Markdown, a picture or file on a line of its own. A last line
that is nothing but a link becomes a button.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.broadcast import BroadcastText
from bot.packs.faults import Fault, PackRefused, Report
from bot.packs.files import listed, read_text
from bot.packs.texts import LARGEST, MEDIA, load_media

#: Kinds of files that a broadcast may carry besides pictures and sounds.
_FILES = LARGEST | {".pdf": 50 * 1024 * 1024}

_LINK = re.compile(r"\s*\[([^\]]+)\]\(\s*(https?://[^\s()]+)\s*\)\s*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class BroadcastFiles:
    texts: Mapping[str, BroadcastText]  #: By language; media by file name.
    media: Mapping[str, bytes]


def read_broadcast(path: Path, source: str) -> BroadcastFiles:
    """`path` and its siblings in other languages. Without a language in its name it is in `source`.

    Raises `PackRefused` with every fault by file and row.
    """
    found: list[Fault] = []
    media: dict[str, bytes] = {}
    texts = {}
    for language, file in _siblings(path, source).items():
        text = _read(file, media, Report(found, file.name))
        if text is not None:
            texts[language] = text
    if found:
        raise PackRefused(found)
    return BroadcastFiles(texts, media)


def _siblings(path: Path, source: str) -> dict[str, Path]:
    """Files by language. `news.txt` and `news.md` alone are in the source language."""
    stem, language = _named(path)
    files = {language or source: path}
    for other in listed(path.parent):
        other_stem, other_language = _named(other)
        if other_language and (other_stem, other.suffix) == (stem, path.suffix):
            files.setdefault(other_language, other)
    return files


def _named(path: Path) -> tuple[str, str]:
    stem, _, language = path.stem.rpartition(".")
    return (stem, language) if stem and _LANGUAGE.fullmatch(language) else (path.stem, "")


def _read(path: Path, media: dict[str, bytes], report: Report) -> BroadcastText | None:
    text = read_text(path, report)
    if text is None:
        return None
    lines: list[str] = []
    shown: tuple[str, str] | None = None
    for row, line in enumerate(text.splitlines(), start=1):
        if match := MEDIA.fullmatch(line):
            if shown:
                report(f"a broadcast carries one picture or file: leave '{match[2]}' out.", row)
            shown = match[2], match[1].strip()
            load_media(path.parent, match[2], media, row, report, _FILES)
        else:
            lines.append(line)
    while lines and not lines[-1].strip():
        lines.pop()
    link = _LINK.fullmatch(lines[-1]) if lines else None
    words = "\n".join(lines[:-1] if link else lines).strip()
    return BroadcastText(
        text=words,
        media=shown[0] if shown else None,
        media_alt=shown[1] if shown else "",
        link_label=link[1] if link else "",
        link_url=link[2] if link else "",
    )
