"""May this participant be randomised, and with which strata? Asked of the forms, on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crf import reads, study
from crf.definition import Context, CriterionResult, Definition, StratumValue
from crf.models import Entry, Participant
from reminet_site.clock import clinical_now, day_at

SCREENING = "SCR"


@dataclass(frozen=True, slots=True)
class Gate:
    """What the forms say today."""

    definition: Definition
    today: date  # at the participant's centre
    criteria: tuple[CriterionResult, ...]
    strata: tuple[StratumValue, ...]
    comments: dict[tuple[str, str], str]  # (form, item) -> why an unusual value is right

    @property
    def open_criteria(self) -> list[str]:
        """Numbers of the criteria that are not met; what is not known is not met."""
        return [one.number for one in self.criteria if one.verdict != "met"]

    @property
    def levels(self) -> dict[str, str]:
        """factor -> level, "" where it is not known."""
        return {one.name: one.level for one in self.strata}


def assess(participant: Participant, at: datetime | None = None) -> Gate:
    """Read the participant's forms and judge them by the newest definition, as of today (`at`:
    the trial's time, where it is known already)."""
    definition = study.current().definition
    entries = list(reads.entries_of(participant))
    today = day_at(at or clinical_now(), participant.centre)
    visits: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.number == 1:
            visits.setdefault(entry.visit, {})[entry.form] = entry.data
    dated = [e.visit_date for e in entries if e.visit == SCREENING and e.form == "LAB"]
    context = Context(
        normal=reads.normal_ranges(participant.centre_id, dated[0] if dated else None),
        forms=visits.get(SCREENING, {}),
        visits=visits,
        today=today,
        randomised_on=participant.randomised_on,
        screened_on=participant.screened_on,
    )
    return Gate(
        definition=definition,
        today=today,
        criteria=definition.eligibility.assess(context),
        strata=definition.eligibility.strata(context, participant.centre.code),
        comments=_comments(entries),
    )


def _comments(entries: Sequence[Entry]) -> dict[tuple[str, str], str]:
    """What was said of unusual values; keys of `comments` read "field:check"."""
    return {
        (entry.form, key.partition(":")[0]): said["comment"]
        for entry in entries
        for key, said in entry.comments.items()
    }
