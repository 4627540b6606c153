"""One ZIP with all that staff need of some waves. The same data gives the same bytes."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bot.export.codebook import codebook
from bot.export.codebook_markdown import markdown
from bot.export.codebook_workbook import write_workbook
from bot.export.columns import Shape, Table
from bot.export.formats import Format, Writer, writer_of
from bot.export.long import Long
from bot.export.material import Consumer, Material, material
from bot.export.open_answers import OpenAnswers
from bot.export.people import Person
from bot.export.place import place
from bot.export.readme import README, Making, readme
from bot.export.response_table import Attrition, as_markdown, write_csv
from bot.export.spss_syntax import spss_syntax
from bot.export.tally import Tally
from bot.export.whole_file import whole_file
from bot.export.wide import Wide
from bot.storage.database import Database

_ALWAYS = (1980, 1, 1, 0, 0, 0)  #: Of each file in the ZIP: the earliest that there is.
_READABLE = 0o644 << 16


@dataclass(frozen=True)
class Wish:
    """What is to be in a bundle."""

    formats: Sequence[Format] = tuple(Format)  #: Of the data, each in both shapes.
    label_language: str | None = None  #: BCP 47; None: the source language.
    history: bool = False  #: In the long shape.
    paradata: bool = False  #: In the wide shape.
    personal: bool = False


async def bundle(
    database: Database,
    waves: Sequence[str],
    wish: Wish,
    *,
    deliberation: str | None = None,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the ZIP and return its path. What has the same name as in `export` means the same.

    Raises what `export` raises, and then writes nothing.
    """
    async with material(
        database, waves, deliberation=deliberation, history=True, personal=wish.personal
    ) as found:
        codes = "-".join(instrument.code for instrument in found.instruments)
        path = await asyncio.to_thread(place, out, f"{codes}.zip")
        making = _Bundle(found, wish)
        async with whole_file(path) as temporary:
            with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
                try:
                    consumers = await asyncio.to_thread(making.begin, Path(folder))
                    await found.feed(
                        *consumers,
                        progress=progress and (lambda done: progress(done, found.people_count)),
                    )
                finally:
                    await asyncio.to_thread(making.close)
                await asyncio.to_thread(making.finish, Path(folder), temporary)
            await found.hand_over(shape="bundle", format=" ".join(wish.formats))
    return path


class _Bundle:
    """The files on their way into the ZIP. Its methods block."""

    def __init__(self, found: Material, wish: Wish) -> None:
        self._found = found
        self._wish = wish
        self._words = found.words(wish.label_language)
        self._tally = Tally(found.instruments)
        self._attrition = Attrition([instrument.code for instrument in found.instruments])
        self._writers = ExitStack()

    def begin(self, folder: Path) -> Sequence[Consumer]:
        """Open the files of data in `folder`, to be filled by the consumers."""
        found, formats = self._found, self._wish.formats
        code, instruments = found.deliberation.code, found.instruments
        wide = Wide(code, instruments, self._words, paradata=self._wish.paradata)
        long = Long(code, instruments, self._words, self._wish.history)
        return (
            self._tally,
            self._attrition,
            self._open(folder, Shape.WIDE, wide, formats),
            self._open(folder, Shape.LONG, long, formats),
            self._open(folder, "open_answers", OpenAnswers(instruments), [Format.CSV]),
        )

    def _open(self, folder: Path, name: str, table: Table, formats: Sequence[Format]) -> Consumer:
        writers = []
        for format in formats:
            writers.append(writer_of(format)(folder / f"{name}.{format}", table.columns))
            self._writers.callback(writers[-1].close)
        return _Files(table, writers)

    def close(self) -> None:
        """Leave the files of data complete."""
        self._writers.close()

    def finish(self, folder: Path, target: Path) -> None:
        """Add what is made of the counts, and put all of it in the ZIP `target`."""
        whose = self._found.deliberation
        response = self._attrition.table()
        book = codebook(whose, self._found.instruments, self._tally, self._words, whose.languages)
        syntax = spss_syntax(
            book.entries, self._words, "wide.sav" if Format.SAV in self._wish.formats else None
        )
        write_workbook(book, folder / "codebook.xlsx")
        write_csv(response, folder / "response.csv")
        for name, text in (
            ("codebook.md", markdown(book)),
            ("response.md", as_markdown(response)),
            ("spss.sps", syntax),
        ):
            (folder / name).write_text(text, "utf-8", newline="\n")
        files = sorted(folder.iterdir())
        making = Making(
            material=self._found,
            response=response,
            times=self._tally.times,
            language=self._wish.label_language or whose.languages[0],
            formats=self._wish.formats,
            personal=self._wish.personal,
            command=_command(self._found, self._wish),
            files={path.name: _sha256(path) for path in files},
        )
        (folder / README).write_text(readme(making), "utf-8", newline="\n")
        _zip([folder / README, *files], target)


class _Files:
    """One table that is written in several formats."""

    def __init__(self, table: Table, writers: Sequence[Writer]) -> None:
        self._table = table
        self._writers = writers

    def take(self, people: Sequence[Person]) -> None:
        rows = list(self._table.rows(people))
        for writer in self._writers:
            writer.write(rows)


def _command(found: Material, wish: Wish) -> str:
    """What makes this bundle again; `--out` is left out, which says where it was put."""
    words = ["minipublic", "export", *(instrument.code for instrument in found.instruments)]
    words += ["--bundle", "--deliberation", found.deliberation.code]
    if set(wish.formats) != set(Format):
        words += [word for format in wish.formats for word in ("--format", format)]
    words += ["--language", wish.label_language] if wish.label_language else []
    words += ["--history"] if wish.history else []
    words += ["--paradata"] if wish.paradata else []
    words += ["--include-personal"] if wish.personal else []
    return " ".join(words)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _zip(files: Sequence[Path], target: Path) -> None:
    """In the order given, and with times that are always the same."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for path in files:
            info = ZipInfo(path.name, _ALWAYS)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = _READABLE
            info.create_system = 3  # wherever it is made
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as copy:
                while block := source.read(1 << 20):
                    copy.write(block)
