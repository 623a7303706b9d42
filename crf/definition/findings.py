"""What the engine says about an answer, and where it says it."""

from __future__ import annotations

from dataclasses import dataclass

from crf.definition.model import Text


@dataclass(frozen=True)
class Finding:
    """One remark. `item` is "item" or "group.item"; `row` the row's id, or ""."""

    severity: str  # hard refuses the save; soft asks; query opens a data query; note tells
    item: str
    row: str
    check: str  # the check's name, or "format", "range", "normal_range", "blank", "rows", ...
    sentence: Text

    @property
    def field(self) -> str:
        """The name of the field on the page: "item" or "group.r1.item"."""
        return field_name(self.item, self.row)

    @property
    def key(self) -> str:
        """What a comment that answers this finding is stored under."""
        return f"{self.field}:{self.check}"


def field_name(item: str, row: str = "") -> str:
    """ "weight", or "targets.r1.mm" for item "targets.mm" of row "r1"."""
    if not row:
        return item
    group, dot, inner = item.partition(".")
    return f"{group}.{row}.{inner}" if dot else f"{group}.{row}"
