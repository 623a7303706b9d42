"""Questions to the database about runs, the state of the trial, and releases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Max
from django.utils.translation import gettext as _

from analysis.facts import READ_FORMS
from analysis.models import (
    Recommendation,
    Release,
    ReleaseDownload,
    Run,
    RunKind,
    RunState,
)
from crf import calendar, study
from crf.models import Draft, Entry, Participant, TrialLock
from reminet_site.clock import clinical_today, now
from reminet_site.errors import NotThere
from reminet_site.models import Centre, CertifiedCopy

WAITING = (RunState.WAITING, RunState.RUNNING, RunState.CHECKING)
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class BlindedState:
    """The newest report, the run being made if any, and whether changes wait for a worker."""

    shown: Run | None
    under_way: Run | None
    newest: int
    behind: bool


def blinded_state() -> BlindedState:
    """What the interim page shows; four statements."""
    runs = Run.objects.filter(kind=RunKind.BLINDED)
    shown = runs.filter(state__in=(RunState.DONE, RunState.DIFFERS)).order_by("-id").first()
    newest = runs.defer("result", "agreement").order_by("-id").first()
    recent = now() - timedelta(minutes=15)
    working = newest if newest and newest.state in WAITING and newest.asked_at > recent else None
    last = Entry.objects.filter(form__in=READ_FORMS).aggregate(at=Max("saved_at"))["at"]
    read_at = shown.started_at if shown else None
    behind = bool(last and (read_at is None or last > read_at) and now() - last > PATIENCE)
    return BlindedState(shown, working, newest.pk if newest else 0, behind and not working)


def run_for(pk: int, kind: str) -> Run:
    found = Run.objects.filter(pk=pk, kind=kind).first()
    if found is None:
        raise NotThere(_("There is no such run."))
    return found


def latest(kind: str) -> Run | None:
    """The newest run of a kind with what it stands for."""
    found = Run.objects.filter(kind=kind).select_related("same_as__snapshot", "snapshot")
    return found.defer("snapshot__content", "same_as__snapshot__content").order_by("-id").first()


@dataclass(frozen=True)
class CentreState:
    """What is left to do at one centre before the lock."""

    code: str
    name: str
    screened: int
    randomised: int
    entries: int
    incomplete: int
    open_queries: int
    answered_queries: int


CENTRES = """
SELECT c.code, c.name, p.screened, p.randomised, coalesce(e.entries, 0),
       coalesce(e.incomplete, 0), coalesce(q.open, 0), coalesce(q.answered, 0)
  FROM reminet_site_centre c
  JOIN (SELECT centre_id, count(*) AS screened, count(randomised_on) AS randomised
          FROM crf_participant GROUP BY centre_id) p ON p.centre_id = c.id
  LEFT JOIN (SELECT centre_id, count(*) AS entries,
                    count(*) FILTER (WHERE filled < expected) AS incomplete
               FROM crf_entry GROUP BY centre_id) e ON e.centre_id = c.id
  LEFT JOIN (SELECT centre_id, count(*) FILTER (WHERE state = 'open') AS open,
                    count(*) FILTER (WHERE state = 'answered') AS answered
               FROM crf_dataquery GROUP BY centre_id) q ON q.centre_id = c.id
 ORDER BY coalesce(q.open, 0) + coalesce(q.answered, 0) DESC, c.code
"""


def centre_states() -> list[CentreState]:
    """One line a centre that screened somebody, most queries first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(CENTRES)
        return [CentreState(*row) for row in cursor.fetchall()]


def drafts() -> int:
    """Forms that somebody has typed and not saved, at all centres."""
    return Draft.objects.count()


def missing_forms() -> dict[str, int]:
    """Forms due (their visit's day has come) and not entered, by centre code; two statements.

    Of randomised participants: a screening that was broken off leaves nothing to do.
    """
    definition, today = study.current().definition, clinical_today()
    entries = calendar.by_participant(calendar.summaries())
    found: dict[str, int] = {}
    people = Participant.objects.filter(randomised_on__isnull=False).select_related("centre")
    for person in people:
        mine = entries.get(person.pk, ())
        facts = calendar.facts_of(definition, person, mine)
        visits = calendar.visits_of(definition, facts, mine, today)
        lacking = sum(len(visit.missing) for visit in visits if visit.urgent)
        found[person.centre.code] = found.get(person.centre.code, 0) + lacking
    return found


def lock_history() -> Sequence[TrialLock]:
    return TrialLock.objects.select_related("by").order_by("-id")[:20]


def recommendations() -> Sequence[Recommendation]:
    """What left the committee, after the newest look first."""
    return Recommendation.objects.select_related("look", "by").order_by("-look__number")


def releases(*, by_arm: bool) -> Sequence[Release]:
    """Releases, newest first; those with arms only for who may read them."""
    found = Release.objects.select_related("asked_by", "snapshot").defer("snapshot__content")
    return (found if by_arm else found.filter(blind=True)).order_by("-id")


def release_for(pk: int, *, by_arm: bool) -> Release:
    """A release; one with arms answers like none to who may not read it."""
    found = releases(by_arm=by_arm).filter(pk=pk).first()
    if found is None:
        raise NotThere(_("There is no such release."))
    return found


def release_named(name: str, *, by_arm: bool) -> Release:
    found = releases(by_arm=by_arm).filter(name=name).first()
    if found is None:
        raise NotThere(_("There is no such release."))
    return found


def downloads_of(release: Release) -> Sequence[Any]:
    found = ReleaseDownload.objects.filter(release=release).annotate(name=F("by__name"))
    return found.order_by("-id")[:50]


def copies_of(centre: Centre) -> Sequence[CertifiedCopy]:
    """Certified copies of a centre, newest first."""
    found = CertifiedCopy.objects.filter(centre=centre).select_related("centre", "asked_by")
    return found.order_by("-id")


def copy_for(centre: Centre, pk: int) -> CertifiedCopy:
    found = copies_of(centre).filter(pk=pk).first()
    if found is None:
        raise NotThere(_("There is no such copy."))
    return found
