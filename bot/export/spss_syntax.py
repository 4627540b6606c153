"""SPSS: items with several answers as multiple-response sets, by a small syntax file.

The .sav file itself cannot hold them; its columns are named as bot/export/sav_file.py names them.
Source: IBM, "SPSS Statistics Command Syntax Reference", MRSETS.
"""

from collections.abc import Iterator, Sequence

from bot.domain.questionnaire import ItemType
from bot.export.codebook import Entry
from bot.export.instruments import prefix_of
from bot.export.names import short_name
from bot.export.sav_file import NAME
from bot.export.texts import cut_bytes, without_nul
from bot.export.variables import CHOSEN, Words

#: Of a set's label, in bytes of UTF-8: as long as that of a variable.
LABEL = 255

_HEADER = """\
* Encoding: UTF-8.
* Makes a multiple-response set of each item of which several answers may be chosen.
* Open the .sav file of the wide shape first, then run this.
"""


def spss_syntax(entries: Sequence[Entry], words: Words, data: str | None = None) -> str:
    """`data` is the name of the .sav file, if it lies beside the syntax: then it is opened."""
    lines = [_HEADER]
    if data:
        lines.append(f"GET FILE={_quoted(data)}.\n")
    sets = [each for entry in entries for each in _set(entry, words)]
    lines += sets
    if sets:
        lines.append("MRSETS /DISPLAY NAME=ALL.\n")
    return "\n".join(lines)


def _set(entry: Entry, words: Words) -> Iterator[str]:
    names = [short_name(column.name, NAME) for column in entry.columns if not column.words]
    if entry.item.type is not ItemType.SELECT_MULTIPLE or len(names) < 2:
        return  # a set takes two variables at least
    code = next(code for code, label in CHOSEN.items() if label == "Chosen")
    name = f"{prefix_of(entry.instrument)}{entry.item.code}"
    yield "\n".join(
        [
            "MRSETS",
            f"  /MDGROUP NAME=${short_name(name, NAME - 1)}",
            f"    LABEL={_quoted(cut_bytes(words(entry.item.label), LABEL))}",
            "    CATEGORYLABELS=VARLABELS",
            "    VARIABLES=" + "\n      ".join(names),
            f"    VALUE={code}.",
            "",
        ]
    )


def _quoted(text: str) -> str:
    """A string of the syntax: on one line, its apostrophes doubled."""
    return "'" + " ".join(without_nul(text).split()).replace("'", "''") + "'"
