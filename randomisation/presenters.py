"""What the pages of the randomisation say: plain data, words chosen here, no arm anywhere.

One dataclass a page, given to its template as `page`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from crf.definition.schedule import NOT_DONE
from crf.models import Participant
from crf.presenters.casebook_facts import status
from crf.presenters.home import title_of
from crf.presenters.words import window
from randomisation.course import Course
from randomisation.eligibility import Gate
from randomisation.models import Allocation, Dispensing, StrataCorrection
from randomisation.presenters_dispensing import GivenKit, ToTake, given_kit
from reminet_site.jinja2_env import day, semicolon

if TYPE_CHECKING:
    from crf.definition import CriterionResult, DueVisit, Facts, StratumValue
    from crf.definition.eligibility import Source

AHEAD = 3  # visits to come that a receipt names
STATES = {"not_met": "late", "unknown": "late", "usual": "due", "met": "verified"}
WORDS = {
    ("inclusion", "met"): gettext_noop("Met"),
    ("inclusion", "not_met"): gettext_noop("Not met"),
    ("inclusion", "unknown"): gettext_noop("Not known yet"),
    ("inclusion", "usual"): gettext_noop("Met, outside usual"),
    ("exclusion", "met"): gettext_noop("Absent"),
    ("exclusion", "not_met"): gettext_noop("Present"),
    ("exclusion", "unknown"): gettext_noop("Not known yet"),
    ("exclusion", "usual"): gettext_noop("Absent, outside usual"),
}
METHODS = {
    "minimisation": gettext_noop("Minimisation"),
    "blocks": gettext_noop("Permuted blocks, stratified"),
    "list": gettext_noop("Imported list"),
}


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion. state: late (open), due (met, outside usual) or verified."""

    number: str
    text: str
    value: str
    source: str
    source_url: str
    state: str
    verdict: str
    assumed: bool
    warning: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class StratumRow:
    """One stratum to be confirmed. `field` is the name posted, with `level` as its value."""

    name: str
    label: str
    level: str
    level_label: str
    source: str
    source_url: str
    field: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the side panel or of what comes next. state: done, now or future."""

    label: str
    value: str
    state: str


@dataclass(frozen=True, slots=True)
class GatePage:
    """The gate: criteria (what needs a look first), strata, password; or, where this reader or
    nobody randomises now, criteria and strata to be read."""

    code: str
    centre: str
    centre_code: str
    screened_on: date
    criteria: tuple[CriterionRow, ...]
    satisfied: int
    strata: tuple[StratumRow, ...]
    steps: tuple[Step, ...]
    why: str  # what is still open; "" where nothing is
    errors: dict[str, str] = field(default_factory=dict)  # field -> sentence
    refused: str = ""  # the sentence of a refusal that belongs to no field
    closed: str = ""  # the sentence that stands in place of password and button

    @property
    def total(self) -> int:
        return len(self.criteria)


def gate_page(
    participant: Participant,
    gate: Gate,
    kits: int,
    language: str,
    *,
    confirmed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    closed: str = "",
) -> GatePage:
    """The gate as it stands; after a refused POST with what was confirmed and what was wrong."""
    rows = tuple(
        sorted(
            (_criterion(c, gate, participant, language) for c in gate.criteria),
            key=lambda row: ("late", "due", "verified").index(row.state),
        )
    )
    strata = tuple(_stratum(s, gate, participant, language, confirmed or {}) for s in gate.strata)
    satisfied = sum(row.state != "late" for row in rows)
    act = (
        Step(_("Strata, each confirmed"), "", "future"),
        Step(_("Password"), "", "future"),
    )
    return GatePage(
        code=participant.code,
        centre=participant.centre.name,
        centre_code=participant.centre.code,
        screened_on=participant.screened_on,
        criteria=rows,
        satisfied=satisfied,
        strata=strata,
        steps=(
            Step(_("Eligibility"), _of(satisfied, len(rows)), _is(satisfied == len(rows))),
            Step(_("Kits that can be given"), str(kits), _is(kits > 0)),
            *(() if closed else act),
        ),
        why=_why(len(rows) - satisfied, kits, [s.label for s in strata if not s.level]),
        errors=dict(errors or {}),
        refused=refused,
        closed=closed,
    )


def _of(some: int, total: int) -> str:
    return _("%(k)d of %(n)d") % {"k": some, "n": total}


def _is(done: bool) -> str:
    return "done" if done else "now"


def _why(open_criteria: int, kits: int, unknown: Sequence[str]) -> str:
    still = []
    if open_criteria:
        words = ngettext("%(n)d criterion", "%(n)d criteria", open_criteria)
        still.append(words % {"n": open_criteria})
    still += [_("the stratum %(name)s") % {"name": label.lower()} for label in unknown]
    if not kits:
        still.append(_("kits at the centre"))
    return _("Still open: %(what)s.") % {"what": ", ".join(still)} if still else ""


def _criterion(
    one: CriterionResult, gate: Gate, participant: Participant, language: str
) -> CriterionRow:
    verdict = "usual" if one.verdict == "met" and one.warning else one.verdict
    comment = gate.comments.get((one.source.form, one.source.item), "") if one.warning else ""
    return CriterionRow(
        number=one.number,
        text=one.text.get(language),
        value=_value(one, language),
        source=_form_title(one.source, gate, language),
        source_url=_form_url(one.source, participant),
        state=STATES[verdict],
        verdict=_(WORDS[(one.kind, verdict)]),
        assumed=one.tag == "A",
        warning=one.warning.get(language) if one.warning else "",
        comment=comment,
    )


def _value(one: CriterionResult, language: str) -> str:
    """The values that it rests on; of one that is undecided also what it lacks."""
    found = [one.value_text.get(language)] if one.value_text.en else []
    lacks = ", ".join(text.get(language) for text in one.blank)
    if found and lacks:
        found.append(_("not entered: %(what)s") % {"what": lacks})
    return f"{semicolon()} ".join(found)


def _stratum(
    one: StratumValue,
    gate: Gate,
    participant: Participant,
    language: str,
    confirmed: Mapping[str, str],
) -> StratumRow:
    centre = one.source.item == "centre"
    return StratumRow(
        name=one.name,
        label=one.label.get(language),
        level=one.level,
        level_label=str(participant.centre) if centre else one.level_label.get(language),
        source=_("The participant's centre") if centre else _form_title(one.source, gate, language),
        source_url="" if centre else _form_url(one.source, participant),
        field=f"stratum.{one.name}",
        confirmed=bool(one.level) and confirmed.get(one.name) == one.level,
    )


def _form_title(source: Source, gate: Gate, language: str) -> str:
    return gate.definition.form(source.form).title.get(language) if source.form else ""


def _form_url(source: Source, participant: Participant) -> str:
    if not source.form or not source.visit:
        return ""
    return reverse("crf:form", args=[participant.code, source.visit, source.form, 1])


Annotations = tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A stratum annotated later: both values."""

    label: str
    entered: str
    corrected: str
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A number and a kit; nothing on it depends on the arm."""

    code: str
    centre: str
    centre_code: str
    timezone: str
    number: str
    kit: str
    kit_expires_on: date
    at: datetime
    by: str
    strata: tuple[tuple[str, str], ...]
    method: str
    method_assumed: bool
    receipt: str
    steps: tuple[Step, ...]
    kits: tuple[GivenKit, ...]
    take: ToTake | None  # None where the reader may not
    # what may be annotated: (factor, its label, ((level, its label), ...)); empty where it may not
    annotate: Annotations
    corrections: tuple[Correction, ...] = ()


def result_page(
    allocation: Allocation,
    gate: Gate,
    corrections: Sequence[Correction],
    given: Sequence[Dispensing],
    language: str,
    *,
    course: Course,
    coming: ToTake | None,
    can_annotate: bool,
) -> ResultPage:
    """The receipt of an allocation, and the kits given since."""
    centre = allocation.participant.centre
    return ResultPage(
        code=allocation.participant.code,
        centre=centre.name,
        centre_code=centre.code,
        timezone=centre.timezone,
        number=allocation.randomisation_number,
        kit=allocation.kit.number,
        kit_expires_on=allocation.kit.expires_on,
        at=allocation.clinical_at,
        by=str(allocation.by or ""),
        strata=tuple(strata_words(allocation.strata, gate, str(centre), language)),
        method=_(METHODS[allocation.scheme.method]),
        method_assumed="method" in gate.definition.randomisation.assumed,
        receipt=receipt(allocation),
        steps=_next_steps(allocation, gate, course.facts, course.visits, language),
        kits=tuple(given_kit(allocation.participant.code, one, gate, course) for one in given),
        take=coming,
        annotate=_annotations(gate, language) if can_annotate else (),
        corrections=tuple(corrections),
    )


def _annotations(gate: Gate, language: str) -> Annotations:
    """Factors with a list of levels; the centre is not among them."""
    return tuple(
        (
            factor.name,
            (language == "fr" and factor.label_fr) or factor.label_en,
            tuple(
                (one.code, (language == "fr" and one.label_fr) or one.label_en)
                for one in factor.levels
            ),
        )
        for factor in gate.definition.randomisation.factors
        if factor.levels
    )


def strata_words(
    levels: Mapping[str, str], gate: Gate, centre: str, language: str
) -> list[tuple[str, str]]:
    """(factor, level) in words."""
    words = []
    for factor in gate.definition.randomisation.factors:
        label = (language == "fr" and factor.label_fr) or factor.label_en
        level = levels.get(factor.name, "")
        names = {
            one.code: (language == "fr" and one.label_fr) or one.label_en for one in factor.levels
        }
        words.append((label, names.get(level, level) if factor.levels else centre))
    return words


def receipt(allocation: Allocation) -> str:
    """16 hex digits over the blind facts: the same allocation, the same receipt."""
    facts = (
        allocation.participant.code,
        allocation.randomisation_number,
        allocation.kit.number,
        allocation.clinical_at.isoformat(),
        *sorted(f"{name}={level}" for name, level in allocation.strata.items()),
    )
    text = hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:16]
    return " ".join(text[start : start + 4] for start in range(0, 16, 4))


def _next_steps(
    allocation: Allocation, gate: Gate, facts: Facts, due: Sequence[DueVisit], language: str
) -> tuple[Step, ...]:
    """The visits that the schedule plans next; of who has left the trial, how."""
    on = allocation.participant.randomised_on or allocation.clinical_at.date()
    randomised = Step(_("Randomised: number and kit"), day(on), "done")
    if facts.died_on or facts.left_on:
        return randomised, Step(status(facts, due), "", "done")
    planned = [one for one in due if one.target and one.target >= on]
    ahead = [one for one in planned if one.visit_date is None and one.state != NOT_DONE]
    return randomised, *(
        Step(
            title_of(one, language),
            window(one, gate.definition.visit(one.code), gate.today),
            "now" if one.urgent else "future",
        )
        for one in ahead[:AHEAD]
    )


def correction_rows(
    corrections: Sequence[StrataCorrection], gate: Gate, language: str
) -> list[Correction]:
    """Annotations in words."""
    rows = []
    for one in corrections:
        old = dict(strata_words({one.factor: one.entered}, gate, one.entered, language))
        new = dict(strata_words({one.factor: one.corrected}, gate, one.corrected, language))
        label = next(
            (language == "fr" and f.label_fr) or f.label_en
            for f in gate.definition.randomisation.factors
            if f.name == one.factor
        )
        rows.append(
            Correction(label, old[label], new[label], one.reason, one.at, str(one.by or ""))
        )
    return rows
