"""CPU time of processes that are not our own, from Linux' /proc."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """All threads of a process and of its children, also of those that have ended."""
    seconds = _own(pid, with_ended_children=True)
    return seconds + sum(_own(child, with_ended_children=False) for child in _children(pid))


def cpu_of(groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    return {name: sum(map(cpu_seconds, pids)) for name, pids in groups.items()}


def _own(pid: int, *, with_ended_children: bool) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    fields = stat.rpartition(")")[2].split()  # from the third on, see proc(5)
    return sum(map(int, fields[11 : 15 if with_ended_children else 13])) / _TICKS


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []
