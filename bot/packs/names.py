"""Items and choices whose names, joined, would give two columns of an export the same name."""

from collections.abc import Iterator, Mapping, Sequence

from bot.domain.questionnaire import Item, ItemType
from bot.packs.faults import Report


def check_export_names(items: Sequence[Item], rows: Mapping[str, int], report: Report) -> None:
    """`rows` says where each item stands. Items of the same name are another check's."""
    made: dict[str, str] = {}
    for item in items:
        if rows.get(item.code) is None:
            continue
        for column in _columns(item):
            other = made.setdefault(column, item.code)
            if other != item.code:
                report(
                    f"'{item.code}' makes the column '{column}' of exports, and so does "
                    f"'{other}' in row {rows[other]}. Rename an item or a choice.",
                    rows[item.code],
                )
                break
        if item.type in _SEVERAL and any(c.code == "label" for c in item.choices):
            report(
                f"the choice 'label' makes the column '{item.code}_label' of exports, which holds "
                "the labels. Rename the choice.",
                rows[item.code],
            )


_SEVERAL = (ItemType.SELECT_MULTIPLE, ItemType.RANK)


def _columns(item: Item) -> Iterator[str]:
    """docs/exports.md says which columns an item makes."""
    if item.type is ItemType.NOTE:
        return
    yield item.code
    if item.type in (ItemType.SELECT_ONE, *_SEVERAL):
        yield f"{item.code}_label"
    if item.type in _SEVERAL:
        yield from (f"{item.code}_{c.code}" for c in item.choices if c.missing is None)
