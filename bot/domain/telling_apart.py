"""Questions in few words that still tell them apart."""

from collections.abc import Sequence
from itertools import pairwise, takewhile


def clipped(text: str, room: int) -> str:
    """`text` on one line and in at most `room` characters, with `…` for what is cut off.

    >>> clipped("How often do you go there?", 12)
    'How often…'
    """
    line = " ".join(text.split())
    if len(line) <= room:
        return line
    cut = line[: room - 1]
    if line[room - 1] != " " and (head := cut.rpartition(" ")[0]) and len(head) > room // 2:
        cut = head
    return cut.rstrip(" ,;:.-") + "…"


def told_apart(labels: Sequence[str], rooms: Sequence[int]) -> list[str]:
    """Each of `labels` in its room. Of a long one, a beginning that others share is cut off.

    >>> told_apart(["How much do you trust: courts", "How much do you trust: banks"], [12, 12])
    ['…courts', '…banks']
    """
    lines = [" ".join(label.split()) for label in labels]
    shared = dict.fromkeys(lines, 0)
    ordered = sorted(shared)
    for one, next_one in pairwise(ordered):
        common = len(_common_beginning(one, next_one))
        shared[one], shared[next_one] = max(shared[one], common), max(shared[next_one], common)
    return [
        clipped(_end(line, shared[line], room), room)
        for line, room in zip(lines, rooms, strict=True)
    ]


def _common_beginning(one: str, other: str) -> str:
    """Of whole words, where the language parts them."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    common = "".join(letter for letter, _ in alike)
    return common[: common.rfind(" ") + 1] if " " in one + other else common


def _end(line: str, shared: int, room: int) -> str:
    """What follows the `shared` beginning, if there is no room for that and enough to tell."""
    return f"…{line[shared:]}" if len(line) > room and shared > room // 2 else line
