"""Where a file goes."""

from pathlib import Path


def place(out: Path | None, name: str) -> Path:
    """`out` if it is a file, new or not; `name` in the folder `out`, or else in the current one."""
    if out is None:
        return Path(name)
    return out / name if out.is_dir() else out
