"""The edit checks of a definition as a list of its own: to be read, compared and hashed. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from crf.definition.model import Bounds, Definition, Form, Item


@dataclass(frozen=True, slots=True)
class EditCheck:
    """One rule of one item: written as a check, or as the limits of the item."""

    form: str
    version: str
    name: str
    item: str
    severity: str
    rule: str
    sentence: str


def edit_checks(definition: Definition) -> tuple[EditCheck, ...]:
    """Every check of every form, in the order of the definition."""
    return tuple(check for form in definition.forms for check in _of_form(form))


def checks_sha256(checks: Iterable[EditCheck]) -> str:
    """Equal lists give equal hashes; one changed letter of a rule gives another."""
    text = json.dumps([asdict(one) for one in checks], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _of_form(form: Form) -> list[EditCheck]:
    items = [*form.items, *(item for group in form.groups for item in group.items)]
    limits = [
        EditCheck(form.name, form.version, f"{item.name}.{word}", item.name, word, rule, "")
        for item in items
        for word, rule in _limits(item)
    ]
    written = [
        EditCheck(
            form.name,
            form.version,
            one.name,
            one.item,
            one.severity,
            one.must or f"fires if {one.fires_if}",
            one.sentence.get("en"),
        )
        for one in form.checks
    ]
    return limits + written


def _limits(item: Item) -> list[tuple[str, str]]:
    return [
        (word, _between(bounds))
        for word, bounds in (("hard", item.hard), ("soft", item.soft))
        if bounds is not None
    ]


def _between(bounds: Bounds) -> str:
    low = "" if bounds.low is None else f"{bounds.low:g}"
    high = "" if bounds.high is None else f"{bounds.high:g}"
    return f"{low}..{high}"
