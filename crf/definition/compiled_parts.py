"""The pieces of a compiled form: items, checks and rows with their expressions ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crf.definition.context import Reader
from crf.definition.dictionary import Dictionary
from crf.definition.expressions import Expression
from crf.definition.model import Check, Codelist, Item, Text
from crf.definition.verify import BRACES

if TYPE_CHECKING:
    from crf.definition.evaluation import Pass


@dataclass(frozen=True)
class CompiledItem:
    """An item with its expressions and what other expressions ask about it."""

    item: Item
    codelist: Codelist | None
    dictionary: Dictionary | None
    show_if: Expression | None
    expr: Expression | None
    readers: tuple[Reader, ...]

    def spelt(self, value: Any) -> Any:
        """The value as it is kept: a term of the item's table as the table spells it."""
        return self.dictionary.spelt(value) if self.dictionary else value


@dataclass(frozen=True)
class CompiledCheck:
    """A check with its expression and the names in its sentence."""

    check: Check
    expression: Expression
    readers: Mapping[str, Reader]

    @property
    def reads(self) -> frozenset[str]:
        """The forms whose entries it reads, beside the one it stands on."""
        outer = ("forms", "visits", "entries")
        return frozenset(ref.form for ref in self.expression.refs if ref.scope in outer)

    def fires(self, known: Mapping[str, Any]) -> bool:
        """True where the rule is broken; UNKNOWN neither passes nor blocks."""
        return self.expression.evaluate(known) is (not self.check.must)

    def say(self, run: Pass, row_id: str) -> Text:
        """The sentence with the values in place of the names in braces."""
        sentence = self.check.sentence
        words = {name: run.shown(reader, row_id) for name, reader in self.readers.items()}
        return Text(
            *(_fill(text, words, lang) for text, lang in ((sentence.en, "en"), (sentence.fr, "fr")))
        )


def _fill(text: str, words: Mapping[str, Text], language: str) -> str:
    return BRACES.sub(lambda found: words[found[1]].get(language) or "…", text)


@dataclass(frozen=True)
class RowPlan:
    """A group's items in the order of computation, and what they read from outside the row."""

    items: tuple[CompiledItem, ...]
    base: tuple[Reader, ...]
    earlier: tuple[Reader, ...]
