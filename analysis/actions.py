"""Writes that people ask for: looks, the opening of the blind, the final analysis, releases.

Each has its time on the trial's clock; the trail keeps the server's too.
"""

from datetime import date

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from analysis import broker, rules, runs
from analysis.models import BlindOpening, Look, Release, ReleaseDownload, Run, RunKind
from analysis.plans import plan_hash
from analysis.signed import sign_opening
from crf import study
from reminet_site.audit import note
from reminet_site.clock import clinical_now, clinical_today
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal


def queue_up(name: str) -> None:
    """One writer at a time for this kind of thing, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"analysis {name}"])


def check_cutoff(cutoff_on: date | None) -> None:
    opened = date.fromisoformat(study.current().definition.trial.opened_on)
    rules.check_cutoff(cutoff_on, opened, clinical_today())


def check_look_reason(reason: str) -> None:
    rules.check_said(reason, _("Write why the committee looks now."))


@transaction.atomic(savepoint=False)
def ask_look(*, reason: str, by: Actor, cutoff_on: date | None = None) -> Look:
    """A look is on record from now on; an unblinded worker makes its report."""
    queue_up("look")
    check_look_reason(reason)
    definition = study.current().definition
    plan = plan_hash(definition)
    check_cutoff(cutoff_on)
    rules.check_plan_frozen(plan)
    rules.check_none_under_way(RunKind.DMC)
    last = Look.objects.aggregate(last=Max("number"))["last"] or 0
    with because(reason.strip()):
        run = runs.ask(
            kind=RunKind.DMC,
            plan=plan,
            definition=definition.sha256,
            why=f"look {last + 1}",
            user_id=by.user_id,
            cutoff_on=cutoff_on,
        )
        look = Look.objects.create(
            number=last + 1,
            run=run,
            plan=plan,
            asked_at=clinical_now(),
            asked_by_id=by.user_id,
            reason=reason.strip(),
            events_planned=definition.plan.events_planned,
        )
    broker.after_commit("analysis.tasks_unblinded.dmc_look", run.pk)
    return look


@transaction.atomic(savepoint=False)
def request_opening(*, reason: str, by: Actor) -> BlindOpening:
    """The first of two persons asks to open the blind."""
    queue_up("opening")
    rules.check_can_request_opening(rules.opening())
    rules.check_opening_reason(reason)
    with because(reason.strip()[:500]):
        made = BlindOpening.objects.create(
            id=1,
            requested_by_id=by.user_id,
            requested_role=by.role,
            requested_at=clinical_now(),
            reason=reason.strip(),
        )
        sign_opening("asked", by)
    return made


@transaction.atomic(savepoint=False)
def confirm_opening(*, by: Actor) -> BlindOpening:
    """The blind is open, for ever."""
    queue_up("opening")
    found = rules.opening()
    rules.check_can_confirm_opening(found, by)
    assert found is not None
    with because(found.reason[:500]):
        found.confirmed_by_id, found.confirmed_role = by.user_id, by.role
        found.confirmed_at = clinical_now()
        found.save(update_fields=["confirmed_by_id", "confirmed_role", "confirmed_at"])
        sign_opening("confirmed", by)
    return found


@transaction.atomic(savepoint=False)
def ask_final(*, by: Actor) -> Run:
    """The final analysis of the data as they are locked; an unblinded worker makes it."""
    queue_up("final")
    rules.check_locked()
    rules.check_blind_open()
    definition = study.current().definition
    plan = plan_hash(definition)
    rules.check_plan_frozen(plan)
    rules.check_none_under_way(RunKind.FINAL)
    run = runs.ask(
        kind=RunKind.FINAL,
        plan=plan,
        definition=definition.sha256,
        why="final analysis",
        user_id=by.user_id,
    )
    broker.after_commit("analysis.tasks_unblinded.final_analysis", run.pk)
    return run


@transaction.atomic(savepoint=False)
def ask_release(
    *, note: str, blind: bool = True, by: Actor, cutoff_on: date | None = None
) -> Release:
    """A release is asked for; a worker makes it, an unblinded one where arms are in it."""
    queue_up("release")
    rules.check_release(note)
    check_cutoff(cutoff_on)
    if not blind:
        rules.check_locked()
        rules.check_blind_open()
    stem = f"{study.current().definition.trial.code}-{clinical_today()}"
    made = Release.objects.filter(name__startswith=f"{stem}-").count()
    release = Release.objects.create(
        name=f"{stem}-{made + 1}" + ("" if blind else "-by-arm"),
        note=note.strip(),
        blind=blind,
        cutoff_on=cutoff_on,
        asked_at=clinical_now(),
        asked_by_id=by.user_id,
    )
    task = "analysis.tasks.make_release" if blind else "analysis.tasks_unblinded.make_release"
    broker.after_commit(task, release.pk)
    return release


@transaction.atomic(savepoint=False)
def record_download(*, release: Release, way: str, by: Actor) -> ReleaseDownload:
    """Who took the file is on record before a byte of it leaves."""
    rules.check_can_download(release)
    if by.user_id is None:
        raise Refusal(_("A file is handed to a person."))
    note("download", release.name, detail=f"{release.sha256} by {way}")
    return ReleaseDownload.objects.create(
        release=release, by_id=by.user_id, at=clinical_now(), way=way
    )
