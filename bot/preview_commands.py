"""`minipublic preview`: a questionnaire as a citizen would see it.

What takes long to import is imported when the command runs.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import out
from bot.conversation.catalogue import LOCALES, Catalogues
from bot.invoking import refusing
from bot.preview.source import read_source


def preview(
    questionnaire: Annotated[
        Path, typer.Argument(help="Its file: .xlsx, .csv or .md.", show_default=False)
    ],
    language: Annotated[
        str | None, typer.Option(help="Such as ar; else the source language.")
    ] = None,
    as_page: Annotated[
        Path | None,
        typer.Option("--page", help="Write a page to this file, for a browser."),
    ] = None,
) -> None:
    """Show every item of a questionnaire as a citizen would see it. Nothing is stored."""
    from bot.channels.terminal import lines_of
    from bot.preview.asking import put_all
    from bot.preview.page import page

    source = refusing(lambda: read_source(questionnaire))
    spoken = language or source.languages[0]
    if spoken not in source.languages:
        there = ", ".join(source.languages)
        raise typer.BadParameter(f"there is no {spoken!r}; the languages are: {there}.")
    items = list(
        put_all(
            source.questionnaire,
            source.languages,
            spoken,
            Catalogues(LOCALES),
            datetime.now(UTC),
        )
    )
    if as_page is not None:
        as_page.write_text(page(source.questionnaire, spoken, items, source.folder), "utf-8")
        out.print(f"Written: {as_page}", markup=False)
        return
    for put in items:
        head = " · ".join([put.item.code, put.item.type.value, *put.facts])
        out.print(f"── {head}", style="dim", markup=False)
        for message in put.messages:
            for line in lines_of(message, message.media):
                out.print(line)
        out.print()
