"""A file is replaced as a whole or not at all: nobody ever reads half of it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.export.refusals import ExportRefused


class NoSuchFolder(ExportRefused):
    """The folder to write to does not exist."""


@asynccontextmanager
async def whole_file(path: Path) -> AsyncIterator[Path]:
    """A temporary file in the same folder, which takes the place of `path` as the block ends.

    If the block raises, it is removed, and what was at `path` is as it was. Only its owner may read
    the new file. Raises `NoSuchFolder`.
    """
    temporary = await asyncio.to_thread(_create_beside, path)
    try:
        yield temporary
        await asyncio.to_thread(_put_in_place, temporary, path)
    finally:
        await asyncio.to_thread(temporary.unlink, missing_ok=True)


def _create_beside(path: Path) -> Path:
    if not path.parent.is_dir():
        raise NoSuchFolder(f"{path.parent} is no folder. Make it first; nothing was written.")
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    return Path(name)


def _put_in_place(temporary: Path, path: Path) -> None:
    """Onto the disk first: after a loss of power the name must not stand for an empty file."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
