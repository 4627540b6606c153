"""The JSON form in which a questionnaire version is stored."""

from collections.abc import Mapping
from typing import Any

from bot.domain.questionnaire import (
    AnswerKind,
    Item,
    ItemChoice,
    ItemType,
    MediaKind,
    Questionnaire,
    Scale,
)

#: Fields of an item that stand in the document as they are.
_PLAIN = (
    *("code", "required", "relevant", "constraint", "choice_filter", "randomized", "seed"),
    *("calculation", "default", "read_only", "dont_know", "can_refuse", "personal"),
)
_WORDED = ("label", "hint", "required_message", "constraint_message")


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """`from_document` is its inverse."""
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
    """Without what is empty, so that a document of an older release stays equal."""
    document: dict[str, Any] = {name: getattr(item, name) for name in _PLAIN}
    document |= {name: dict(getattr(item, name)) for name in _WORDED}
    document["type"] = item.type.value
    document["media"] = {kind.value: dict(files) for kind, files in item.media.items()}
    document["choices"] = [_choice_document(choice) for choice in item.choices]
    if item.scale:
        document["scale"] = [item.scale.start, item.scale.end, item.scale.step]
    return {key: value for key, value in document.items() if value not in (None, {}, [], False)}


def _choice_document(choice: ItemChoice) -> dict[str, Any]:
    document: dict[str, Any] = {
        "code": choice.code,
        "label": dict(choice.label),
        "missing": choice.missing,
    }
    if choice.number is not None:
        document["number"] = choice.number
    if choice.columns:
        document["columns"] = dict(choice.columns)
    if choice.aliases:
        document["aliases"] = {language: list(names) for language, names in choice.aliases.items()}
    return document


def _item(document: Mapping[str, Any]) -> Item:
    fields = {name: document[name] for name in (*_PLAIN, *_WORDED) if name in document}
    fields.setdefault("label", {})
    return Item(
        **fields,
        type=ItemType(document["type"]),
        choices=tuple(_choice(each) for each in document.get("choices", ())),
        scale=Scale(*document["scale"]) if "scale" in document else None,
        media={MediaKind(kind): files for kind, files in document.get("media", {}).items()},
    )


def _choice(document: Mapping[str, Any]) -> ItemChoice:
    return ItemChoice(
        document["code"],
        document["label"],
        AnswerKind(document["missing"]) if document["missing"] else None,
        document.get("number"),
        document.get("columns", {}),
        {language: tuple(names) for language, names in document.get("aliases", {}).items()},
    )
