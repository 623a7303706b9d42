"""The end of retention: what is due on a day, asked for by one person, deleted by another's word.

Only what was made of the trial's data is deleted here: files of releases and of the trail, drafts,
ended sessions. The data themselves, the trail and the database are kept; their end is an act of
the operators (docs/privacy.md).
"""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.db import transaction

from analysis.models import Deletion, Release, ReleaseState
from analysis.release import make
from crf import study
from crf.definition.plan import Retention
from crf.models import Draft
from reminet_site.audit import note
from reminet_site.clock import clinical_now, day_at, now
from reminet_site.context import Actor
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Session
from reminet_site.trail import copies
from reminet_site.trail.models import CopyState, TrailCopy

log = logging.getLogger("reminet")


@dataclass(frozen=True, slots=True)
class Due:
    """One thing whose retention has ended. `since` and `due` are days as 2026-11-23."""

    kind: str  # release | file of the trail | draft | sessions
    name: str
    since: str
    due: str


def periods() -> Retention:
    return study.current().definition.trial.retention


def today() -> date:
    """The trial's day: the server's, but in a demonstration."""
    return day_at(clinical_now(), None)


def due(on: date) -> list[Due]:
    """Everything whose retention has ended on that day; nothing is changed."""
    kept = periods()
    return [
        *releases(on, kept.release_days),
        *trail_files(on, kept.trail_file_days),
        *drafts(on, kept.draft_days),
        *sessions(on, kept.session_days),
    ]


def before(on: date, days: int) -> datetime:
    """What happened earlier than this moment was due by the end of that day."""
    return datetime.combine(on - timedelta(days=days - 1), time(), UTC)


def one(kind: str, name: str, at: datetime, days: int) -> Due:
    since = at.astimezone(UTC).date()
    return Due(kind, name, since.isoformat(), (since + timedelta(days=days)).isoformat())


def releases(on: date, days: int) -> Iterator[Due]:
    made = Release.objects.filter(state=ReleaseState.DONE, finished_at__lt=before(on, days))
    for release in made.order_by("id"):
        if make.path_of(release).exists():
            yield one("release", release.file_name, release.finished_at, days)


def trail_files(on: date, days: int) -> Iterator[Due]:
    made = TrailCopy.objects.filter(state=CopyState.DONE, finished_at__lt=before(on, days))
    for copy in made.order_by("id"):
        if copies.path_of(copy).exists():
            yield one("file of the trail", copy.file_name, copy.finished_at, days)


def drafts(on: date, days: int) -> Iterator[Due]:
    old = Draft.objects.filter(saved_at__lt=before(on, days)).select_related("centre")
    for draft in old.order_by("id"):
        yield one("draft", f"{draft.pk} at {draft.centre.code}", draft.saved_at, days)


def sessions(on: date, days: int) -> Iterator[Due]:
    """All of them in one line: a session's key is a secret, and its person is nobody's business."""
    ended = Session.objects.filter(expire_date__lt=before(on, days)).order_by("expire_date").last()
    if ended:
        yield one("sessions", "every session that ended by then", ended.expire_date, days)


@transaction.atomic(savepoint=False)
def ask(*, by: Actor) -> Deletion:
    """The first of two persons puts the list on record; nothing is deleted yet."""
    on = today()
    found = due(on)
    if not found:
        raise Refusal("Nothing is due today.")
    if Deletion.objects.filter(confirmed_at__isnull=True).exists():
        raise Refusal("A list waits for its second person already.")
    return Deletion.objects.create(
        due_on=on,
        items=[asdict(item) for item in found],
        asked_by_id=by.user_id,
        asked_at=now(),
    )


@transaction.atomic(savepoint=False)
def confirm(*, pk: int, by: Actor) -> Deletion:
    """What is on the list, and still due, is gone; who listed it does not confirm it."""
    asked = Deletion.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if asked is None:
        raise NotThere("No such list.")
    if asked.confirmed_at is not None:
        raise Refusal("This list was confirmed already.")
    if asked.asked_by_id == by.user_id:
        raise Refusal("A second person confirms: you asked for it yourself.")
    asked.confirmed_by_id, asked.confirmed_at = by.user_id, now()
    asked.save(update_fields=["confirmed_by_id", "confirmed_at"])
    for item in asked.items:
        delete(Due(**item), asked.due_on)
        note("deletion", f"{item['kind']} {item['name']}", detail=f"list {asked.pk}")
    return asked


def delete(item: Due, on: date) -> None:
    """A row goes with this transaction, a file once it is committed."""
    kept = periods()
    if item.kind == "draft":
        pk = int(item.name.partition(" ")[0])
        Draft.objects.filter(pk=pk, saved_at__lt=before(on, kept.draft_days)).delete()
    elif item.kind == "sessions":
        Session.objects.filter(expire_date__lt=before(on, kept.session_days)).delete()
    else:
        folder = make.folder() if item.kind == "release" else copies.folder()
        transaction.on_commit(lambda: unlink(folder / Path(item.name).name))


def unlink(path: Path) -> None:
    """A file that cannot be deleted is due again tomorrow."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("a file whose retention ended was not deleted: %s", type(error).__name__)


def deleted_on(file_name: str) -> date | None:
    """The day on which a file went at the end of its retention."""
    gone = Deletion.objects.filter(
        confirmed_at__isnull=False, items__contains=[{"name": file_name}]
    ).first()
    return gone.confirmed_at.date() if gone and gone.confirmed_at else None
