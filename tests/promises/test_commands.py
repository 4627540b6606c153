"""docs/commands.md has every command and option, and no document shows one that does not exist."""

import re
import shlex
from pathlib import Path

import pytest

from bot.export import Format, Shape
from bot.settings import Role
from tests.promises.command_line import arguments_of, commands, groups, options_of
from tests.promises.documents import (
    DOCS,
    ROOT,
    code_in,
    documents,
    name,
    rows,
    sections,
    shell_words,
)

PAGE = DOCS / "commands.md"
PREFIX = "minipublic "

#: `minipublic` where it is typed: at the beginning, behind settings, or by its path.
_TYPED = re.compile(r"(?:^|\s)(?:\S*/)?minipublic((?: +[^\s|;&#<>]+)*)")


def documented() -> dict[str, str]:
    """Command → its section."""
    return {
        code[0].removeprefix(PREFIX): body
        for heading, body in sections(PAGE).items()
        if (code := code_in(heading)) and code[0].startswith(PREFIX)
    }


def named_in(section: str) -> set[str]:
    """The options and arguments in the tables of a section."""
    return {code for cells in rows(section) for code in code_in(cells[0])}


def test_every_command_is_documented_and_no_other() -> None:
    missing, surplus = commands().keys() - documented().keys(), documented().keys() - commands()
    assert not missing and not surplus, (
        f"docs/commands.md: add a section '## `minipublic ...`' for each of {sorted(missing)}, "
        f"and remove those of {sorted(surplus)}"
    )


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_option_of_a_command_is_documented_and_no_other(command: str) -> None:
    known = options_of(commands()[command]) | set(arguments_of(commands()[command]))
    told = named_in(documented().get(command, ""))
    assert told == known, (
        f"docs/commands.md, `minipublic {command}`: add rows for {sorted(known - told)}, "
        f"remove those of {sorted(told - known)}"
    )


@pytest.mark.parametrize(
    ("command", "option", "values"),
    [("run", "--role", Role), ("export", "--format", Format), ("export", "--shape", Shape)],
)
def test_the_values_of_an_option_are_documented(
    command: str, option: str, values: type[Role] | type[Format] | type[Shape]
) -> None:
    row = next(cells for cells in rows(documented()[command]) if option in code_in(cells[0]))
    told, known = set(code_in(" ".join(row[1:]))), {value.value for value in values}
    assert told >= known, (
        f"docs/commands.md, `minipublic {command}`: the row of {option} must name "
        f"{sorted(known - told)}, each in backticks"
    )


def shown() -> list[tuple[str, str]]:
    """Where a command is shown, and what is typed after `minipublic`."""
    found = [
        (f"{name(path)}:{row}", match[1])
        for path in documents()
        for row, text in shell_words(path)
        for match in _TYPED.finditer(text)
    ]
    for path in [*python_files(), *sorted((ROOT / "examples").rglob("*.toml"))]:
        for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            for words in code_in(line):
                found += [(f"{name(path)}:{row}", m[1]) for m in _TYPED.finditer(words)]
    return [(where, typed) for where, typed in found if typed.strip()]


def python_files() -> list[Path]:
    return sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")])


def wrong_with(typed: str) -> str | None:
    words = shlex.split(typed)
    path = words[0]
    if path.startswith(("-", "(", "[")) or path in ("COMMAND", "..."):
        return None
    subcommand = " ".join(words[:2])
    if len(words) > 1 and (path in groups() or subcommand in commands()):
        path = subcommand
    elif path in groups():
        return None
    if path not in commands():
        return f"there is no `minipublic {path}`"
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    unknown = options - options_of(commands()[path]) - {"--help"}
    return f"`minipublic {path}` has no {', '.join(sorted(unknown))}" if unknown else None


def test_every_command_that_a_text_shows_exists() -> None:
    wrong = [f"{where}: {fault}" for where, typed in shown() if (fault := wrong_with(typed))]
    assert not wrong, "mend these texts:\n" + "\n".join(wrong)


def test_commands_are_found_in_the_texts() -> None:
    """Or the test above would hold whatever they say."""
    assert {typed.split()[0] for _, typed in shown()} >= {"demo", "migrate", "load", "run", "wave"}
    assert wrong_with(" wave open t1") is None
    assert wrong_with(" wave melt t1") and wrong_with(" run --rolle web") and wrong_with(" fly")
