"""What was said in a response as one JSON text, so that a database hands over one row for it.

In short, the answers that were not replaced: when the last was given, an object of values by item,
and one of the kinds of those without a value. In full, all answers, each as a list of what
`said_in` names; in the order of the first, `id`, they were given. Times are ISO 8601 with their
offset. What is empty may be null.
"""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, select

from bot.storage.tables import answer, identity


def said_in(response_id: ColumnElement[str], full: bool, sqlite: bool) -> ColumnElement[str | None]:
    """The answers of a response; without a response either form is empty."""
    own = answer.c.response_id == response_id
    a = answer.c
    if full:
        each = _list(sqlite)(
            a.id, a.item, a.kind, _json(a.value, sqlite), a.language, a.channel,
            _time(a.asked_at, sqlite), _time(a.answered_at, sqlite),
            _time(a.replaced_at, sqlite), _json(a.choices_shown, sqlite),
        )  # fmt: skip
        gathered = func.json_group_array(each) if sqlite else func.json_agg(each)
        return select(cast(gathered, Text)).where(own).scalar_subquery()
    gather = func.json_group_object if sqlite else func.json_object_agg
    document = _list(sqlite)(
        _time(func.max(a.answered_at), sqlite),
        gather(a.item, _json(a.value, sqlite)).filter(a.value.is_not(None)),
        gather(a.item, a.kind).filter(a.value.is_(None)),
    )
    return select(cast(document, Text)).where(own, a.replaced_at.is_(None)).scalar_subquery()


def identity_of(participant_id: ColumnElement[str], sqlite: bool) -> ColumnElement[str | None]:
    """What identifies a participant: an object of values by item."""
    gather = func.json_group_object if sqlite else func.json_object_agg
    values = gather(identity.c.item, _json(identity.c.value, sqlite))
    own = identity.c.participant_id == participant_id
    return select(cast(values, Text)).where(own).scalar_subquery()


def _list(sqlite: bool) -> Any:
    return func.json_array if sqlite else func.json_build_array


def _json(document: ColumnElement[Any], sqlite: bool) -> ColumnElement[Any]:
    """SQLite keeps documents as text, and numbers as numbers, of which it would tell 15 digits."""
    if not sqlite:
        return document
    exact = case((func.typeof(document) == "real", func.printf("%!.17g", document)), else_=document)
    return func.json(exact)


def _time(time: ColumnElement[Any], sqlite: bool) -> ColumnElement[Any]:
    return cast(time, Text).concat("+00:00") if sqlite else time
