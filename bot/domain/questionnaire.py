"""A questionnaire version: an immutable instrument made of items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

Texts = Mapping[str, str]  #: BCP 47 language → wording


class ItemType(StrEnum):
    """What kind of answer an item takes."""

    NOTE = "note"  #: Shown, never answered.
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    RANK = "rank"  #: All choices, the first being the highest.
    INTEGER = "integer"
    DECIMAL = "decimal"
    RANGE = "range"  #: Whole or decimal steps from start to end, both included.
    TEXT = "text"
    DATE = "date"  #: A day, as ISO 8601 writes it.
    ACKNOWLEDGE = "acknowledge"  #: Read and confirmed; the value is `OK`, as in XForms.
    CALCULATE = "calculate"  #: Never shown: its value follows from the answers.
    HIDDEN = "hidden"  #: Never shown: its value is fixed when the questionnaire is written.


CHOSEN_FROM_LIST = frozenset({ItemType.SELECT_ONE, ItemType.SELECT_MULTIPLE, ItemType.RANK})
ACKNOWLEDGED = "OK"
ANY_LANGUAGE = ""  #: Of aliases that are the same in all languages.


class AnswerKind(StrEnum):
    """What a participant said to an item. Exported codes: docs/exports.md."""

    VALUE = "value"  #: A substantive answer.
    SKIPPED = "skipped"  #: Passed over an item that is not required.
    DONT_KNOW = "dont_know"  #: Pressed don't know, which is never a point of a scale.
    REFUSED = "refused"  #: Chose not to say.


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """One option of a select or rank item."""

    code: str
    label: Texts
    missing: AnswerKind | None = None  #: This choice means don't know or refused.
    number: int | None = None  #: `spss_code`: what statistics packages get in place of the code.
    columns: Mapping[str, str] = field(default_factory=dict)  #: What a choice filter may ask for.
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: Other names to type.


@dataclass(frozen=True, slots=True)
class Scale:
    """The points of a range item: `start`, `start + step`, ... up to and including `end`."""

    start: float
    end: float
    step: float = 1

    @property
    def count(self) -> int:
        return int((self.end - self.start) / self.step + 1e-9) + 1

    @lru_cache(maxsize=1024)  # noqa: B019 - scales are few, and equal ones share an entry
    def points(self) -> tuple[float, ...]:
        return tuple(round(self.start + i * self.step, 9) for i in range(self.count))

    def __contains__(self, number: float) -> bool:
        """Whether `number` is a point; counts no points, so that a scale may have a million."""
        steps = (number - self.start) / self.step
        return abs(steps - round(steps)) < 1e-9 and 0 <= round(steps) < self.count


class MediaKind(StrEnum):
    """What comes before an item's words."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Item:
    """One question with a stable code. Expressions are kept as written in the XLSForm.

    Wordings may quote earlier answers as `${code}`: bot/domain/quoting.py.
    """

    code: str
    type: ItemType
    label: Texts
    hint: Texts = field(default_factory=dict)
    required: bool = False
    required_message: Texts = field(default_factory=dict)
    relevant: str | None = None
    constraint: str | None = None
    constraint_message: Texts = field(default_factory=dict)
    choices: tuple[ItemChoice, ...] = ()
    choice_filter: str | None = None  #: Asked of each choice, whose columns are bare names in it.
    randomized: bool = False  #: The choices come in another order for each participant.
    seed: str | None = None  #: An expression that decides the order in the participant's stead.
    scale: Scale | None = None
    calculation: str | None = None  #: What gives the value of a derived item.
    default: str | None = None  #: An expression: the answer offered before one is given.
    read_only: bool = False  #: Shown with its value, never asked.
    media: Mapping[MediaKind, Texts] = field(default_factory=dict)  #: File names by language.
    dont_know: bool = False  #: `bot::dont_know`: there is a button for it.
    can_refuse: bool = False  #: `bot::refused`: there is a button for it.
    personal: bool = (
        False  #: `bot::pii`: the answer identifies, so it is stored in `identity` only.
    )

    def choice(self, code: str) -> ItemChoice | None:
        return next((c for c in self.choices if c.code == code), None)

    @property
    def derived(self) -> bool:
        """Whether the value follows from other answers: nobody is asked, nothing is stored."""
        return self.read_only or self.type in (ItemType.CALCULATE, ItemType.HIDDEN)

    @property
    def asked(self) -> bool:
        return self.type is not ItemType.NOTE and not self.derived

    @property
    def shown(self) -> bool:
        """Whether a citizen reads it without being asked."""
        return self.type is ItemType.NOTE or self.read_only


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
    def asked(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.asked)

    @cached_property
    def variables(self) -> tuple[Item, ...]:
        """The items that have a value: asked and derived ones."""
        return tuple(item for item in self.items if item.type is not ItemType.NOTE)

    @cached_property
    def straight(self) -> bool:
        """Whether every item is asked of everybody, whatever was answered before."""
        return not any(item.relevant or item.choice_filter or item.derived for item in self.items)
