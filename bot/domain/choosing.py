"""Choices of an item: which are offered, in what order, and what choosing them means."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.answers import Answer
from bot.domain.compiled import compiled_filter
from bot.domain.expression import Value
from bot.domain.naming import Tongue, named
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice
from bot.domain.words import listed, number_in, picked


def offered(item: Item, values: Mapping[str, Value], today: date) -> tuple[ItemChoice, ...]:
    """The choices that the item's filter lets through, in the questionnaire's order."""
    if item.choice_filter is None:
        return item.choices
    expression = compiled_filter(item.choice_filter)
    return tuple(
        choice
        for choice in item.choices
        if expression.is_true(values, today=today, choice={**choice.columns, "name": choice.code})
    )


def in_random_order(choices: Sequence[ItemChoice], seed: str) -> tuple[ItemChoice, ...]:
    """The same order for the same seed on every machine; don't know and refused stay last."""
    substantive = [choice for choice in choices if choice.missing is None]
    digest = hashlib.sha256(seed.encode()).digest()
    random.Random(int.from_bytes(digest)).shuffle(substantive)
    return (*substantive, *(choice for choice in choices if choice.missing is not None))


def chosen(item: Item, code: str) -> Answer:
    """The answer that pressing the choice `code` of a select_one gives."""
    choice = item.choice(code)
    if choice is not None and choice.missing is not None:
        return Answer(choice.missing)
    return Answer(AnswerKind.VALUE, code)


def selected(item: Item, codes: Sequence[str]) -> Answer:
    """The answer of a select_multiple with `codes` chosen, in the questionnaire's order.

    A choice that means don't know or refused stands alone.
    """
    for code in codes:
        choice = item.choice(code)
        if choice is not None and choice.missing is not None:
            return Answer(choice.missing)
    return Answer(AnswerKind.VALUE, [c.code for c in item.choices if c.code in codes])


def toggled(item: Item, codes: Sequence[str], code: str) -> list[str]:
    """`codes` with `code` pressed once more. Don't know and refused exclude all others."""
    if code in codes:
        return [c for c in codes if c != code]
    if (choice := item.choice(code)) and choice.missing:
        return [code]
    return [c for c in codes if not ((other := item.choice(c)) and other.missing)] + [code]


def picked_choice(
    text: str, choices: Sequence[ItemChoice], shown: Sequence[str], tongue: Tongue
) -> str | None:
    """The code of the one of `choices` that was named, or whose number among those `shown` was."""
    if codes := named(text, choices, tongue):
        return codes[0] if len(codes) == 1 else None
    index = picked(text, [""] * len(shown)) if number_in(text) is not None else None
    return None if index is None else shown[index]


def picked_choices(
    text: str, choices: Sequence[ItemChoice], shown: Sequence[str], tongue: Tongue
) -> tuple[str, ...]:
    """The codes of a typed enumeration, in its order; none if any part of it is no one choice."""
    one = picked_choice(text, choices, shown, tongue)
    if one is not None:
        return (one,)
    parts = listed(text)
    codes = [picked_choice(part, choices, shown, tongue) for part in parts]
    known = tuple(code for code in codes if code is not None)
    return known if len(known) == len(codes) else ()
