"""The words by which a text tells of an arm: nobody who is blind reads one of them. Pure."""

import re

from crf.definition.plan import Randomisation

WORD = re.compile(r"[^\W\d_]{3,}")
OF_ARMS = frozenset(
    {"arm", "arms", "bras", "control", "controls", "contrôle", "témoin", "témoins", "verum"}
    | {"comparator", "comparateur"}
)


def arm_words(arms: Randomisation) -> set[str]:
    """Every word of the names of arms and of what they mean, in both languages, those that the
    definition calls telling, and the words by which one arm is told from the other in any trial."""
    meant = (text for one in arms.arm_labels for text in (one.label_en, one.label_fr) if text)
    words = WORD.findall(" ".join((*arms.arms, *meant, *arms.telling)))
    return {word.casefold() for word in words} | OF_ARMS


def named_in(text: str, arms: Randomisation) -> list[str]:
    """Those of them that a text holds, each once, as typed."""
    forbidden = arm_words(arms)
    found = (word for word in WORD.findall(text) if word.casefold() in forbidden)
    return list(dict.fromkeys(found))
