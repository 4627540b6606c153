"""What a row of each type may fill, and why other types are refused."""

import re
from collections.abc import Mapping

from bot.domain.questionnaire import ItemType
from bot.packs.faults import shown, suggestion

MEDIA = frozenset({"media::image", "media::audio", "media::video"})

_NAMED = frozenset({"type", "name"})
_SHOWN = _NAMED | {"label", "hint", "relevant", "appearance"} | MEDIA
_ASKED = _SHOWN | {"required", "required_message"}
_ANSWERED = _ASKED | {
    *("constraint", "constraint_message", "bot::dont_know", "bot::refused", "bot::pii"),
}
_VALUED = _ANSWERED | {"default", "calculation", "read_only"}
_DERIVED = _NAMED | {"label", "relevant", "appearance", "calculation"}

#: Type → the columns that a row of it may fill.
TAKES: Mapping[str, frozenset[str]] = {
    ItemType.SELECT_ONE: _VALUED | {"choice_filter", "parameters"},
    ItemType.SELECT_MULTIPLE: _VALUED | {"choice_filter", "parameters"},
    ItemType.RANK: _ANSWERED | {"choice_filter", "parameters"},
    ItemType.RANGE: _VALUED | {"parameters"},
    ItemType.INTEGER: _VALUED,
    ItemType.DECIMAL: _VALUED,
    ItemType.DATE: _VALUED,
    ItemType.TEXT: _VALUED,
    ItemType.ACKNOWLEDGE: _ASKED,
    ItemType.NOTE: _SHOWN | {"read_only"},
    ItemType.CALCULATE: _DERIVED,
    ItemType.HIDDEN: _DERIVED | {"default"},
    "begin_group": _SHOWN,
    "end_group": _NAMED,
}

#: What an item that is read-only may not fill, since nobody is asked.
ASKING = _ANSWERED - _SHOWN

_ALIASES = {
    "select_one_from": "select_one",
    "select1": "select_one",
    "select_all_that_apply_from": "select_multiple",
    "select_all_that_apply": "select_multiple",
    "trigger": "acknowledge",
}
_TWO_WORDS = re.compile(
    r"(begin|end)\s+(group|repeat)|select\s+one(\s+from(\s+file)?)?|select\s+multiple"
    r"|select\s+all\s+that\s+apply(\s+from)?|select\s+multiple\s+from\s+file",
)

_PLACE = "there are no maps in a chat: ask for the place in words or from a list"
_FILE = "citizens answer in words, numbers and choices"
_OUTSIDE = "write the choices into the sheet choices"
_ALONE = "the bot records this by itself: remove the row"
_CLOCK = "ask for a date, or for the time as text with a constraint"
_REPEAT = "write the items out, each with a name of its own"

#: Types of XLSForm that are not supported (https://xlsform.org/en/ref-table/), and what to do.
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("begin_repeat", "end_repeat", "begin_loop", "end_loop"), _REPEAT),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint", "osm"), _PLACE),
    **dict.fromkeys(("image", "photo", "audio", "video", "file", "background-audio"), _FILE),
    **dict.fromkeys(("barcode", "background-geopoint"), _FILE),
    **dict.fromkeys(("select_one_from_file", "select_multiple_from_file"), _OUTSIDE),
    **dict.fromkeys(("select_one_external", "csv-external", "xml-external"), _OUTSIDE),
    **dict.fromkeys(("start", "end", "today", "deviceid", "audit", "start_time"), _ALONE),
    **dict.fromkeys(("username", "email", "phonenumber", "imei", "simserial", "uuid"), _ALONE),
    **dict.fromkeys(("subscriberid", "end_time"), _ALONE),
    **dict.fromkeys(("time", "datetime"), _CLOCK),
    **dict.fromkeys(("phone", "string"), "ask for a text"),
}


def split_type(written: str) -> tuple[str, str]:
    """The type as this module writes it, `begin group` being `begin_group`; and what follows it."""
    words = " ".join(written.split())
    if match := _TWO_WORDS.match(words.lower()):
        words = match[0].replace(" ", "_") + words[match.end() :]
    kind, _, rest = words.partition(" ")
    return _ALIASES.get(kind.lower(), kind.lower()), rest


def unsupported(written: str, kind: str) -> str:
    """What to say of a type that is not in `TAKES`."""
    if not written:
        return f"the row has no type. Supported are {', '.join(TAKES)}."
    what = f"the type '{shown(written)}' is not supported"
    if kind in REFUSED:
        return f"{what}: {REFUSED[kind]}."
    return f"{what}.{suggestion(kind, TAKES)} Supported are {', '.join(TAKES)}."
