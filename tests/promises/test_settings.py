"""docs/settings.md names every setting, with the default that is in force."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import PREFIX, Settings
from tests.promises.documents import DOCS, rows

PAGE = DOCS / "settings.md"


def documented() -> dict[str, list[str]]:
    return {
        cells[0].strip("`"): cells
        for cells in rows(PAGE.read_text("utf-8"))
        if cells[0].startswith(f"`{PREFIX}")
    }


def default_of(field: Any) -> str:
    return "none" if field.default in (None, ()) else f"`{field.default}`"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_setting_is_documented_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    setting = PREFIX + name.upper()
    row = documented().get(setting)
    wanted = f"| `{setting}` | {default_of(field)} | {field.description} | `an example` |"
    assert row is not None, f"docs/settings.md lacks {setting}. Add the row:\n{wanted}"
    assert row[1] == default_of(field), (
        f"docs/settings.md says that the default of {setting} is {row[1]}; in bot/settings.py it "
        f"is {default_of(field)}. Mend the row."
    )


def test_no_other_setting_is_documented() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert documented().keys() <= known, (
        "docs/settings.md has settings that bot/settings.py does not know; remove their rows: "
        f"{sorted(documented().keys() - known)}"
    )


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_example_of_a_setting_would_be_accepted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = PREFIX + name.upper()
    example = documented()[setting][3].strip("`")
    monkeypatch.setenv(f"{PREFIX}SECRET_KEY", "s" * 32)  # which another setting may need
    monkeypatch.setenv(setting, example)
    try:
        Settings(_env_file=None)
    except ValidationError as error:
        pytest.fail(f"docs/settings.md: the example of {setting} is refused; mend it.\n{error}")
