"""The commands of `minipublic`, as the command line itself knows them."""

from collections.abc import Iterator
from typing import Any

import typer

from bot.__main__ import app


def commands() -> dict[str, Any]:
    """`wave open` → the command, for each that can be run."""
    return dict(_walk(typer.main.get_command(app), ()))


def groups() -> set[str]:
    """What only leads to commands, such as `wave`."""
    return {name.rpartition(" ")[0] for name in commands()} - {"", *commands()}


def options_of(command: Any) -> set[str]:
    """`--out` and the like."""
    return {
        option
        for parameter in command.params
        if parameter.param_type_name == "option"
        for option in (*parameter.opts, *parameter.secondary_opts)
    } - {"--help"}


def arguments_of(command: Any) -> list[str]:
    """In capitals, as documents write them."""
    return [
        parameter.name.upper()
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield " ".join(path), command
        return
    if command.invoke_without_command and path:
        yield " ".join(path), command
    for name, subcommand in subcommands.items():
        yield from _walk(subcommand, (*path, name))
