"""Tables of terms that a definition brings with it, and the grades that each term has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

GRADES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Term:
    """One term: its class, and the grades that are defined for it."""

    name: str
    soc: str  # system organ class
    grades: tuple[str, ...]


@dataclass(frozen=True)
class Dictionary:
    """The terms that an item of type text may be, by name."""

    name: str
    terms: tuple[Term, ...]

    @cached_property
    def by_spelling(self) -> dict[str, Term]:
        """folded name -> term."""
        return {folded(term.name): term for term in self.terms}

    def find(self, typed: str) -> Term | None:
        """The term that was meant, or None."""
        return self.by_spelling.get(folded(typed))

    def spelt(self, typed: Any) -> Any:
        """A term as the table spells it, so that one event has one name; all else as it is."""
        term = self.find(typed) if isinstance(typed, str) else None
        return term.name if term else typed

    def told(self, aspect: str, typed: str) -> Any:
        """What an expression asks of a text: `listed`, `grades` or `soc`; None where unknown."""
        term = self.find(typed)
        if aspect == "listed":
            return term is not None
        if term is None:
            return None
        return term.soc if aspect == "soc" else list(term.grades)


def folded(text: str) -> str:
    """Without the differences that are none: case, and spaces around and between words."""
    return " ".join(text.split()).casefold()
