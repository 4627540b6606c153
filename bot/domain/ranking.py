"""Putting choices in order, one press at a time."""

from collections.abc import Sequence

from bot.domain.answers import Answer
from bot.domain.questionnaire import AnswerKind


def placed(ranked: Sequence[str], code: str, codes: Sequence[str]) -> tuple[str, ...]:
    """`ranked` with `code` after it; when one of `codes` is left, that goes last by itself.

    What is ranked stays where it is.
    """
    return completed((*ranked, code) if code not in ranked else ranked, codes)


def completed(ranked: Sequence[str], codes: Sequence[str]) -> tuple[str, ...]:
    left = [code for code in codes if code not in ranked]
    return (*ranked, *left) if len(left) == 1 else tuple(ranked)


def ranked_answer(ranked: Sequence[str]) -> Answer:
    return Answer(AnswerKind.VALUE, list(ranked))


def undone(ranked: Sequence[str], codes: Sequence[str]) -> tuple[str, ...]:
    """`ranked` without what was placed last; what went last by itself goes with it."""
    return tuple(ranked[: -2 if len(ranked) == len(codes) else -1])
