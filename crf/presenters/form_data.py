"""The shapes of a form page: what crf/form.html is given. No logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crf.presenters.skeleton import FieldSkeleton, FormSkeleton, GroupSkeleton, SectionSkeleton


@dataclass(frozen=True, slots=True)
class FindingView:
    """One remark under its field. `comment_name` is set where a comment may confirm it."""

    id: str
    severity: str
    icon: str
    lead: str
    sentence: str
    comment_name: str = ""
    comment: str = ""
    label: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One control with what stands in it. `id` is also its POST name."""

    s: FieldSkeleton
    id: str
    label: str
    value: str
    chosen: tuple[str, ...]
    boxes: tuple[tuple[str, str, int, str], ...]  # (name, label, digits, value)
    missing: str
    missing_label: str
    findings: tuple[FindingView, ...]
    describedby: str
    invalid: bool
    asks: bool
    hidden: bool
    history: int
    queries: int
    hint: str
    offer: str = ""  # an answer that one key puts into the box
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    """One repeating row; `id` is "targets.r1", also the name of its presence."""

    id: str
    row: str
    label: str
    note: str
    fields: tuple[FieldView, ...]
    findings: tuple[FindingView, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupView:
    """Repeating rows with their remarks."""

    s: GroupSkeleton
    id: str
    rows: tuple[RowView, ...]
    findings: tuple[FindingView, ...]
    hidden: bool
    can_add: bool
    can_remove: bool
    is_group: bool = True


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its state for the list of sections: entered, soft, hard or due."""

    s: SectionSkeleton
    runs: tuple[tuple[bool, tuple[Any, ...]], ...]  # (is_group, fields or groups), in order
    state: str
    icon: str
    count: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A saved value that what stands in the boxes would change."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class EntryFacts:
    """What the head of the page says of the entry, in words ready to show."""

    code: str  # FR-05-003
    centre: str  # CHU Dijon
    centre_code: str  # FR-05
    visit: str  # ASM-06
    visit_title: str  # Month 6
    title: str = ""  # Tumour assessment, month 6
    number: int = 1
    version: int = 0  # 0: never saved
    state: str = "due"  # see words.STATES
    state_words: str = ""
    notes: tuple[str, ...] = ()  # further facts under the title
    kept_at: str = ""  # "10:42:08", where a draft is kept
    typed_in: str = ""  # the window that the draft was typed in
    saved_since: int = 0  # the version that was saved after the draft was begun; 0: none
    randomisation_number: str = ""
    receipt: bool = False  # the reader may open the page of number and kits
    locked: str = ""  # why nothing can be changed, "" where it can
    left_at: str = ""  # when the reader typed a draft that can't be saved any more
    source: SourceFacts | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a monitor said of the entry, and may say: `act` is "verify", "back" or ""."""

    words: str
    verified: bool
    act: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words that every field needs, looked up once a page."""

    no_value: str
    enter_value: str
    optional: str
    assumed: str
    choose: str
    comment: str
    confirm: str
    derived: str
    without_value: str
    history: str
    about: str
    query: str
    remove: str
    blank: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the reader typed in another window of this form, where it is not the same; `old` of a
    side is what was typed there, `new` what stands here."""

    at: str
    sides: tuple[Change, ...]
    typed_in: str  # the draft that is shown here, which a save may take the place of


@dataclass(frozen=True)
class FormPage:
    """All that crf/form.html shows."""

    entry: EntryFacts
    skeleton: FormSkeleton
    title: str
    sections: tuple[SectionView, ...]
    summary: tuple[FindingView, ...]
    summary_title: str
    refused: bool
    changes: tuple[Change, ...]
    reason: str
    reason_finding: str
    reasons: tuple[str, ...]
    filled: int
    expected: int
    kept: str
    state_line: str
    can_edit: bool
    can_discard: bool
    can_raise_query: bool
    words: Words
    loose: tuple[FindingView, ...] = ()
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What another room knows of an item: a sentence, and the one answer that it leads to."""

    hint: str
    offer: str = ""  # put into the box by one key; "" where there is not one alone


@dataclass(frozen=True)
class Around:
    """What is known about the fields besides their values, by field name."""

    history: Mapping[str, int] = field(default_factory=dict)
    queries: Mapping[str, int] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)  # by comment_name
    hints: Mapping[str, str] = field(default_factory=dict)  # e.g. the centre's normal range
    beside: Mapping[str, Beside] = field(default_factory=dict)
    rows: Mapping[str, tuple[tuple[str, str, str], ...]] = field(
        default_factory=dict
    )  # fixed rows of a group: (row id, label, note)
