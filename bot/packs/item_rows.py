"""A row of the sheet `survey` as an item."""

from collections.abc import Collection, Mapping

from bot.domain.channel_limits import CHANNEL_LIMITS
from bot.domain.questionnaire import CHOSEN_FROM_LIST, Item, ItemChoice, ItemType, MediaKind, Texts
from bot.packs.appearances import check_appearance
from bot.packs.choices import Lists
from bot.packs.columns import Entry
from bot.packs.defaults import default_source
from bot.packs.faults import Report, shown, suggestion
from bot.packs.item_types import ASKING, TAKES
from bot.packs.logic import Quote, Rule, check_columns, compiled, read_quotes
from bot.packs.media_files import MediaFiles
from bot.packs.parameters import Order, read_order, read_scale

LONGEST_LABEL = 3000  #: Characters: leaves room for hint and choices in a message of 4096.

FLAGS = {"yes": True, "true": True, "true()": True, "no": False, "false": False, "false()": False}

_UNLABELLED = (ItemType.CALCULATE, ItemType.HIDDEN)


class ItemRows:
    """Makes items of rows, and keeps what can only be checked when all are there."""

    def __init__(
        self, lists: Lists, media: MediaFiles, channels: Collection[str], report: Report
    ) -> None:
        self.lists = lists
        self.media = media
        self.channels = channels
        self.report = report
        self.rules: list[Rule] = []
        self.quotes: list[Quote] = []
        self.used: set[str] = set()  #: Lists that an item asks from.
        self._columns = {
            name: frozenset(column for choice in choices for column in choice.columns)
            for name, choices in lists.items()
        }

    def check_cells(self, kind: str, entry: Entry) -> None:
        """Note what a row of this type may not fill."""
        for column in (*entry.cells, *entry.texts):
            if column not in TAKES[kind] and FLAGS.get(entry.cell(column).lower(), True):
                self.report(f"'{column}' is not supported for {kind}. Empty this cell.", entry.row)

    def note(self, entry: Entry, relevant: str | None) -> Item:
        """What a note or a group says, and what the wordings of every other row have in common."""
        code = entry.cell("name")
        self.quotes += read_quotes(entry, code, self.report)
        self._check_length(entry)
        check_appearance(entry.cell("appearance"), entry.row, self.report)
        return Item(
            code=code,
            type=ItemType.NOTE,
            label=dict(entry.wording("label")),
            hint=dict(entry.wording("hint")),
            relevant=relevant,
            media=self._media(entry),
        )

    def item(self, kind: ItemType, rest: str, entry: Entry, relevant: str | None) -> Item:
        said = self.note(entry, relevant)
        if not said.label and kind not in _UNLABELLED:
            self.report("the item has no label.", entry.row)
        if kind is ItemType.NOTE:
            self._alone(kind, rest, entry)
            self.flag(entry, "read_only")
            return said
        listed = kind in CHOSEN_FROM_LIST
        choices = self._choices(kind, rest, entry) if listed else self._alone(kind, rest, entry)
        order = read_order(entry, self.report) if listed else Order()
        scale = read_scale(entry, self.report) if kind is ItemType.RANGE else None
        read_only = kind not in _UNLABELLED and self.flag(entry, "read_only")
        if written := entry.cell("default"):
            written = default_source(written, kind, choices, scale, entry.row, self.report)
        default = self.source(entry, "default", written)
        calculation = self.source(entry, "calculation", entry.cell("calculation"))
        if read_only or kind in _UNLABELLED:
            self._check_derived(kind, entry)
            calculation, default = calculation or default, None
        elif calculation:
            self.report(
                f"'calculation' is for calculate, hidden and read-only items: fill 'read_only' "
                f"with yes, or give {kind} a 'default' instead.",
                entry.row,
            )
        return Item(
            code=said.code,
            type=kind,
            label=said.label,
            hint=said.hint,
            required=self.flag(entry, "required"),
            required_message=dict(entry.wording("required_message")),
            relevant=relevant,
            constraint=self.source(entry, "constraint", entry.cell("constraint")),
            constraint_message=dict(entry.wording("constraint_message")),
            choices=choices,
            choice_filter=self._filter(rest, entry) if listed else None,
            randomized=order.randomized,
            seed=self.source(entry, "seed", order.seed or ""),
            scale=scale,
            calculation=calculation,
            default=default,
            read_only=read_only,
            media=said.media,
            dont_know=self.flag(entry, "bot::dont_know"),
            can_refuse=self.flag(entry, "bot::refused"),
            personal=self.flag(entry, "bot::pii"),
        )

    def flag(self, entry: Entry, column: str) -> bool:
        value = entry.cell(column)
        if value and value.lower() not in FLAGS:
            self.report(f"'{column}' is yes or no, not '{shown(value)}'.", entry.row)
        return FLAGS.get(value.lower(), False)

    def source(self, entry: Entry, column: str, written: str) -> str | None:
        """The expression of a column, checked as far as it can be alone."""
        expression = compiled(written, column, entry.row, self.report)
        if expression is None:
            return None
        self.rules.append(Rule(column, expression, entry.row, [entry.cell("name")]))
        return expression.source

    def _check_derived(self, kind: ItemType, entry: Entry) -> None:
        for column in (*entry.cells, *entry.texts):
            if column in ASKING & TAKES[kind] and FLAGS.get(entry.cell(column).lower(), True):
                self.report(
                    f"'{column}' has no meaning where 'read_only' is yes. Empty one of them.",
                    entry.row,
                )
        if kind is ItemType.CALCULATE and not entry.cell("calculation"):
            self.report("a calculate needs its 'calculation'.", entry.row)
        if entry.cell("calculation") and entry.cell("default"):
            self.report("'calculation' and 'default' both give the value. Empty one.", entry.row)

    def _alone(self, kind: ItemType, rest: str, entry: Entry) -> tuple[ItemChoice, ...]:
        if rest:
            self.report(f"the type is '{kind} {shown(rest)}': write {kind} alone.", entry.row)
        return ()

    def _choices(self, kind: ItemType, rest: str, entry: Entry) -> tuple[ItemChoice, ...]:
        name, _, more = rest.partition(" ")
        if more:
            self.report(
                f"'{shown(more)}' is not supported: add such a choice, and a text item for the "
                "words.",
                entry.row,
            )
        if "${" in name:
            self.report(f"a list of answers, {name}, is not supported: name a list.", entry.row)
        elif not name:
            self.report(f"name the list of choices: '{kind} yes_no'.", entry.row)
        elif name not in self.lists:
            near = suggestion(name, self.lists)
            self.report(f"there is no list '{shown(name)}' in the sheet choices.{near}", entry.row)
        else:
            self.used.add(name)
        choices = self.lists.get(name, ())
        if kind is ItemType.RANK and any(choice.missing for choice in choices):
            self.report(
                f"the list '{name}' has a choice with 'missing', which cannot be ranked. Leave it "
                "out, and fill 'bot::dont_know' or 'bot::refused' here.",
                entry.row,
            )
        return choices

    def _filter(self, rest: str, entry: Entry) -> str | None:
        written, row = entry.cell("choice_filter"), entry.row
        expression = compiled(written, "choice_filter", row, self.report, columns=True)
        if expression is None:
            return None
        self.rules.append(Rule("choice_filter", expression, row, [entry.cell("name")]))
        if rest in self.lists:
            check_columns(expression, self._columns[rest], rest, row, self.report)
        return expression.source

    def _check_length(self, entry: Entry) -> None:
        for language, words in entry.wording("label").items():
            length = f"the label in '{language}' has {len(words):,} characters"
            if len(words) > LONGEST_LABEL:
                self.report(f"{length}, {LONGEST_LABEL:,} is the most. Shorten it.", entry.row)
                continue
            for limits in (CHANNEL_LIMITS[channel] for channel in self.channels):
                if limits.question and len(words) > limits.question:
                    most = f"{limits.question:,} is the most on {limits.name}"
                    self.report(f"{length}, {most}. Shorten it.", entry.row)

    def _media(self, entry: Entry) -> Mapping[MediaKind, Texts]:
        return {
            kind: {
                language: self.media.key(name, kind, entry.row, self.report)
                for language, name in files.items()
            }
            for kind in MediaKind
            if (files := entry.wording(f"media::{kind.value}"))
        }
