"""The README of a bundle: how it was made, what each file is, and how to load it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from bot.domain.words import label_in
from bot.export import loading
from bot.export.disclosure import FEWEST, Hidden
from bot.export.formats import Format
from bot.export.markdown import plain, table
from bot.export.material import Material
from bot.export.response_table import ResponseTable

README = "README.md"

#: What each file is, by its name or, of data, the part before the format.
_ABOUT: Mapping[str, str] = {
    "wide": "Data: a row for each participant, the waves side by side",
    "long": "Data: a row for each answer, with its language, channel and times",
    "open_answers": "What citizens wrote, a row for each open answer",
    "codebook": "Items, wordings in each language, codes, counts",
    "response": "Response and attrition by stratum",
    "spss": "Multiple-response sets for SPSS: run it in the folder of wide.sav",
}

_SAME = """\
The data are of one moment. There is no clock in this bundle: the same data give the same bytes,
exported by the same version with the same command."""

_TIMES = f"""\
*First* and *last* are the times of the first and the last invitation or answer in the data. RR1 is
AAPOR's response rate 1: complete, divided by all who were invited. `{Hidden.FEW}` is 1 to
{FEWEST - 1} people, `{Hidden.WITHHELD}` a count that would tell how many those are."""

_MISSING = """\
Don't know, refused and not reached have the codes 97, 98 and 99, or where one of these could be an
answer -97, -98 and -99, or -9997, -9998 and -9999: the codebook says which. In SPSS they are
declared missing, in Stata they are .a, .b and .c; in CSV, Excel and Parquet declare them yourself
before you compute anything. What was passed over or not relevant is empty. So are the columns of an
item with several answers that was not reached.

What is stored and is no valid answer to its item, as a code of no choice, is empty too. The long
shape keeps it, as of the kind `invalid`."""

_LEFT_OUT = """\
Left out are the items that identify ({items}), addresses, and platforms' ids. Participants have
random pseudonyms, the same in all waves. Open answers are what citizens wrote: look through them
before you pass them on."""

_IDENTIFIES = """\
**These files identify people.** They hold the items that identify ({items}), though
`open_answers.csv` does not. That they were made is recorded. Addresses and platforms' ids are left
out."""


@dataclass(frozen=True)
class Making:
    """How a bundle was made. No clock: the same data gives the same words."""

    material: Material
    response: ResponseTable
    times: Mapping[str, tuple[datetime, datetime]]  #: The first and last of each instrument.
    language: str  #: Of the labels in the data.
    formats: Sequence[Format]
    personal: bool
    command: str
    files: Mapping[str, str]  #: Name to SHA-256, in hexadecimal.


def readme(making: Making) -> str:
    found = making.material
    title = label_in(found.deliberation.title, making.language)
    newest = _time(max((last for _, last in making.times.values()), default=None))
    lines = [
        f"# {plain(title)}: {', '.join(each.code for each in found.instruments)}",
        "",
        f"- deliberation: {found.deliberation.code}",
        f"- newest invitation or answer in the data: {newest or 'there is none'}",
        f"- participants: {found.people_count}",
        f"- language of the labels: {making.language}",
        f"- made by: Minipublic {version('minipublic')}, `{making.command}`",
        "",
        _SAME,
        "",
        "## Waves",
        "",
        *table(
            ["wave", "questionnaire and versions", "first", "last", "invited", "complete", "RR1 %"],
            _waves(making),
        ),
        "",
        _TIMES,
        "",
        "## Files",
        "",
        *table(
            ["file", "what it is", "SHA-256"],
            [[name, _ABOUT[name.partition(".")[0]], f"`{hash}`"]
             for name, hash in making.files.items()],
        ),
        "",
        "## Missing values",
        "",
        _MISSING,
        "",
        "## Personal data",
        "",
        _personal(making),
        "",
        "## Loading it",
        "",
        *loading.snippets(making.formats),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _waves(making: Making) -> Iterator[list[str]]:
    for instrument in making.material.instruments:
        versions = ", ".join(f"{plain(form.code)} {form.version}" for form in instrument.versions)
        first, last = making.times.get(instrument.code, (None, None))
        total = dict(
            zip(making.response.header, making.response.total(instrument.code), strict=True)
        )
        yield [
            instrument.code, versions, _time(first), _time(last),
            total["invited"], total["complete"], total["rr1_percent"],
        ]  # fmt: skip


def _personal(making: Making) -> str:
    items = [
        f"`{code}` of {instrument.code}"
        for instrument in making.material.instruments
        for code in sorted(instrument.personal)
    ]
    text = _IDENTIFIES if making.personal else _LEFT_OUT
    return text.format(items=", ".join(items) or "there are none")


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else ""
