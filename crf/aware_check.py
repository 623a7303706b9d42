"""The moment at which a centre learned of a serious event has come: the clock runs from it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from crf.definition import Finding, Text
from crf.definition.model import EMPTY
from crf.reads import Place
from crf.safety_clock import aware_at

CHECK = "crf.aware"  # no check of a form has a dot in its name
DEVIATION = EMPTY
SENTENCE = gettext_noop(
    "The centre can't have learned of it on %(day)s at %(time)s: it is %(now)s there now. Correct "
    "the day or the time; the 24 hours run from it."
)


def findings(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    """No statement: the page knows what time it is."""
    mark = place.study.definition.trial.landmarks.serious
    if mark is None or mark.aware is None or place.form != mark.form:
        return
    centre = place.participant.centre
    aware = aware_at(answers, mark, centre.timezone) if mark.told_by(answers) else None
    now: datetime = place.participant.clinical_now
    if aware is None or aware <= now:
        return
    zone = ZoneInfo(centre.timezone)
    there, here = aware.astimezone(zone), now.astimezone(zone)
    if there.date() != here.date():  # a day to come is told beside its own item
        return
    words = {"day": f"{there:%d/%m/%Y}", "time": f"{there:%H:%M}", "now": f"{here:%H:%M}"}
    said = []
    for language in ("en", "fr"):
        with override(language):
            said.append(_(SENTENCE) % words)
    yield Finding("hard", mark.aware.time or mark.aware.day, "", CHECK, Text(*said))


def told(said: str) -> str:
    """The form page has it in both languages, and no query is raised by it."""
    return said
