"""The sheet `survey`: items in the order they are asked, with groups folded into them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.domain.deliberation import NAME
from bot.domain.questionnaire import Item, ItemType
from bot.packs.choices import Lists
from bot.packs.columns import Entry, Known, entries
from bot.packs.faults import Report, shown
from bot.packs.item_rows import ItemRows
from bot.packs.item_types import MEDIA, TAKES, split_type, unsupported
from bot.packs.logic import Rule, check_quotes, check_rules, compiled
from bot.packs.media_files import MediaFiles
from bot.packs.names import check_export_names
from bot.packs.sheets import Sheet

COLUMNS = Known(
    plain=frozenset(
        {
            *("type", "name", "required", "relevant", "constraint", "calculation", "default"),
            *("choice_filter", "parameters", "read_only", "appearance"),
            *("bot::dont_know", "bot::refused", "bot::pii"),
        }
    ),
    worded=frozenset({"label", "hint", "constraint_message", "required_message"}) | MEDIA,
    refused=frozenset(
        {
            *("autoplay", "big-image", "bind", "body", "control", "disabled", "guidance_hint"),
            *("instance", "media", "repeat_count", "save_to", "trigger", "accuracythreshold"),
            *("compact_tag", "rows", "intent", "query", "count", "jr:count", "no_app_error_string"),
        }
    ),
)


@dataclass(frozen=True, slots=True)
class Survey:
    items: tuple[Item, ...]
    used_lists: Collection[str]


def read_survey(
    sheet: Sheet,
    lists: Lists,
    languages: Sequence[str],
    channels: Collection[str],
    media: MediaFiles,
    report: Report,
) -> Survey:
    """The items. A group's `relevant` joins that of its items; its label becomes a note."""
    rows = ItemRows(lists, media, channels, report)
    survey = _Survey(rows, report)
    for entry in entries(sheet, COLUMNS, languages, report):
        survey.read(entry)
    for group in survey.open_groups:
        report(f"the group '{shown(group.name)}' is not closed: add end_group.", group.row)
    check_rules(rows.rules, survey.items, survey.groups, report)
    check_quotes(rows.quotes, survey.items, survey.groups, report)
    check_export_names(survey.items, survey.rows, report)
    refused = any(f.file == report.file and f.sheet == report.sheet for f in report.found)
    if not refused and not any(item.asked for item in survey.items):
        report("asks nothing: add an item that takes an answer.")
    return Survey(tuple(survey.items), rows.used)


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    row: int
    rule: Rule | None


class _Survey:
    """The sheet while it is read from top to bottom."""

    def __init__(self, made: ItemRows, report: Report) -> None:
        self.made = made
        self.report = report
        self.items: list[Item] = []
        self.groups: set[str] = set()
        self.open_groups: list[_Group] = []
        self.rows: dict[str, int] = {}

    def read(self, entry: Entry) -> None:
        written = entry.cell("type")
        kind, rest = split_type(written)
        if kind not in TAKES:
            self.report(unsupported(written, kind), entry.row)
            return
        self.made.check_cells(kind, entry)
        if kind == "end_group":
            self.end_group(entry)
            return
        self.check_name(entry)
        if kind == "begin_group":
            self.begin_group(entry)
        else:
            relevant = self.relevant(entry, self.rule(entry))
            self.items.append(self.made.item(ItemType(kind), rest, entry, relevant))

    def check_name(self, entry: Entry) -> None:
        name = entry.cell("name")
        if not name:
            self.report("the row has no name.", entry.row)
        elif not NAME.fullmatch(name):
            rule = "a small letter, then up to 23 of a-z, 0-9 and _"
            self.report(f"the name '{shown(name)}' must be {rule}.", entry.row)
        first = self.rows.setdefault(name.lower(), entry.row)
        if name and first != entry.row:
            self.report(f"the name '{shown(name)}' is taken by row {first}.", entry.row)

    def begin_group(self, entry: Entry) -> None:
        name = entry.cell("name")
        self.open_groups.append(_Group(name, entry.row, self.rule(entry)))
        self.groups.add(name)
        note = self.made.note(entry, None)
        if note.label or note.media:
            self.items.append(replace(note, relevant=self.relevant(entry, None)))

    def end_group(self, entry: Entry) -> None:
        if self.open_groups:
            self.open_groups.pop()
        else:
            self.report("end_group closes no group.", entry.row)

    def rule(self, entry: Entry) -> Rule | None:
        """The row's own `relevant`; what it governs is added where it is used."""
        expression = compiled(entry.cell("relevant"), "relevant", entry.row, self.report)
        if expression is None:
            return None
        rule = Rule("relevant", expression, entry.row)
        self.made.rules.append(rule)
        return rule

    def relevant(self, entry: Entry, own: Rule | None) -> str | None:
        """What decides whether the row is asked: the open groups' expressions and its own."""
        rules = [rule for rule in (*(group.rule for group in self.open_groups), own) if rule]
        for rule in rules:
            rule.governs.append(entry.cell("name"))
        sources = [rule.expression.source for rule in rules]
        if len(sources) < 2:
            return sources[0] if sources else None
        joined = " and ".join(f"({source})" for source in sources)
        compiled(joined, "relevant", entry.row, self.report)
        return joined
