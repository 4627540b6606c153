"""Files of a pack: which count, and their text."""

from pathlib import Path

from bot.packs.faults import Report


def listed(folder: Path) -> list[Path]:
    """What stands in `folder`, by name. Nothing if it is missing.

    Left out are names that programs make, not people: those beginning with a point, and Excel's
    lock files, which begin with `~$`.
    """
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~$")))


def read_text(path: Path, report: Report) -> str | None:
    """UTF-8, with or without the mark that Windows programs put first. None after a fault."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        report("is not UTF-8. Save it again with the encoding UTF-8.", row)
    except OSError as error:
        report(f"cannot be read: {error.strerror}.")
    return None
