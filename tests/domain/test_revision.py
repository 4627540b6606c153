"""What differs between two versions is told exactly; only translations may be corrected."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.questionnaire import (
    AnswerKind,
    Item,
    ItemChoice,
    ItemType,
    MediaKind,
    Questionnaire,
    Scale,
)
from bot.domain.questionnaire_document import to_document
from bot.domain.revision import SHOWN, Correction, differences


def both(english: str, spanish: str) -> dict[str, str]:
    return {"en": english, "es": spanish}


def choice(code: str, **more: Any) -> ItemChoice:
    return ItemChoice(code, both(code.title(), f"el {code}"), **more)


ITEM = Item(
    "q1",
    ItemType.SELECT_ONE,
    both("Which?", "¿Cuál?"),
    hint=both("One", "Uno"),
    choices=(choice("bus"), choice("foot"), choice("bike")),
    media={MediaKind.IMAGE: both("a" * 64, "b" * 64)},
)
OTHERS = tuple(Item(code, ItemType.TEXT, both(code, code.upper())) for code in ("q2", "q3", "q4"))
OLD = Questionnaire("opinion", 1, both("Parks", "Parques"), (ITEM, *OTHERS))


def with_item(**changes: Any) -> Questionnaire:
    return replace(OLD, items=(replace(ITEM, **changes), *OTHERS))


def with_choices(*choices: ItemChoice) -> Questionnaire:
    return with_item(choices=choices)


def lines(new: Questionnaire, old: Questionnaire = OLD) -> list[str]:
    return differences(old, new, "en").lines


# --- What is told --------------------------------------------------------------------------------

BUS, FOOT, BIKE = ITEM.choices

TOLD: list[tuple[Questionnaire, list[str]]] = [
    (replace(OLD, version=2), []),
    (
        replace(OLD, title={"en": "Trees", "es": "Parques"}),
        ["title in 'en' changed: 'Parks' -> 'Trees'"],
    ),
    (
        with_item(label=both("Which one?", "¿Cuál?")),
        ["item q1: label in 'en' changed: 'Which?' -> 'Which one?'"],
    ),
    (
        with_item(label=both("Which? ", "¿Cuál?")),
        ["item q1: label in 'en' changed: 'Which?' -> 'Which? '"],
    ),
    (with_item(hint={"es": "Uno"}), ["item q1: hint in 'en' removed: 'One'"]),
    (
        with_item(constraint_message=both("No", "No")),
        [
            "item q1: constraint_message in 'en' added: 'No'",
            "item q1: constraint_message in 'es' added: 'No'",
        ],
    ),
    (with_item(relevant="${q0} = 1"), ["item q1: relevant added: '${q0} = 1'"]),
    (
        with_item(required=True, personal=True),
        [
            "item q1: required changed: no -> yes",
            "item q1: bot::pii changed: no -> yes",
        ],
    ),
    (with_item(scale=Scale(0, 10)), ["item q1: scale added: start=0 end=10 step=1"]),
    (with_item(type=ItemType.RANK), ["item q1: type changed: 'select_one' -> 'rank'"]),
    (
        with_item(media={}),
        [
            f"item q1: image in 'en' removed: {'a' * 12}",
            f"item q1: image in 'es' removed: {'b' * 12}",
        ],
    ),
    (with_choices(BUS, FOOT, BIKE, choice("maybe")), ["item q1: choice 'maybe' added after bike"]),
    (with_choices(BUS, BIKE), ["item q1: choice 'foot' removed"]),
    (with_choices(BIKE, BUS, FOOT), ["item q1: choice 'bike' moved before all others"]),
    (
        with_choices(BUS, FOOT, replace(BIKE, number=7, missing=AnswerKind.REFUSED)),
        [
            "item q1: choice 'bike': missing added: 'refused'",
            "item q1: choice 'bike': spss_code added: '7'",
        ],
    ),
    (
        with_choices(BUS, FOOT, replace(BIKE, label=both("Bike", "la bici"))),
        [
            "item q1: choice 'bike': label in 'es' changed: 'el bike' -> 'la bici'",
        ],
    ),
    (replace(OLD, items=(ITEM, *OTHERS[1:])), ["item q2 removed"]),
    (replace(OLD, items=(*OTHERS, ITEM)), ["item q1 moved after q4"]),
    (
        replace(OLD, items=(ITEM, OTHERS[0], replace(ITEM, code="q9"), *OTHERS[1:])),
        ["item q9 added after q2"],
    ),
]


@pytest.mark.parametrize(("new", "told"), TOLD, ids=[" ".join(told)[:50] for _, told in TOLD])
def test_each_difference_is_one_line(new: Questionnaire, told: list[str]) -> None:
    assert lines(new) == told


def test_of_long_wordings_the_part_that_differs_is_shown() -> None:
    long = "How much do you agree with this? " * 5
    (line,) = lines(
        with_item(label=both(long + "Yes.", "¿Cuál?")), with_item(label=both(long, "¿Cuál?"))
    )
    assert "Yes." in line and len(line) < 2 * SHOWN + 60
    (line,) = lines(
        with_item(label=both("X" + long, "¿Cuál?")), with_item(label=both(long, "¿Cuál?"))
    )
    assert "-> 'XHow much" in line and line.endswith("…'")


@given(st.permutations(list(range(6))), st.sets(st.integers(0, 5)), st.sets(st.integers(6, 8)))
def test_no_more_is_said_to_have_moved_than_must(
    order: list[int], removed: set[int], added: set[int]
) -> None:
    items = [Item(f"q{n}", ItemType.TEXT, {"en": "?"}) for n in range(9)]
    old = Questionnaire("opinion", 1, {}, tuple(items[:6]))
    kept = [n for n in order if n not in removed]
    new = Questionnaire("opinion", 1, {}, tuple(items[n] for n in [*sorted(added), *kept]))
    told = lines(new, old)
    assert sum(" removed" in line for line in told) == len(removed)
    assert sum(" added" in line for line in told) == len(added)
    rising = max(
        sum(mask >> i & 1 for i in range(len(kept)))
        for mask in range(2 ** len(kept))
        if (chosen := [n for i, n in enumerate(kept) if mask >> i & 1]) == sorted(chosen)
    )
    assert sum(" moved" in line for line in told) == len(kept) - rising


OTHER_VALUES: dict[str, Any] = {
    "type": ItemType.TEXT,
    "label": {"en": "?"},
    "hint": {},
    "required_message": {"en": "!"},
    "constraint_message": {"en": "!"},
    "choices": (),
    "scale": Scale(1, 2),
    "media": {MediaKind.AUDIO: {"en": "c" * 64}},
    "missing": AnswerKind.DONT_KNOW,
    "number": 5,
    "columns": {"region": "north"},
    "aliases": {"en": ("Coach",)},
}


@pytest.mark.parametrize("name", [each.name for each in fields(Item) if each.name != "code"])
def test_no_field_of_an_item_is_overlooked(name: str) -> None:
    """Those to come among them."""
    now = getattr(ITEM, name)
    new = with_item(**{name: OTHER_VALUES.get(name, (not now) if isinstance(now, bool) else "1")})
    assert differences(OLD, new, "en").locked
    assert differences(new, OLD, "en").locked


@pytest.mark.parametrize("name", [each.name for each in fields(ItemChoice) if each.name != "code"])
def test_no_field_of_a_choice_is_overlooked(name: str) -> None:
    new = with_choices(replace(BUS, **{name: OTHER_VALUES[name]}), FOOT, BIKE)
    assert differences(OLD, new, "en").locked is (name != "aliases")
    assert differences(OLD, new, "en")


@pytest.mark.parametrize(("new", "told"), TOLD, ids=[" ".join(told)[:50] for _, told in TOLD])
def test_whatever_is_stored_otherwise_is_told(new: Questionnaire, told: list[str]) -> None:
    same = to_document(replace(new, version=1)) == to_document(OLD)
    assert bool(differences(OLD, new, "en")) is not same


# --- Translations --------------------------------------------------------------------------------


CORRECTIONS: list[tuple[Questionnaire, Correction]] = [
    (
        with_item(label=both("Which?", "¿Qué?")),
        Correction("q1", None, "label", "es", "¿Cuál?", "¿Qué?"),
    ),
    (
        with_item(required_message={"es": "Falta"}),
        Correction("q1", None, "required_message", "es", None, "Falta"),
    ),
    (
        replace(OLD, title=both("Parks", "Jardines")),
        Correction(None, None, "title", "es", "Parques", "Jardines"),
    ),
    (
        with_choices(replace(BUS, label=both("Bus", "el autobús")), FOOT, BIKE),
        Correction("q1", "bus", "label", "es", "el bus", "el autobús"),
    ),
    (
        with_item(media={MediaKind.IMAGE: both("a" * 64, "c" * 64)}),
        Correction("q1", None, "image", "es", "b" * 64, "c" * 64),
    ),
]


@pytest.mark.parametrize(("new", "correction"), CORRECTIONS)
def test_a_translation_may_be_corrected(new: Questionnaire, correction: Correction) -> None:
    revision = differences(OLD, new, "en")
    assert not revision.locked
    assert revision.corrections == [correction]


def test_aliases_may_be_corrected_in_the_source_too() -> None:
    def aliased(**aliases: tuple[str, ...]) -> Questionnaire:
        return with_choices(replace(BUS, aliases=aliases), FOOT, BIKE)

    both_ways = differences(
        aliased(en=("Coach",)), aliased(en=("Coach", "Van"), es=("Micro",)), "en"
    )
    assert not both_ways.locked
    assert both_ways.lines == [
        "item q1: choice 'bus': aliases in 'en' changed: 'Coach' -> 'Coach | Van'",
        "item q1: choice 'bus': aliases in 'es' added: 'Micro'",
    ]
    assert not differences(aliased(en=("Coach",)), OLD, "en").locked


@pytest.mark.parametrize(("new", "correction"), CORRECTIONS)
def test_the_same_wording_is_locked_where_it_is_the_source(
    new: Questionnaire, correction: Correction
) -> None:
    assert differences(OLD, new, "es").locked


def test_a_wording_that_a_language_loses_alone_is_locked() -> None:
    assert differences(OLD, with_item(hint={"en": "One"}), "en").locked


def translated(change: Callable[[dict[str, str]], dict[str, str]]) -> Questionnaire:
    """`OLD` with all its texts, media among them, changed alike."""

    def item(of: Item) -> Item:
        return replace(
            of,
            label=change(dict(of.label)),
            hint=change(dict(of.hint)) if of.hint else {},
            choices=tuple(replace(c, label=change(dict(c.label))) for c in of.choices),
            media={kind: change(dict(files)) for kind, files in of.media.items()},
        )

    return replace(OLD, title=change(dict(OLD.title)), items=tuple(map(item, OLD.items)))


def test_a_language_that_is_new_or_dropped_is_one_line() -> None:
    swahili = translated(lambda texts: {**texts, "sw": "Habari"})
    english = translated(lambda texts: {"en": texts["en"]})
    count = 1 + 4 + 1 + 3 + 1  # title, labels, hint, choices, image
    for old, new, line in (
        (OLD, swahili, f"language 'sw' added: {count} wording(s)"),
        (OLD, english, f"language 'es' dropped: {count} wording(s)"),
    ):
        revision = differences(old, new, "en")
        assert revision.lines == [line]
        assert not revision.locked and len(revision.corrections) == count


def test_the_source_cannot_be_dropped() -> None:
    revision = differences(OLD, translated(lambda texts: {"es": texts["es"]}), "en")
    assert revision.locked
    assert len(revision.lines) == 10
