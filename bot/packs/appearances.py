"""The column `appearance`: what only concerns layout has no meaning in a chat and is accepted.

Sources: https://xlsform.org/en/#appearance and https://getodk.github.io/xforms-spec/#appearances.
"""

import re

from bot.packs.faults import Report, shown, suggestion

#: They arrange widgets on a page, or choose the keyboard. The answers are the same without them.
LAYOUT = frozenset(
    {
        *("multiline", "numbers", "thousands-sep", "counter", "no-calendar"),
        *("minimal", "compact", "quick", "quickcompact", "autocomplete", "search"),
        *("columns", "columns-pack", "columns-flex", "no-buttons", "likert", "list-nolabel"),
        *("horizontal", "horizontal-compact", "vertical", "full", "picker", "rating", "no-ticks"),
        *("field-list", "table-list", "list", "page", "no-collapse"),
    }
)
_LAYOUT_NUMBERED = re.compile(r"(columns|compact|quickcompact)-?[0-9]{1,2}|w[0-9]{1,2}")

#: They change what is asked or how it is recorded: ignored, the answers would be others.
CHANGES = {
    "month-year": "it asks for a part of a date. Ask for month and year as two items",
    "year": "it asks for a part of a date. Ask for an integer",
    **dict.fromkeys(
        ("ethiopian", "coptic", "islamic", "bikram-sambat", "myanmar", "persian", "buddhist"),
        "dates are asked in the Gregorian calendar",
    ),
    "label": "it makes an item that is not answered. Use a note",
    "image-map": "the choices lie in a picture. Describe them in words",
    "map": "there is no map in a chat",
    "quick-map": "there is no map in a chat",
    "maps": "there is no map in a chat",
    "placement-map": "there is no map in a chat",
    "draw": "citizens answer in words",
    "annotate": "citizens answer in words",
    "signature": "citizens answer in words",
    "new": "citizens answer in words",
    "new-front": "citizens answer in words",
    "new-rear": "citizens answer in words",
    "bearing": "a chat has no compass",
    "url": "it opens a page and takes no answer. Write the address in a note",
    "masked": "what is typed in a chat can be seen. Do not ask for secrets",
    "hidden-answer": "what is typed in a chat can be seen",
    "randomized": "write randomize=true in 'parameters'",
}
_CALL = re.compile(r"\b(ex|printer|intent|search)\s*[:(]")


def check_appearance(written: str, row: int, report: Report) -> None:
    """Note what is not layout."""
    if call := _CALL.search(written):
        report(
            f"the appearance '{shown(written)}' is not supported: '{call[1]}' calls something "
            "outside of the questionnaire. Put the choices in the sheet choices, or empty it.",
            row,
        )
        return
    for word in written.lower().replace(",", " ").split():
        if why := CHANGES.get(word):
            report(f"the appearance '{word}' is not supported: {why}.", row)
        elif word not in LAYOUT and not _LAYOUT_NUMBERED.fullmatch(word):
            near = suggestion(word, LAYOUT)
            report(f"the appearance '{shown(word)}' is not known.{near} Empty this cell.", row)
