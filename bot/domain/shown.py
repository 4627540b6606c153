"""What a citizen reads of an item, so that an answer is known to be to these words."""

import hashlib
from collections.abc import Sequence

from bot.domain.answers import Answer
from bot.domain.questionnaire import Item, ItemChoice
from bot.domain.words import label_in


def fingerprint(
    item: Item, choices: Sequence[ItemChoice], default: Answer | None, language: str
) -> str:
    """The same for the same question in `language`; another one once staff have corrected it there,
    or it offers something else. `choices` are those offered, `default` what a button would keep."""
    read = (
        item.type,
        label_in(item.label, language),
        label_in(item.hint, language),
        [(choice.code, label_in(choice.label, language), choice.missing) for choice in choices],
        item.scale,
        (item.required, item.dont_know, item.can_refuse),
        default,
    )
    return hashlib.blake2s(repr(read).encode(), digest_size=8).hexdigest()
