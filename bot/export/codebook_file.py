"""The codebook of some waves, from the database to a file."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.export.codebook import BookFormat, Codebook, codebook
from bot.export.codebook_markdown import markdown
from bot.export.codebook_workbook import write_workbook
from bot.export.material import material
from bot.export.place import place
from bot.export.tally import Tally
from bot.export.whole_file import whole_file
from bot.storage.database import Database


async def write_codebook(
    database: Database,
    waves: Sequence[str],
    *,
    deliberation: str | None = None,
    format: BookFormat = BookFormat.MD,
    out: Path | None = None,
    language: str | None = None,
) -> Path:
    """Write the codebook of `waves`, by code, and return the file's path.

    Wordings are in all languages, unless one is named (BCP 47). Raises `NoSuchWave`,
    `NoSuchDeliberation`, `UnknownLanguage` or `NoSuchFolder`, and then writes nothing.
    """
    async with material(database, waves, deliberation=deliberation) as found:
        words = found.words(language)
        tally = Tally(found.instruments)
        await found.feed(tally)
    whose = found.deliberation
    languages = (language,) if language else whose.languages
    book = await asyncio.to_thread(codebook, whose, found.instruments, tally, words, languages)
    codes = "-".join(instrument.code for instrument in found.instruments)
    path = await asyncio.to_thread(place, out, f"{codes}-codebook.{format}")
    async with whole_file(path) as temporary:
        await asyncio.to_thread(_write, book, format, temporary)
    return path


def _write(book: Codebook, format: BookFormat, path: Path) -> None:
    if format is BookFormat.XLSX:
        write_workbook(book, path)
    else:
        path.write_text(markdown(book), "utf-8", newline="\n")
