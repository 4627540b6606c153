"""The survey of the benchmarks: twelve items, which every bot asks in the same words.

Each item's text begins with a sign of its own, `Q1.` to `Q12.`, so that the far side knows the
reply that a citizen waits for from anything else that arrives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AGREEMENT = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
SCALE = range(11)

CONSENT = "This is a benchmark."
THANKS = "Thank you!"  #: How the last reply begins, here as in the bot's own catalogue.


@dataclass(frozen=True)
class Question:
    """One item, and the words in which every citizen answers it."""

    number: int
    type: str  #: As the first word of an XLSForm type.
    words: str
    answer: str

    @property
    def code(self) -> str:
        return f"q{self.number}"

    @property
    def label(self) -> str:
        return f"{self.sign} {self.words}"

    @property
    def sign(self) -> str:
        return f"Q{self.number}."


def _questions() -> Iterator[Question]:
    plan = (
        ("select_one", "Parks make a neighbourhood a better place to live.", "4"),
        ("range", "How important are parks to you?", "7"),
        ("select_one", "The town should spend more on trees.", "5"),
        ("select_one", "Cars should be kept out of the centre.", "2"),
        ("range", "How safe do you feel in the evening?", "6"),
        ("integer", "How often did you visit a park last month?", "3"),
        ("select_one", "Residents should decide on new paths.", "3"),
        ("range", "How well are the parks looked after?", "10"),
        ("select_one", "Playgrounds are more important than lawns.", "1"),
        ("select_one", "Dogs should have a meadow of their own.", "4"),
        ("range", "How far do you trust the council in this?", "0"),
        ("text", "What else should the council know?", "More benches in the shade, please."),
    )
    for number, (type_, words, answer) in enumerate(plan, start=1):
        yield Question(number, type_, words, answer)


QUESTIONS = tuple(_questions())

Line = tuple[str, str]  #: What a citizen says, and a sign of the reply that they wait for.

#: From the first word to the first item.
JOINING: tuple[Line, ...] = (("/start", CONSENT), ("1", "do?"), ("/survey", QUESTIONS[0].sign))
JOINING_THE_TEMPLATE: tuple[Line, ...] = (("/start", QUESTIONS[0].sign),)

#: The answers: one update and one message each.
ANSWERING: tuple[Line, ...] = tuple(
    (question.answer, following)
    for question, following in zip(
        QUESTIONS, [*(question.sign for question in QUESTIONS[1:]), THANKS], strict=True
    )
)
#: The same words said to an echo.
ECHOING: tuple[Line, ...] = tuple((words, words.split()[0]) for words, _ in ANSWERING)


def write_pack(folder: Path) -> Path:
    """A pack that asks these items right after consent; returns its folder."""
    (folder / "questionnaires").mkdir(parents=True)
    (folder / "deliberation.toml").write_text(
        'code = "bench"\nlanguages = ["en"]\ntimezone = "UTC"\nenrolment = "open"\n\n'
        '[title]\nen = "Parks"\n\n'
        '[[waves]]\ncode = "t1"\nquestionnaire = "parks"\nopens = "on-enrolment"\n',
        encoding="utf-8",
    )
    (folder / "consent.en.md").write_text(f"# Taking part\n\n{CONSENT}\n", encoding="utf-8")
    (folder / "questionnaires" / "parks.md").write_text(_form(), encoding="utf-8")
    return folder


def _form() -> str:
    def row(*cells: Any) -> str:
        return "| | " + " | ".join(str(cell) for cell in cells) + " |"

    survey = [row("type", "name", "label::English (en)", "required", "parameters")]
    for question in QUESTIONS:
        type_ = "select_one agreement" if question.type == "select_one" else question.type
        scale = "start=0 end=10 step=1" if question.type == "range" else ""
        survey.append(row(type_, question.code, question.label, "yes", scale))
    choices = [row("list_name", "name", "label::English (en)")]
    choices += [row("agreement", f"a{n}", label) for n, label in enumerate(AGREEMENT, start=1)]
    return "\n".join(["| survey |", *survey, "", "| choices |", *choices, ""])
