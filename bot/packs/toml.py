"""TOML tables read by type, with the row of each key: tomllib keeps no rows, faults need them."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from bot.packs.faults import Report, suggestion

_TABLE = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")
_LINE = re.compile(r"at line (\d+)")

#: Which table of the file: its name ("" for the top) and its place among those of that name.
_Place = tuple[str, int]
_Rows = Mapping[tuple[_Place, str], int]


class Table:
    """One table. What has the wrong type is a fault and is read as if it were empty."""

    def __init__(
        self, values: Mapping[str, Any], rows: _Rows, report: Report, place: _Place = ("", 0)
    ) -> None:
        self._values = values
        self._rows = rows
        self._report = report
        self._place = place
        self._asked: dict[str, None] = {}

    def fault(self, message: str, key: str = "") -> None:
        """Noted at `key`, or where the table begins if the key is not there."""
        row = self._rows.get((self._place, key)) or self._rows.get((self._place, ""))
        self._report(message, row)

    def value(self, key: str) -> Any:
        self._asked[key] = None
        return self._values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Required if there is no default."""
        value = self.value(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None:
            self.fault(f"'{key}' must be a text in quotes, and not empty.", key)
        elif default is None:
            self.fault(f"'{key}' is missing. Write {key} = \"...\".")
        return default or ""

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.value(key)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.fault(f'\'{key}\' must be a list of texts, like ["...", "..."].', key)
        return ()

    def table(self, key: str) -> "Table":
        value = self.value(key)
        if value is not None and not isinstance(value, dict):
            self.fault(f"'{key}' must be a table: [{key}] on a row of its own.", key)
            value = None
        return Table(value or {}, self._rows, self._report, (key, 0))

    def tables(self, key: str) -> list["Table"]:
        value = self.value(key) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fault(f"'{key}' must be tables: [[{key}]] on a row of its own before each.", key)
            value = []
        return [
            Table(one, self._rows, self._report, (key, index)) for index, one in enumerate(value)
        ]

    def refuse_the_rest(self) -> None:
        """Every key that nobody asked for is a fault."""
        place = f" of [{self._place[0]}]" if self._place[0] else ""
        for key in self._values:
            if key not in self._asked:
                self.fault(f"'{key}' is not a key{place}.{suggestion(key, self._asked)}", key)


def read_toml(text: str, report: Report) -> Table | None:
    """None after a fault of syntax."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        row = int(found[1]) if found else text.count("\n") + 1
        report(f"is not valid TOML: {error}.", row)
        return None
    return Table(values, _rows(text), report)


def _rows(text: str) -> _Rows:
    rows: dict[tuple[_Place, str], int] = {}
    place: _Place = ("", 0)
    for row, line in enumerate(text.splitlines(), start=1):
        if match := _TABLE.match(line):
            name, index = match[1], 0
            while ((name, index), "") in rows:
                index += 1
            place = (name, index)
            rows[place, ""] = row
        elif match := _KEY.match(line):
            rows.setdefault((place, match[1]), row)
    return rows
