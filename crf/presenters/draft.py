"""The answer to a draft request: what the page must change, and nothing of what it shows already.

A field that is visible and about which nothing is said is left out; the page puts every field
that the answer does not name back into that state (draft.js).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crf.definition.evaluation import Evaluation
from crf.definition.model import Definition
from crf.presenters.form_data import (
    Around,
    Change,
    EntryFacts,
    FindingView,
    GroupView,
    SectionView,
    Words,
)
from crf.presenters.form_page import Pairing
from crf.presenters.form_words import (
    changes_of,
    common_reasons,
    section_view,
    state_line,
    words,
    worst_of,
)
from crf.presenters.skeleton import (
    FieldSkeleton,
    FormSkeleton,
    GroupSkeleton,
    SectionSkeleton,
    skeleton,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A field or a group that is hidden, has findings, or holds a value that was worked out."""

    name: str
    hidden: bool
    findings: tuple[FindingView, ...]
    derived: bool = False
    value: str = ""

    @property
    def invalid(self) -> bool:
        return any(finding.severity == "hard" for finding in self.findings)

    @property
    def asks(self) -> bool:
        return any(finding.severity == "soft" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """All that crf/draft.html shows; `added` is the group with its one new row, last."""

    entry: EntryFacts
    skeleton: FormSkeleton
    sections: tuple[SectionView, ...]
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]
    reasons: tuple[str, ...]
    kept: str
    state_line: str
    words: Words
    added: GroupView | None
    reason: str = ""
    reason_finding: str = ""


def draft_answer(
    *,
    definition: Definition,
    form_name: str,
    language: str,
    entry: EntryFacts,
    raw: Mapping[str, Sequence[str]],
    evaluation: Evaluation,
    changed: Iterable[tuple[str, str, Any, Any]],
    around: Around,
    added: str = "",
) -> DraftAnswer:
    """What was typed (`raw`) amounts to `evaluation`; `added` names a group that got a row."""
    shape = skeleton(definition, form_name, language)
    page = Pairing(shape, definition, language, raw, evaluation, around)
    page.take(evaluation.findings)
    parts: list[Part] = []
    sections = tuple(_section(page, section, parts) for section in shape.sections)
    return DraftAnswer(
        entry=entry,
        skeleton=shape,
        sections=sections,
        parts=tuple(parts),
        changes=changes_of(definition, shape, changed, language),
        reasons=common_reasons(),
        kept=entry.kept_at,
        state_line=state_line(page.counts, page.filled, page.expected),
        words=words(),
        added=_added(page, shape, added) if added else None,
    )


def _section(page: Pairing, section: SectionSkeleton, parts: list[Part]) -> SectionView:
    filled, expected, visible, worst = page.filled, page.expected, page.visible, ""
    hidden = True
    for top in section.parts:
        hidden = hidden and top.name not in visible
        for skeleton_, name in _with_rows(page, top):
            findings = page.by_field.get(name, ())
            derived = isinstance(skeleton_, FieldSkeleton) and skeleton_.kind == "derived"
            if isinstance(skeleton_, FieldSkeleton):
                page.count(skeleton_, name)
            if findings:
                worst = worst_of(worst, findings)
            elif name in visible and not derived:
                continue
            value = page.worked_out(skeleton_, name) if derived else ""
            parts.append(Part(name, name not in visible, tuple(findings), derived, value))
    return section_view(
        section, worst, page.filled - filled, page.expected - expected, hidden=hidden
    )


def _with_rows(
    page: Pairing, part: FieldSkeleton | GroupSkeleton
) -> Iterator[tuple[FieldSkeleton | GroupSkeleton, str]]:
    """The part with its name, and the fields of its rows with theirs."""
    yield part, part.name
    if isinstance(part, GroupSkeleton):
        for row in page.rows_of(part):
            for one in part.fields:
                yield one, f"{part.name}.{row}.{one.name}"


def _added(page: Pairing, shape: FormSkeleton, name: str) -> GroupView | None:
    for section in shape.sections:
        for part in section.parts:
            if isinstance(part, GroupSkeleton) and part.name == name:
                return page.group(part)
    return None
