"""central_readings.csv: a row an entry whose images were read centrally, the last reading."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from crf.definition import Definition
from reminet_site.spreadsheet import neutral

FILE = "central_readings.csv"
COUNTED = "central_readings"
WORDS = {
    "participant": gettext_noop("Code of the participant"),
    "centre": gettext_noop("Centre"),
    "visit": gettext_noop("Visit"),
    "form": gettext_noop("Form"),
    "number": gettext_noop("Number of the entry within visit and form"),
    "entry": gettext_noop("Identifier of the entry"),
    "imaging_on": gettext_noop("Day of the images as they were read"),
    "response": gettext_noop("Overall response by the central review, RECIST 1.1"),
    "new_lesions": gettext_noop("New lesions seen by the central review (1, 0)"),
    "sum_mm": gettext_noop("Sum of target lesions by the central review, mm"),
    "readings": gettext_noop("How often the images were read; the last reading is given"),
    "read_at": gettext_noop("When they were read last, UTC"),
    "comment": gettext_noop("Remark of the reader"),
}
FREE = "comment"


def columns(blind: bool) -> list[str]:
    """Without the remark where free text is left out."""
    return [name for name in WORDS if not (blind and name == FREE)]


def codes(definition: Definition) -> dict[str, str]:
    """What may stand in a column, as the codebook says it."""
    mark = definition.trial.landmarks.central
    if mark is None:
        return {}
    codelist = definition.codelist(definition.form(mark.form).item(mark.response).codelist)
    answers = "|".join(f"{one.code}={one.label.en}" for one in codelist.codes)
    return {"response": answers, "new_lesions": "1=Yes|0=No"}


def rows(
    readings: Iterable[Mapping[str, Any]], centre_of: Mapping[str, str], blind: bool
) -> Iterator[list[str]]:
    for one in readings:
        cell = {name: "" if one.get(name) is None else str(one[name]) for name in WORDS}
        cell["centre"] = centre_of[one["participant"]]
        cell["new_lesions"] = "1" if one["new_lesions"] else "0"
        cell[FREE] = neutral(cell[FREE])
        yield [cell[name] for name in columns(blind)]
