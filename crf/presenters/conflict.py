"""Two people changed one form: what each typed, item by item, to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crf.definition.findings import field_name
from crf.definition.model import Definition
from crf.definition.values import label as label_of
from crf.presenters.form_data import EntryFacts
from crf.presenters.form_words import common_reasons
from crf.presenters.skeleton import FormSkeleton, skeleton

Raw = Mapping[str, Sequence[str]]
Answers = Mapping[str, Any]
Changes = Sequence[tuple[str, str, Any, Any]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One item that both changed. POST name keep.FIELD, value theirs or mine."""

    field: str
    label: str
    section: str
    before: str
    theirs: str
    mine: str
    chosen: str  # theirs, mine or ""


@dataclass(frozen=True, slots=True)
class Merged:
    """One item that only one of the two changed."""

    label: str
    value: str
    who: str


@dataclass(frozen=True)
class ConflictPage:
    """All that crf/conflict.html shows; `raw` goes along hidden, so that nothing is lost."""

    entry: EntryFacts
    form: str
    title: str
    their_name: str
    own: bool  # the same person saved it, in another window
    elsewhere: str  # when that person last typed in another window what is not here, or ""
    draft_of: str  # the draft that a save here may take the place of
    their_time: str
    my_time: str
    base_version: int
    version: int
    choices: tuple[Choice, ...]
    merged: tuple[Merged, ...]
    raw: tuple[tuple[str, str], ...]
    reason: str
    reasons: tuple[str, ...]
    reason_finding: str = ""


def conflict_page(
    *,
    definition: Definition,
    form_name: str,
    language: str,
    entry: EntryFacts,
    base: Answers,
    theirs: Changes,
    mine: Changes,
    raw: Raw,
    their_name: str,
    their_time: str,
    my_time: str,
    base_version: int,
    own: bool = False,
    elsewhere: str = "",
    draft_of: str = "",
    reason: str = "",
    reason_finding: str = "",
) -> ConflictPage:
    """The page. `theirs` and `mine` are `CompiledForm.changed(base, ...)` of each side.

    An item that both set to the same value is no conflict. `entry.version` is the version saved
    now, `base_version` the one that both began from.
    """
    shape = skeleton(definition, form_name, language)
    say = _Say(definition, shape, language)
    them = {(name, row): (old, new) for name, row, old, new in theirs}
    me = {(name, row): (old, new) for name, row, old, new in mine}
    chosen = {k: (raw.get(f"keep.{field_name(*k)}") or [""])[-1] for k in them}
    both = [key for key in them if key in me and them[key][1] != me[key][1]]
    merged = [
        Merged(say.label(*key), say.value(key[0], change[1]), their_name)
        for key, change in them.items()
        if key not in both
    ]
    merged += [
        Merged(say.label(*key), say.value(key[0], change[1]), _("you"))
        for key, change in me.items()
        if key not in them
    ]
    return ConflictPage(
        entry=entry,
        form=form_name,
        title=entry.title or shape.title,
        their_name=their_name,
        own=own,
        elsewhere=elsewhere,
        draft_of=draft_of,
        their_time=their_time,
        my_time=my_time,
        base_version=base_version,
        version=entry.version,
        choices=tuple(say.choice(key, them[key], me[key], chosen[key]) for key in both),
        merged=tuple(merged),
        raw=tuple(
            (name, value)
            for name, values in raw.items()
            if not name.startswith("keep.")
            for value in values
        ),
        reason=reason,
        reasons=common_reasons(),
        reason_finding=reason_finding,
    )


class _Say:
    """Labels and values of items in words."""

    def __init__(self, definition: Definition, shape: FormSkeleton, language: str) -> None:
        self.definition, self.shape, self.language = definition, shape, language
        self.sections = {
            name: f"{section.number} {section.title}"
            for section in shape.sections
            for name in (part.name for part in section.parts)
        }

    def label(self, name: str, row: str) -> str:
        label = self.shape.labels.get(name, name)
        return f"{label} ({row.removeprefix('r')})" if row else label

    def value(self, name: str, kept: Any) -> str:
        if kept is None:
            return _("blank")
        if name in self.shape.form.group_by_name:
            return _("row")
        item = self.shape.form.item(name)
        codelist = self.definition.codelist_by_name.get(item.codelist) if item.codelist else None
        return label_of(item, codelist, kept).get(self.language)

    def choice(
        self, key: tuple[str, str], them: tuple[Any, Any], me: tuple[Any, Any], chosen: str
    ) -> Choice:
        name, row = key
        return Choice(
            field=field_name(name, row),
            label=self.label(name, row),
            section=self.sections.get(name.partition(".")[0], ""),
            before=self.value(name, them[0]),
            theirs=self.value(name, them[1]),
            mine=self.value(name, me[1]),
            chosen=chosen,
        )
