"""The item that is being asked, and what was pressed or typed so far towards its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.conversation.state import Place, Put, Response
from bot.conversation.turn import Turn
from bot.domain.allowed import is_allowed
from bot.domain.answers import Answer, display
from bot.domain.choosing import in_random_order
from bot.domain.compiled import compiled
from bot.domain.defaults import default_answer, default_codes
from bot.domain.questionnaire import AnswerKind, Item, ItemChoice, ItemType
from bot.domain.ranking import completed
from bot.domain.reading import Misunderstood, check_constraint
from bot.domain.shown import fingerprint
from bot.domain.states import ResponseStatus
from bot.domain.survey import Position
from bot.domain.words import folded, label_in
from bot.domain.xpath import string
from handlers.survey_words import in_words, tell_what_counts_no_longer

#: More choices than this are not shown at once: the citizen types, or turns pages of LIST_PAGE.
LONGEST_LIST = 12
LIST_PAGE = 8

_KEPT = ("instrument", "changed")


class Aside(StrEnum):
    """Buttons that are no answers. No choice code begins with an exclamation mark."""

    SKIP = "!skip"
    DONT_KNOW = "!dont_know"
    REFUSE = "!refuse"
    KEEP = "!keep"  #: The default is the answer.
    BACK = "!back"
    LATER = "!later"
    DONE = "!done"  #: Of several choices, these are all; of an order, this is it.
    UNDO = "!undo"  #: Takes back what was placed last.
    MORE = "!more"  #: The next page of a long list.
    YES = "!yes"  #: This is the day, or the number, that was meant.
    NO = "!no"  #: It is another.
    NONE = "!none"  #: None of the choices that were offered in answer to what was typed.


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What was pressed or typed towards an answer; kept with the place, so that nothing is lost."""

    codes: tuple[str, ...] | None = None  #: Chosen, or ranked; None if nothing was pressed yet.
    page: int = 0  #: Of a long list; counts on, for the last page leads to the first.
    found: tuple[str, ...] = ()  #: What may have been meant by what was typed.
    day: str | None = None  #: ISO 8601, to be confirmed; empty if it was another.
    number: float | None = None  #: To be confirmed.

    @classmethod
    def of(cls, data: Mapping[str, Any], item: Item) -> "Unfinished":
        """From the data of a place; nothing, if that was about another item."""
        kept = data.get("unfinished", {})
        if kept.get("item") != item.code:
            return cls()
        codes = kept.get("codes")
        return cls(
            None if codes is None else tuple(codes),
            kept.get("page", 0),
            tuple(kept.get("found", ())),
            kept.get("day"),
            kept.get("number"),
        )

    def data(self, item: Item) -> dict[str, Any]:
        codes = None if self.codes is None else list(self.codes)
        return {
            "item": item.code,
            "codes": codes,
            "page": self.page,
            "found": list(self.found),
            "day": self.day,
            "number": self.number,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """An item where it stands."""

    turn: Turn
    where: Position
    item: Item
    unfinished: Unfinished
    choices: tuple[ItemChoice, ...]  #: Those offered, in the order shown.
    codes: tuple[str, ...]  #: Chosen, or ranked, so far.

    @property
    def is_long(self) -> bool:
        return len(self.choices) > LONGEST_LIST

    @property
    def substantive(self) -> tuple[str, ...]:
        """The codes of the choices that are neither don't know nor refused."""
        return tuple(choice.code for choice in self.choices if choice.missing is None)

    @property
    def pages(self) -> int:
        return -(-len(self._listed) // LIST_PAGE) if self.is_long else 1

    @property
    def shown(self) -> tuple[str, ...]:
        """The codes that are on the buttons now, which typed numbers count."""
        if not self.is_long:
            return self._listed
        first = self.unfinished.page % self.pages * LIST_PAGE
        return self._listed[first : first + LIST_PAGE]

    @property
    def found(self) -> tuple[str, ...]:
        """The codes of the choices that may have been meant, and that there still are."""
        codes = {choice.code for choice in self.choices}
        return tuple(code for code in self.unfinished.found if code in codes)

    @property
    def _listed(self) -> tuple[str, ...]:
        return self.found or tuple(choice.code for choice in self.choices)

    @property
    def ticked(self) -> tuple[str, ...]:
        """The codes of the choices to mark: of several those chosen, of one the answer so far."""
        earlier = self.where.walk.answers.get(self.item.code)
        if self.item.type is ItemType.SELECT_ONE and earlier is not None:
            return _codes_of(earlier, self.choices)
        return self.codes

    def label(self, code: str) -> str:
        choice = self.item.choice(code)
        return label_in(choice.label, self.turn.language) if choice else code


def asked_item(turn: Turn, where: Position, unfinished: Unfinished) -> Asked:
    """The item of `where`, which has one."""
    item = where.item
    assert item is not None
    choices = _in_order(turn, where, item)
    return Asked(turn, where, item, unfinished, choices, _codes(turn, where, unfinished, choices))


def _in_order(turn: Turn, where: Position, item: Item) -> tuple[ItemChoice, ...]:
    """As the participant sees them: at random, a long list by the alphabet, else as written."""
    choices = where.walk.choices(item)
    if item.randomized:
        return in_random_order(choices, _seed(turn, where, item))
    if len(choices) <= LONGEST_LIST:
        return choices
    return tuple(
        sorted(
            choices,
            key=lambda choice: (
                choice.missing is not None,
                folded(label_in(choice.label, turn.language)),
            ),
        )
    )


def _seed(turn: Turn, where: Position, item: Item) -> str:
    if item.seed is not None:
        return string(compiled(item.seed).evaluate(where.walk.values, today=turn.today))
    return f"{turn.participant.id if turn.participant else ''}:{item.code}"


def _codes(
    turn: Turn, where: Position, unfinished: Unfinished, choices: Sequence[ItemChoice]
) -> tuple[str, ...]:
    """What was pressed; before anything was, the earlier answer, or else the default."""
    item = where.item
    assert item is not None
    if item.type not in (ItemType.SELECT_MULTIPLE, ItemType.RANK):
        return ()
    if unfinished.codes is not None:
        codes = unfinished.codes
    elif earlier := where.walk.answers.get(item.code):
        codes = _codes_of(earlier, choices)
    else:
        codes = default_codes(item, choices, where.walk, turn.today)
    there = {choice.code: choice for choice in choices}
    codes = tuple(code for code in codes if code in there)
    if item.type is ItemType.SELECT_MULTIPLE:
        return codes
    orderly = [choice.code for choice in choices if choice.missing is None]
    return completed([code for code in codes if code in orderly], orderly)


def _codes_of(answer: Answer, choices: Sequence[ItemChoice]) -> tuple[str, ...]:
    """The choices that `answer` is, those that mean don't know and refused among them."""
    match answer.value:
        case list(codes):
            return tuple(codes)
        case str(code):
            return (code,)
        case _:
            return tuple(choice.code for choice in choices if choice.missing is answer.kind)


# --- What becomes of it --------------------------------------------------------------------------


def response_here(turn: Turn) -> Response:
    response = turn.response(turn.place.data["instrument"])
    assert response is not None, "a survey place is entered with its response begun"
    return response


def place_in(turn: Turn, name: str, **data: Any) -> Place:
    """A place of the questionnaire that the citizen is in. It keeps which answers were changed
    since the summary was shown; before it was there is no such list."""
    kept = {key: turn.place.data[key] for key in _KEPT if key in turn.place.data}
    return Place(name, {**kept, **data})


def survey_place(turn: Turn, at: str | None = None) -> Place:
    """The survey that the citizen is in, at the item `at` or at the next open one."""
    return place_in(turn, "survey", **({"at": at} if at else {}))


def as_put(turn: Turn, where: Position) -> list[Any] | None:
    """What the place of a survey keeps of its question: which it is, and in which words."""
    item, walk = where.item, where.walk
    if item is None:
        return None
    choices, default = walk.choices(item), None
    if item.default is not None and item.code not in walk.answers:
        default = default_answer(item, choices, walk, turn.language, turn.today)
    words = fingerprint(item, choices, default, turn.language)
    return [response_here(turn).questionnaire_id, item.code, words]


async def stay(asked: Asked, **changes: Any) -> None:
    """Put the item again with what is unfinished changed; after a press, in its place."""
    asked.turn.edits_in_place = True
    _note(asked, **changes)
    await asked.turn.show()


def _note(asked: Asked, **changes: Any) -> None:
    unfinished = replace(asked.unfinished, **changes)
    place, data = asked.turn.place, {"unfinished": unfinished.data(asked.item)}
    put = _still_put(place.put, asked.unfinished, unfinished)
    asked.turn.stand_at(Place(place.name, {**place.data, **data}, put))


def _still_put(put: Put | None, before: Unfinished, after: Unfinished) -> Put | None:
    """The question as it was put, if it is the same question still."""
    if put is None or (before.day, before.number) != (after.day, after.number):
        return None  # each is confirmed by buttons of its own: a yes to one is none to another
    if (before.page, before.found) != (after.page, after.found):
        return replace(put, asked=0)  # numbers count other choices now, once these were seen
    return put


async def keep(asked: Asked, answer: Answer) -> None:
    """Record the answer, if the constraint lets it through, and go on to the next item. The same
    once more is no new answer."""
    turn, item = asked.turn, asked.item
    if not await fits(asked, answer):
        return
    if not is_allowed(item, answer, asked.where.walk, turn.today):
        await turn.misunderstood("expected-other")
        return
    turn.toast = display(item, answer, turn.language) or ""
    if answer != asked.where.walk.answers.get(item.code):
        _record(asked, answer)
    await turn.go(survey_place(turn))


def _record(asked: Asked, answer: Answer) -> None:
    turn, item = asked.turn, asked.item
    response = response_here(turn)
    if response.status is ResponseStatus.COMPLETE:
        response = turn.mark(response, ResponseStatus.IN_PROGRESS)
    order = tuple(choice.code for choice in asked.choices) if item.randomized else None
    response = turn.record(response, item, answer, order)
    tell_what_counts_no_longer(turn, asked.where.walk, turn.position(response).walk)
    if "changed" in turn.place.data:
        changed = dict.fromkeys((*turn.place.data["changed"], item.code))
        turn.stand_at(place_in(turn, "survey", changed=list(changed)))


async def fits(asked: Asked, answer: Answer) -> bool:
    """Whether the constraint lets `answer` through; if not, the citizen is told."""
    turn, walk = asked.turn, asked.where.walk
    checked = check_constraint(asked.item, answer, turn.language, walk.values, turn.today)
    if isinstance(checked, Misunderstood):
        await misunderstood(asked, checked)
        return False
    return True


async def misunderstood(asked: Asked, read: Misunderstood) -> None:
    """Say what was expected; an author's words may quote earlier answers. An earlier guess is not
    offered any more."""
    if asked.unfinished.found or asked.unfinished.number is not None:
        _note(asked, found=(), page=0, number=None)
    details = {
        name: in_words(asked.turn, asked.where.walk, value)
        for name, value in (read.details or {}).items()
    }
    await asked.turn.misunderstood(read.expected, **details)


async def pass_over(asked: Asked) -> None:
    """Leave the item without an answer, unless it is required."""
    turn, item = asked.turn, asked.item
    if not item.required:
        await keep(asked, Answer(AnswerKind.SKIPPED))
    elif item.required_message:
        words = turn.deliberation.words(item.required_message, turn.language)
        message = in_words(turn, asked.where.walk, words)
        await turn.misunderstood("expected-required", message=message)
    elif item.type is ItemType.SELECT_MULTIPLE:
        await turn.misunderstood("expected-at-least-one")
    else:
        await turn.misunderstood("expected-some-answer")
