"""Expressions are compiled once in a process, however many answers they meet."""

from functools import lru_cache

from bot.domain.expression import Expression, compile_expression

compiled = lru_cache(maxsize=4096)(compile_expression)


@lru_cache(maxsize=1024)
def compiled_filter(source: str) -> Expression:
    """A choice filter, in which bare names are columns of the choice."""
    return compile_expression(source, columns=True)
