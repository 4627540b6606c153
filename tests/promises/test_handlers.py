"""The table of contents of the conversation has no holes."""

import ast

import pytest

import handlers
from bot.conversation.messages import IncomingKind
from tests.promises.documents import ROOT

HANDLERS = {path.stem: path for path in sorted((ROOT / "handlers").glob("*.py"))}


def decorated(verb: str) -> set[str]:
    """The first argument of every `@router.<verb>(...)`."""
    return {
        argument
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if call.func.attr == verb and (argument := words_of(call.args[0]))
    }


def trees() -> list[ast.Module]:
    return [ast.parse(path.read_text("utf-8")) for path in HANDLERS.values()]


def words_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return node.attr if isinstance(node, ast.Attribute) else None


def places_entered() -> set[str]:
    """The places that handlers and turns move to: `Place("...")`, `place_in(turn, "...")`."""
    sources = [*HANDLERS.values(), ROOT / "bot" / "conversation" / "turn.py"]
    argument = {"Place": 0, "place_in": 1}
    return {
        str(named.value)
        for path in sources
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in argument
        if isinstance(named := node.args[argument[node.func.id]], ast.Constant)
    }


def test_every_place_asks_and_takes_an_answer() -> None:
    asking, answering = decorated("asking"), decorated("answering")
    assert asking == handlers.router.places
    assert asking == answering, (
        f"handlers/: add @router.answering for {sorted(asking - answering)} and @router.asking "
        f"for {sorted(answering - asking)}; a citizen who stands there would be stuck"
    )


def test_every_place_that_is_entered_has_handlers() -> None:
    entered = places_entered()
    assert entered <= handlers.router.places, (
        f"handlers/: nothing asks at {sorted(entered - handlers.router.places)}"
    )
    assert handlers.router.places <= entered, (
        f"handlers/: nobody ever comes to {sorted(handlers.router.places - entered)}; remove it"
    )


def test_every_refusal_of_the_router_has_words() -> None:
    source = (ROOT / "bot" / "conversation" / "router.py").read_text("utf-8")
    refusals = {
        str(node.slice.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "_refusals"
    }
    assert refusals and refusals == decorated("refusing"), (
        f"handlers/: @router.refusing must cover exactly {sorted(refusals)}"
    )


def test_everything_that_is_no_words_has_a_handler() -> None:
    wanted = {kind.name for kind in IncomingKind} - {"TEXT", "CHOICE"}
    assert decorated("on") == wanted, f"handlers/: @router.on must cover exactly {sorted(wanted)}"


@pytest.mark.parametrize("command", handlers.MENU)
def test_a_command_of_the_menu_exists(command: str) -> None:
    assert command in handlers.router.commands, (
        f"handlers/__init__.py: MENU has {command!r}, for which there is no @router.command"
    )


def test_the_table_of_contents_lists_every_file() -> None:
    told = {
        line.split("|")[1].strip()
        for line in (handlers.__doc__ or "").splitlines()
        if line.startswith("| ")
    } - {"file", "---"}
    there = HANDLERS.keys() - {"__init__", "routes"}
    assert told == there, (
        f"handlers/__init__.py: the table must list {sorted(there - told)} and not "
        f"{sorted(told - there)}"
    )
