"""`minipublic export`, `codebook` and `response`: staff's files and what describes them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from bot.commands import err, out
from bot.export import Format, Shape
from bot.export.codebook import BookFormat
from bot.export.response_table import By, ResponseTable, response, write_response
from bot.export.staff_file import export as export_waves
from bot.invoking import with_database
from bot.storage.database import Database
from bot.storage.schema import require_schema

Waves = Annotated[list[str], typer.Argument(help="Codes of waves, or `profile`.")]
Where = Annotated[Path | None, typer.Option("--out", help="The file to write.", show_default=False)]
Whose = Annotated[
    str | None, typer.Option(help="Needed where there are several.", show_default=False)
]


def add_export_commands(app: typer.Typer) -> None:
    """`minipublic export`, `minipublic codebook` and `minipublic response`."""
    app.command(name="export")(export_command)
    app.command(name="codebook")(codebook_command)
    app.command(name="response")(response_command)


def export_command(
    waves: Waves,
    format: Annotated[
        list[Format] | None,
        typer.Option(help="The kind of file; csv by default. With --bundle it may be repeated."),
    ] = None,
    shape: Annotated[
        Shape | None,
        typer.Option(
            help="wide, the default: one row a participant; long: one row an answer.",
            show_default=False,
        ),
    ] = None,
    out_path: Where = None,
    deliberation: Whose = None,
    language: Annotated[
        str | None, typer.Option(help="Of the labels; else the source language.")
    ] = None,
    history: Annotated[
        bool, typer.Option(help="Long shape: also answers that were replaced.")
    ] = False,
    paradata: Annotated[
        bool, typer.Option("--paradata", help="Wide shape: also how each item was answered.")
    ] = False,
    include_personal: Annotated[
        bool,
        typer.Option("--include-personal", help="Also what identifies people; it is recorded."),
    ] = False,
    as_bundle: Annotated[
        bool,
        typer.Option("--bundle", help="A ZIP with all formats, both shapes, codebook and README."),
    ] = False,
) -> None:
    """Write waves to a file for analysis, without personal data. docs/exports.md explains it."""
    from bot.export.bundle import Wish, bundle  # only now: the libraries of its formats are large

    formats = format or []
    if as_bundle and shape is not None:
        raise typer.BadParameter("A bundle has both shapes: leave --shape out.")
    if not as_bundle and len(formats) > 1:
        raise typer.BadParameter("Several formats make several files: add --bundle, or name one.")

    async def work(database: Database) -> None:
        await require_schema(database)
        with _progress() as progress:
            if as_bundle:
                wish = Wish(
                    formats=[each for each in Format if each in formats or not formats],
                    label_language=language,
                    history=history,
                    paradata=paradata,
                    personal=include_personal,
                )
                path = await bundle(
                    database,
                    waves,
                    wish,
                    deliberation=deliberation,
                    out=out_path,
                    progress=progress,
                )
            else:
                path = await export_waves(
                    database,
                    waves,
                    deliberation=deliberation,
                    shape=shape or Shape.WIDE,
                    format=formats[0] if formats else Format.CSV,
                    out=out_path,
                    label_language=language,
                    history=history,
                    paradata=paradata,
                    personal=include_personal,
                    progress=progress,
                )
        if include_personal:
            err.print(
                f"{path} identifies people: keep it as you keep their addresses. "
                "That it was made is recorded in the log of events.",
                style="yellow", markup=False, soft_wrap=True,
            )  # fmt: skip
        out.print(f"Written: {path}", markup=False, soft_wrap=True)

    with_database(work)


def codebook_command(
    waves: Waves,
    format: Annotated[BookFormat, typer.Option(help="Markdown, or Excel.")] = BookFormat.MD,
    out_path: Where = None,
    deliberation: Whose = None,
    language: Annotated[
        str | None, typer.Option(help="Only this one; else all.", show_default=False)
    ] = None,
) -> None:
    """Write the codebook: items, their wordings, codes, and how often each was given."""
    from bot.export.codebook_file import write_codebook  # only now, as above

    async def work(database: Database) -> None:
        await require_schema(database)
        path = await write_codebook(
            database,
            waves,
            deliberation=deliberation,
            format=format,
            out=out_path,
            language=language,
        )
        out.print(f"Written: {path}", markup=False, soft_wrap=True)

    with_database(work)


def response_command(
    waves: Waves,
    by: Annotated[By, typer.Option(help="What people are told apart by.")] = By.STRATUM,
    out_path: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Write it to this file, .csv or .md, instead.", show_default=False
        ),
    ] = None,
    deliberation: Whose = None,
) -> None:
    """Show response and attrition: what became of the invitations, and who came again."""
    if out_path is not None and out_path.suffix not in (".csv", ".md"):
        raise typer.BadParameter(f"--out {out_path}: end its name in .csv or .md.")

    async def work(database: Database) -> None:
        await require_schema(database)
        table = await response(database, waves, deliberation=deliberation, by=by)
        if out_path is None:
            out.print(_in_terminal(table))
        else:
            await write_response(table, out_path)
            out.print(f"Written: {out_path}", markup=False, soft_wrap=True)

    with_database(work)


#: Heads of columns that are too long for a terminal of eighty.
SHORT_HEADS = {
    "in_progress": "open",
    "non-contact": "none",
    "rr1_percent": "RR1 %",
    "came_again": "again",
    "retention_percent": "kept %",
}


def _in_terminal(table: ResponseTable) -> Table:
    shown = Table(box=None, padding=(0, 1, 0, 0))
    for place, name in enumerate(table.header):
        head = SHORT_HEADS.get(name, name)
        shown.add_column(head, justify="left" if place < 2 else "right", overflow="fold")
    for group, *cells in table.rows():
        shown.add_row(group.replace("[", r"\["), *cells)
    return shown


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, if that is a terminal."""
    if not err.is_terminal:
        yield None
        return
    columns = ("participants", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
