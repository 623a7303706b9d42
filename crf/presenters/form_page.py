"""The form page as plain data: what stands in each box, and what is said about it.

Everything in the boxes comes from `raw`, field name -> values as posted; for a saved entry it is
made by `CompiledForm.raw`. So a refused save, a draft and a saved form are one and the same page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crf.definition.evaluation import Evaluation
from crf.definition.findings import Finding, field_name
from crf.definition.model import Definition
from crf.definition.values import label as label_of
from crf.presenters.form_data import (
    Around,
    EntryFacts,
    FieldView,
    FindingView,
    FormPage,
    GroupView,
    RowView,
    SectionView,
)
from crf.presenters.form_words import (
    LEADS,
    changes_of,
    common_reasons,
    section_view,
    state_line,
    summary_title,
    words,
    worse,
)
from crf.presenters.skeleton import (
    FieldSkeleton,
    FormSkeleton,
    GroupSkeleton,
    SectionSkeleton,
    skeleton,
)

Raw = Mapping[str, Sequence[str]]
Answers = Mapping[str, Any]
Visits = Mapping[str, Mapping[str, Answers]]
NOTHING: dict[str, Any] = {}
SEVERITIES = ("hard", "soft", "query", "note")


def comment_name(finding: Finding) -> str:
    """The POST name of the comment that confirms a soft finding."""
    tail = f".{finding.row}" if finding.row else ""
    return f"confirm.{finding.check}.{finding.item}{tail}"


def form_page(
    *,
    definition: Definition,
    form_name: str,
    language: str,
    entry: EntryFacts,
    raw: Raw,
    evaluation: Evaluation,
    changed: Iterable[tuple[str, str, Any, Any]] = (),
    around: Around | None = None,
    refused: bool = False,
    reason: str = "",
    reason_finding: str = "",
    can_edit: bool = True,
    can_raise_query: bool = False,
) -> FormPage:
    """The page of one form.

    `raw` is what stands in the boxes: what was posted, the draft, or `CompiledForm.raw` of the
    saved answers. `evaluation` is what it amounts to, problems of typing among its findings
    (`CompiledForm.process`). `changed` are the saved values that it would change
    (`CompiledForm.changed`); they ask for a reason. `refused` shows the summary.
    """
    shape = skeleton(definition, form_name, language)
    page = Pairing(shape, definition, language, raw, evaluation, around or Around())
    page.take(evaluation.findings)
    sections = tuple(page.section(section) for section in shape.sections)
    filled, expected = page.filled, page.expected
    return FormPage(
        entry=entry,
        skeleton=shape,
        title=entry.title or shape.title,
        sections=sections,
        summary=tuple(page.summary),
        summary_title=summary_title(page.counts, refused),
        refused=refused,
        changes=changes_of(definition, shape, changed, language),
        reason=reason,
        reason_finding=reason_finding,
        reasons=common_reasons(),
        filled=filled,
        expected=expected,
        kept=entry.kept_at,
        state_line=state_line(page.counts, filled, expected),
        can_edit=can_edit and not entry.locked,
        can_discard=refused or bool(entry.kept_at),
        can_raise_query=can_raise_query,
        words=words(),
        loose=tuple(page.loose),
    )


class Pairing:
    """Pairs a skeleton with values; counts as it goes."""

    def __init__(
        self,
        shape: FormSkeleton,
        definition: Definition,
        language: str,
        raw: Raw,
        evaluation: Evaluation,
        around: Around,
    ) -> None:
        self.shape, self.definition, self.language = shape, definition, language
        self.raw, self.around, self.evaluation = raw, around, evaluation
        self.visible, self.derived = evaluation.visible, evaluation.derived
        self.by_field: dict[str, list[FindingView]] = {}
        self.summary: list[FindingView] = []
        self.loose: list[FindingView] = []
        self.counts = dict.fromkeys(SEVERITIES, 0)
        self.filled = self.expected = 0

    def take(self, findings: Iterable[Finding]) -> None:
        """Sorts the findings under their fields; hard ones first in the summary."""
        order = {severity: place for place, severity in enumerate(SEVERITIES)}
        for finding in sorted(findings, key=lambda f: order[f.severity]):
            if finding.check == "blank" and finding.severity == "note":
                continue  # the count of items says it once
            name = field_name(finding.item, finding.row)
            view = self.finding(finding, name)
            self.by_field.setdefault(name, []).append(view)
            if finding.severity == "soft" and view.comment:
                continue  # confirmed: it stands under its field, and nothing is asked any more
            self.counts[finding.severity] += 1
            if finding.severity in ("hard", "soft"):
                self.summary.append(view)
            if finding.item not in self.shape.labels:
                self.loose.append(view)

    def finding(self, finding: Finding, name: str) -> FindingView:
        place = self.shape.labels.get(finding.item, "")
        asks = finding.severity == "soft"
        key = comment_name(finding) if asks else ""
        return FindingView(
            id=f"{name}-{finding.check}-finding",
            severity="soft" if finding.severity == "query" else finding.severity,
            icon={"hard": "hard", "soft": "soft", "query": "query"}.get(finding.severity, "info"),
            lead=LEADS[finding.severity](),
            sentence=finding.sentence.get(self.language),
            comment_name=key,
            comment=self.typed(key) or self.around.comments.get(key, "") if key else "",
            label=place,
            target=name,
        )

    def typed(self, name: str) -> str:
        values = self.raw.get(name)
        return values[-1] if values else ""

    def section(self, section: SectionSkeleton) -> SectionView:
        runs: list[tuple[bool, list[Any]]] = []
        filled, expected = self.filled, self.expected
        worst = ""
        for part in section.parts:
            is_group = isinstance(part, GroupSkeleton)
            view: Any = self.group(part) if isinstance(part, GroupSkeleton) else self.field(part)
            if not runs or runs[-1][0] != is_group:
                runs.append((is_group, []))
            runs[-1][1].append(view)
            worst = worse(worst, view)
        return section_view(
            section,
            worst,
            self.filled - filled,
            self.expected - expected,
            hidden=all(view.hidden for _g, views in runs for view in views),
            runs=tuple((is_group, tuple(views)) for is_group, views in runs),
        )

    def field(self, s: FieldSkeleton, prefix: str = "") -> FieldView:
        name = f"{prefix}{s.name}"
        if s.kind == "derived":
            return self.derived_field(s, name)
        raw = self.raw
        values = raw.get(name, ())
        value = values[-1] if values else ""
        chosen: tuple[str, ...] = tuple(values) if s.kind == "checks" else ()
        boxes: tuple[tuple[str, str, int, str], ...] = ()
        missing = self.typed(f"{name}.missing")
        if s.parts:
            boxes = tuple(
                (f"{name}.{part}", label, digits, self.typed(f"{name}.{part}"))
                for part, label, digits in s.parts
            )
            value = boxes[-1][3]
        self.count(s, name)
        return self.view(s, name, value, chosen, boxes, missing, name not in self.visible)

    def count(self, s: FieldSkeleton, name: str) -> None:
        """A visible item that is expected, and whether something stands in it."""
        if s.optional or s.kind == "derived" or name not in self.visible:
            return
        box = f"{name}.{s.parts[-1][0]}" if s.parts else name
        self.expected += 1
        self.filled += bool(self.typed(box) or self.typed(f"{name}.missing"))

    def view(
        self,
        s: FieldSkeleton,
        name: str,
        value: str,
        chosen: tuple[str, ...],
        boxes: tuple[tuple[str, str, int, str], ...],
        missing: str,
        hidden: bool,
    ) -> FieldView:
        findings = tuple(self.by_field.get(name, ()))
        hint = self.around.hints.get(name) or s.hint
        beside = self.around.beside.get(name)
        if beside:
            hint = f"{hint}. {beside.hint}" if hint else beside.hint
        described = [f"{name}-hint"] if hint else []
        described += [finding.id for finding in findings]
        return FieldView(
            s=s,
            id=name,
            label=s.label,
            value=value,
            chosen=chosen,
            boxes=boxes,
            missing=missing,
            missing_label=next((words for code, words in s.reasons if code == missing), ""),
            findings=findings,
            describedby=" ".join(described),
            invalid=any(finding.severity == "hard" for finding in findings),
            asks=any(finding.severity == "soft" for finding in findings),
            hidden=hidden,
            history=self.around.history.get(name, 0),
            queries=self.around.queries.get(name, 0),
            hint=hint,
            offer=beside.offer if beside else "",
        )

    def derived_field(self, s: FieldSkeleton, name: str) -> FieldView:
        return self.view(s, name, self.worked_out(s, name), (), (), "", name not in self.visible)

    def worked_out(self, s: FieldSkeleton, name: str) -> str:
        return label_of(s.item, self.codelist(s), self.derived.get(name)).get(self.language)

    def codelist(self, s: FieldSkeleton) -> Any:
        name = s.item.codelist
        return self.definition.codelist_by_name.get(name) if name else None

    def group(self, s: GroupSkeleton) -> GroupView:
        notes = {row: (label, note) for row, label, note in self.around.rows.get(s.name, ())}
        rows = tuple(
            self.row(s, row, place, notes.get(row))
            for place, row in enumerate(self.rows_of(s), start=1)
        )
        return GroupView(
            s=s,
            id=s.name,
            rows=rows,
            findings=tuple(self.by_field.get(s.name, ())),
            hidden=s.name not in self.visible,
            can_add=not s.fixed and len(rows) < s.group.max_rows,
            can_remove=not s.fixed,
        )

    def rows_of(self, s: GroupSkeleton) -> list[str]:
        fixed = [row for row, _label, _note in self.around.rows.get(s.name, ())] if s.fixed else []
        return fixed or self.row_ids(s.name)

    def row_ids(self, group: str) -> list[str]:
        """Rows typed, and rows that another form fixes, by their number."""
        start = len(group) + 1
        found = {n[start:].split(".", 1)[0] for n in self.raw if n.startswith(f"{group}.")}
        found |= {row["id"] for row in self.evaluation.answers.get(group) or ()}
        return sorted((row for row in found if row[1:].isdigit()), key=lambda row: int(row[1:]))

    def row(self, s: GroupSkeleton, row: str, place: int, note: tuple[str, str] | None) -> RowView:
        prefix = f"{s.name}.{row}"
        return RowView(
            id=prefix,
            row=row,
            label=note[0] if note else f"{s.row_label} {place}",
            note=note[1] if note else "",
            fields=tuple(self.field(one, f"{prefix}.") for one in s.fields),
            findings=tuple(self.by_field.get(prefix, ())),
        )
