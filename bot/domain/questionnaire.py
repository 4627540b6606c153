"""A questionnaire version: an immutable document made of items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

Texts = Mapping[str, str]  #: BCP 47 language → wording


class ItemType(StrEnum):
    """What kind of answer an item takes."""

    NOTE = "note"  #: Shown, never answered.
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    INTEGER = "integer"
    RANGE = "range"  #: Whole or decimal steps from start to end, both included.
    TEXT = "text"


class AnswerKind(StrEnum):
    """What a participant said to an item. Exported codes: docs/exports.md."""

    VALUE = "value"  #: A substantive answer.
    SKIPPED = "skipped"  #: Passed over an item that is not required.
    DONT_KNOW = "dont_know"  #: Pressed don't know, which is never a point of a scale.
    REFUSED = "refused"  #: Chose not to say.


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """One option of a select item."""

    code: str
    label: Texts
    missing: AnswerKind | None = None  #: This choice means don't know or refused.


@dataclass(frozen=True, slots=True)
class Scale:
    """The points of a range item: `start`, `start + step`, ... up to and including `end`."""

    start: float
    end: float
    step: float = 1

    @lru_cache(maxsize=1024)  # noqa: B019 - scales are few, and equal ones share an entry
    def points(self) -> tuple[float, ...]:
        count = int((self.end - self.start) / self.step + 1e-9) + 1
        return tuple(round(self.start + i * self.step, 9) for i in range(count))


@dataclass(frozen=True, slots=True)
class Item:
    """One question with a stable code. Expressions are kept as written in the XLSForm."""

    code: str
    type: ItemType
    label: Texts
    hint: Texts = field(default_factory=dict)
    required: bool = False
    relevant: str | None = None
    constraint: str | None = None
    constraint_message: Texts = field(default_factory=dict)
    choices: tuple[ItemChoice, ...] = ()
    scale: Scale | None = None
    dont_know: bool = False
    personal: bool = (
        False  #: `bot::pii`: the answer identifies, so it is stored in `identity` only.
    )

    def choice(self, code: str) -> ItemChoice | None:
        return next((c for c in self.choices if c.code == code), None)


@dataclass(frozen=True)
class Questionnaire:
    """An immutable instrument; `version` counts up whenever wording or codes change."""

    code: str
    version: int
    title: Texts
    items: tuple[Item, ...]

    def item(self, code: str) -> Item:
        """Raise `KeyError` if there is no such item."""
        return self.by_code[code]

    @cached_property
    def by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    @cached_property
    def answerable(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.type is not ItemType.NOTE)


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """The JSON form in which a version is stored; `from_document` is its inverse."""
    return {
        "code": questionnaire.code,
        "version": questionnaire.version,
        "title": dict(questionnaire.title),
        "items": [_item_document(item) for item in questionnaire.items],
    }


def from_document(document: Mapping[str, Any]) -> Questionnaire:
    return Questionnaire(
        code=document["code"],
        version=document["version"],
        title=document["title"],
        items=tuple(_item(d) for d in document["items"]),
    )


def _item_document(item: Item) -> dict[str, Any]:
    document: dict[str, Any] = {
        "code": item.code,
        "type": item.type.value,
        "label": dict(item.label),
        "hint": dict(item.hint),
        "required": item.required,
        "relevant": item.relevant,
        "constraint": item.constraint,
        "constraint_message": dict(item.constraint_message),
        "dont_know": item.dont_know,
        "personal": item.personal,
    }
    if item.choices:
        document["choices"] = [
            {"code": c.code, "label": dict(c.label), "missing": c.missing} for c in item.choices
        ]
    if item.scale:
        document["scale"] = [item.scale.start, item.scale.end, item.scale.step]
    return {key: value for key, value in document.items() if value not in (None, {}, False)}


def _item(document: Mapping[str, Any]) -> Item:
    return Item(
        code=document["code"],
        type=ItemType(document["type"]),
        label=document["label"],
        hint=document.get("hint", {}),
        required=document.get("required", False),
        relevant=document.get("relevant"),
        constraint=document.get("constraint"),
        constraint_message=document.get("constraint_message", {}),
        choices=tuple(
            ItemChoice(c["code"], c["label"], AnswerKind(c["missing"]) if c["missing"] else None)
            for c in document.get("choices", ())
        ),
        scale=Scale(*document["scale"]) if "scale" in document else None,
        dont_know=document.get("dont_know", False),
        personal=document.get("personal", False),
    )
