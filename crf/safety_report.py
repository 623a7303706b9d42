"""What a report to an authority holds at least (Regulation (EU) 536/2014, annex III, item 10): no
name of a person, no arm. In English, as it is kept."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from crf import study
from crf.definition import Definition
from crf.models import Entry, SponsorOpinion

# name -> how pages call it
PARTS = {
    "trial": gettext_noop("Trial number"),
    "reference": gettext_noop("Sponsor's number"),
    "participant": gettext_noop("Participant"),
    "reporter": gettext_noop("Reporter"),
    "reaction": gettext_noop("Reaction"),
    "product": gettext_noop("Product"),
    "investigator": gettext_noop("Related, says the investigator"),
    "sponsor": gettext_noop("Related, says the sponsor"),
}


def content(
    definition: Definition, entry: Entry, opinion: SponsorOpinion | None, reference: str
) -> dict[str, str]:
    """Each part in words, "" where it is not there. The investigator's opinion is told as it was
    saved, whatever the sponsor thinks."""
    mark = definition.trial.landmarks.serious
    compiled = study.study_of(entry.definition_id).form(entry.form)

    def words(item: str | None) -> str:
        known = item in compiled.form.by_name if item else False
        return compiled.label(item, entry.data.get(item), "en") if known else ""

    centre = entry.participant.centre
    return {
        "trial": definition.trial.registers[0],
        "reference": reference,
        "participant": entry.participant.code,
        "reporter": f"Investigator, {centre.name} ({centre.code})",
        "reaction": words(compiled.form.row_title),
        "product": definition.trial.product,
        "investigator": words(mark.related.item if mark and mark.related else None),
        "sponsor": "" if opinion is None else "Related" if opinion.related else "Not related",
    }


def lacks(held: Mapping[str, Any]) -> list[str]:
    """What is blank, as pages call it."""
    return [title for name, title in PARTS.items() if not held.get(name)]
