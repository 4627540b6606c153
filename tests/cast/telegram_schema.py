"""The shape of requests and updates: two independent readings of Telegram's types.

The first is aiogram's, always there. The second is the published specification of the Bot API
as JSON, used where the environment variable MINIPUBLIC_API_SPECS names the folder that holds it.
"""

import json
import os
import re
import types
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import aiogram.methods
from aiogram.types import InputFile, Update
from pydantic import BaseModel, ValidationError

from tests.cast.telegram_errors import Refused, bad_request

_PRIMITIVES: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "String": (str,),
    "Boolean": (bool,),
    "InputFile": (str,),  # an upload is named "attach://part"
}

#: Required by aiogram, whose Bot API is newer than the specification's.
NEWER = frozenset({"can_send_welcome_messages"})


def from_json(text: str | bytes) -> Any:
    """A JSON value as Telegram takes it: a field that is null is a field left out."""
    return json.loads(text, object_hook=lambda o: {k: v for k, v in o.items() if v is not None})


def decode_form(method: str, form: dict[str, str]) -> dict[str, Any]:
    """A form's fields as JSON values: nested objects, numbers and flags come as JSON text."""
    fields = _model(method).model_fields
    decoded: dict[str, Any] = {}
    for name, value in form.items():
        members = _members(fields[name].annotation) if name in fields else {str}
        if int in members and str in members:
            decoded[name] = int(value) if re.fullmatch(r"-?\d+", value) else value
        elif members & {str, InputFile}:
            decoded[name] = value
        else:
            try:
                decoded[name] = from_json(value.lower() if bool in members else value)
            except ValueError:
                raise bad_request(f'field "{name}" is not JSON') from None
    return decoded


def check_request(method: str, params: dict[str, Any]) -> None:
    """Refuses unknown fields by name, wrong types and absent required fields."""
    model = _model(method)
    for name in params:
        if name in model.model_fields and _is_deprecated(model, name):
            raise bad_request(f'unknown field "{name}" (it is deprecated)')
    _check_by_aiogram(model, params, strict=True)
    if problem := _problem_by_spec("methods", method, params):
        raise bad_request(problem)


def check_update(update: dict[str, Any]) -> None:
    """Raises ValueError for an update that Telegram would never send."""
    try:
        # Not strict: aiogram holds dates as datetime where Telegram sends numbers.
        _check_by_aiogram(Update, update, strict=False)
    except Refused as refused:
        raise ValueError(refused.description) from None
    if problem := _problem_by_spec("types", "Update", update):
        raise ValueError(problem)


def _model(method: str) -> type[BaseModel]:
    model: type[BaseModel] = getattr(aiogram.methods, method[0].upper() + method[1:])
    return model


def _is_deprecated(model: type[BaseModel], name: str) -> bool:
    extra = model.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("deprecated"))


def _members(annotation: Any) -> set[Any]:
    """The alternatives of a union, or the annotation itself."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return set().union(*(_members(member) for member in get_args(annotation)))
    return {annotation}


def _check_by_aiogram(model: type[BaseModel], value: dict[str, Any], *, strict: bool) -> None:
    try:
        model.model_validate_json(json.dumps(value), strict=strict, extra="forbid")
    except ValidationError as invalid:
        # Of a union every member complains; the one that got furthest was meant.
        error = max(invalid.errors(), key=lambda error: len(error["loc"]))
    else:
        return
    # Among the steps are the names of a union's members, which are no fields.
    steps = [str(step) for step in error["loc"] if not re.match(r"[A-Z]|(?:int|str)$", str(step))]
    name = ".".join(steps)
    if error["type"] == "extra_forbidden":
        raise bad_request(f'unknown field "{name}"')
    if error["type"] == "missing":
        raise bad_request(f'field "{name}" is required')
    raise bad_request(f'field "{name}" is of the wrong type: {error["msg"]}')


@cache
def _spec(folder: str) -> dict[str, Any]:
    text = (Path(folder) / "telegram-bot-api.json").read_text(encoding="utf-8")
    spec: dict[str, Any] = json.loads(text)
    return spec


def _problem_by_spec(kind: str, name: str, value: dict[str, Any]) -> str | None:
    folder = os.environ.get("MINIPUBLIC_API_SPECS")
    if not folder:
        return None
    spec = _spec(folder)
    return _fields_problem(spec["types"], spec[kind][name].get("fields", []), value, "")


def _problem(known: dict[str, Any], type_name: str, value: Any, path: str) -> str | None:
    if type_name.startswith("Array of "):
        if not isinstance(value, list):
            return f'field "{path}" must be an Array'
        inner = type_name.removeprefix("Array of ")
        problems = (_problem(known, inner, v, f"{path}.{i}") for i, v in enumerate(value))
        return next((problem for problem in problems if problem), None)
    if expected := _PRIMITIVES.get(type_name):
        fits = isinstance(value, expected) and (bool in expected or not isinstance(value, bool))
        return None if fits else f'field "{path}" must be of type {type_name}'
    if subtypes := known[type_name].get("subtypes"):
        return _best_problem(known, subtypes, value, path)
    if not isinstance(value, dict):
        return f'field "{path}" must be an Object'
    return _fields_problem(known, known[type_name].get("fields", []), value, f"{path}.")


def _best_problem(known: dict[str, Any], names: list[str], value: Any, path: str) -> str | None:
    """None if the value is of one of the types, else the complaint that got furthest."""
    problems = [_problem(known, name, value, path) for name in names]
    found = [problem for problem in problems if problem]
    if len(found) < len(problems):
        return None
    return max(found, key=lambda problem: problem.count("."))


def _fields_problem(
    known: dict[str, Any], fields: list[dict[str, Any]], value: dict[str, Any], prefix: str
) -> str | None:
    by_name = {field["name"]: field for field in fields}
    for name, field in by_name.items():
        if field["required"] and name not in value:
            return f'field "{prefix}{name}" is required'
    for name, inner in value.items():
        if name in NEWER:
            continue
        if name not in by_name:
            return f'unknown field "{prefix}{name}"'
        if problem := _best_problem(known, by_name[name]["types"], inner, f"{prefix}{name}"):
            return problem
    return None
