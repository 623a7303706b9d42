"""What a form page says besides its fields: states, summaries, changes, the words of fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crf.definition.model import Bounds, Definition
from crf.definition.values import label as label_of
from crf.presenters.form_data import Change, FindingView, SectionView, Words
from crf.presenters.skeleton import FormSkeleton, SectionSkeleton, plain
from reminet_site.jinja2_env import colon

LEADS = {
    "hard": lambda: _("Error."),
    "soft": lambda: _("To confirm."),
    "query": lambda: _("Opens a data query."),
    "note": lambda: "",
}
_RANK = {"": 0, "note": 0, "soft": 1, "hard": 2}


def worse(worst: str, view: Any) -> str:
    """The graver of what is known and what a field or a group of rows says."""
    found = list(view.findings)
    if view.is_group:
        found += [f for row in view.rows for one in row.fields for f in one.findings]
        found += [f for row in view.rows for f in row.findings]
    return worst_of(worst, found)


def worst_of(worst: str, findings: Iterable[FindingView]) -> str:
    for one in findings:
        if _RANK[one.severity] > _RANK[worst]:
            worst = one.severity
    return worst


def section_view(
    section: SectionSkeleton,
    worst: str,
    filled: int,
    expected: int,
    *,
    hidden: bool,
    runs: tuple[tuple[bool, tuple[Any, ...]], ...] = (),
) -> SectionView:
    """A section with its state and its count of items."""
    state, icon = section_state(worst, filled, expected)
    count = _("%(filled)d of %(expected)d items") % {"filled": filled, "expected": expected}
    return SectionView(section, runs, state, icon, count if expected else "", hidden)


def section_state(worst: str, filled: int, expected: int) -> tuple[str, str]:
    """(state, icon) of a section in the list of sections."""
    if worst == "hard":
        return "late", "hard"
    if worst == "soft":
        return "due", "soft"
    if not expected:
        return "future", "future"
    return ("entered", "entered") if filled >= expected else ("draft", "draft" if filled else "due")


def summary_title(counts: Mapping[str, int], refused: bool) -> str:
    """ "Not saved: 1 error to correct, 2 points to confirm"."""
    parts = []
    if counts["hard"]:
        words_ = ngettext("%(n)d error to correct", "%(n)d errors to correct", counts["hard"])
        parts.append(words_ % {"n": counts["hard"]})
    if counts["soft"]:
        words_ = ngettext("%(n)d point to confirm", "%(n)d points to confirm", counts["soft"])
        parts.append(words_ % {"n": counts["soft"]})
    if not refused:
        return ", ".join(parts)
    return _("Not saved") + (f"{colon()} " + ", ".join(parts) if parts else "")


def state_line(counts: Mapping[str, int], filled: int, expected: int) -> str:
    """What the save bar says beside "Draft kept at ..."."""
    open_ = summary_title(counts, refused=False)
    items = _("%(filled)d of %(expected)d items.") % {"filled": filled, "expected": expected}
    return f"{open_}. {items}" if open_ else items


def normal_words(limits: Bounds) -> str:
    """ "normal 12–17", "normal ≤ 40": short, for it stands beside the box."""
    low, high = plain(limits.low), plain(limits.high)
    words_ = f"{low}–{high}" if low and high else f"≤ {high}" if high else f"≥ {low}"
    return _("normal %(limits)s") % {"limits": words_}


def common_reasons() -> tuple[str, ...]:
    """Offered while a reason for change is typed; any other sentence is as good."""
    return _reasons_in(get_language())


# Asked for with every draft: kept for each language.
@lru_cache(maxsize=8)
def _reasons_in(language: str | None) -> tuple[str, ...]:
    return (
        _("Typing error corrected"),
        _("Read again in the source document"),
        _("Result received later"),
        _("Answer to a data query"),
        _("Entered at the wrong visit or for the wrong participant"),
    )


def changes_of(
    definition: Definition,
    shape: FormSkeleton,
    changed: Iterable[tuple[str, str, Any, Any]],
    language: str,
    blanks: bool = False,
) -> tuple[Change, ...]:
    """Values that become others, in words; with `blanks` those that were blank too. A saved blank
    that is filled asks for no reason."""
    found = []
    for name, row, old, new in changed:
        if old is None and not blanks:
            continue
        label = shape.labels.get(name, name)
        label = f"{label} ({row.removeprefix('r')})" if row else label
        if name in shape.form.group_by_name:
            there, gone = _("row"), _("removed")
            found.append(Change(label, there, gone) if new is None else Change(label, gone, there))
            continue
        item = shape.form.item(name)
        codelist = definition.codelist_by_name.get(item.codelist) if item.codelist else None
        was, now = (
            _("blank") if value is None else label_of(item, codelist, value).get(language)
            for value in (old, new)
        )
        found.append(Change(label, was, now))
    return tuple(found)


def words() -> Words:
    """The words of the fields, in the language of the request."""
    return _words_in(get_language())


@lru_cache(maxsize=8)
def _words_in(language: str | None) -> Words:
    return Words(
        no_value=_("No value"),
        enter_value=_("Enter a value"),
        optional=_("optional"),
        assumed=_("assumed"),
        choose=_("Choose"),
        comment=_("Comment"),
        confirm=_("Confirm"),
        derived=_("worked out"),
        without_value=_("reason without value"),
        history=_("History"),
        about=_("History and queries"),
        query=_("open query"),
        remove=_("Remove"),
        blank=_("blank"),
    )
