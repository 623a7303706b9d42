"""A page of the casebook to fill in: where, when, and the answers as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

Answers = dict[str, Any]

PHYSICIAN = "investigator"
COORDINATOR = "site_coordinator"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`day` is the day of what it states; `writer` the role that fills it in.

    `needs_kit`: a kit is dispensed on that day, and its number goes into the item `kit`.
    """

    day: date
    visit: str
    form: str
    answers: Answers
    number: int = 1
    writer: str = COORDINATOR
    needs_kit: bool = False


def yes(truth: bool) -> str:
    return "yes" if truth else "no"


def day(on: date) -> str:
    return on.isoformat()


NOT_DONE = {"missing": "not_done"}
