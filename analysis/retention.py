"""The end of retention: what is due on a day, asked for by one person, deleted by another's word.

Only what was made along the way is deleted here: files of releases, of the trail and of certified
copies, drafts, ended sessions, mails that are files, logs that were put aside, counts of wrong
passwords. The data themselves, the trail and the database are kept; their end is an act of the
operators (docs/privacy.md).
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from analysis.copy import make as certified
from analysis.models import Deletion, Release, ReleaseState
from analysis.release import make
from crf import study
from crf.definition.plan import Retention
from crf.models import Draft
from reminet_site.audit import note
from reminet_site.clock import clinical_now, day_at
from reminet_site.context import Actor
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import CertifiedCopy, CertifiedCopyState, Session
from reminet_site.trail import copies
from reminet_site.trail.models import CopyState, TrailCopy

log = logging.getLogger("reminet")
COPY_DAYS = certified.KEPT.days


KINDS = (
    "release",
    "file of the trail",
    "certified copy",
    "draft",
    "sessions",
    "mail",
    "log",
    "wrong passwords",
)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing whose retention has ended. `since` and `due` are days as 2026-11-23."""

    kind: str  # one of KINDS
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
        *certified_copies(on, COPY_DAYS),
        *drafts(on, kept.draft_days),
        *sessions(on, kept.session_days),
        *files("mail", mails(), on, kept.mail_days),
        *files("log", logs(), on, kept.log_days),
        *attempts(on, kept.attempt_days),
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


def certified_copies(on: date, days: int) -> Iterator[Due]:
    """Those whose file a worker should have removed and did not; their record stays."""
    made = CertifiedCopy.objects.filter(
        state=CertifiedCopyState.DONE, removed_at=None, finished_at__lt=before(on, days)
    )
    for copy in made.select_related("centre").order_by("id"):
        yield one("certified copy", copy.file_name, copy.finished_at, days)


def mails() -> Iterable[Path]:
    """Mails that were written as files, where no mail server is set."""
    return sorted((Path(settings.DATA_DIR) / "mail").glob("*.log"))


def logs() -> Iterable[Path]:
    """Logs that the supervisor put aside; elsewhere they are the operators' (LOG_DIR is unset)."""
    return sorted(Path(settings.LOG_DIR).glob("*.log.*")) if settings.LOG_DIR else ()


def files(kind: str, found: Iterable[Path], on: date, days: int) -> Iterator[Due]:
    """By the moment at which each was last written."""
    for path in found:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written < before(on, days):
            yield one(kind, path.name, written, days)


def attempts(on: date, days: int) -> Iterator[Due]:
    """In one line: an account as it was typed may be anything. The trail keeps what happened."""
    old = AccessAttempt.objects.filter(attempt_time__lt=before(on, days)).order_by("attempt_time")
    last = old.last()
    if last:
        yield one("wrong passwords", "every count until then", last.attempt_time, days)


@transaction.atomic(savepoint=False)
def ask(*, by: Actor) -> Deletion:
    """The first of two persons puts the list on record; nothing is deleted yet."""
    on = today()
    found = due(on)
    if not found:
        raise Refusal(_("Nothing is due today."))
    if Deletion.objects.filter(confirmed_at__isnull=True).exists():
        raise Refusal(_("A list waits for its second person already."))
    return Deletion.objects.create(
        due_on=on,
        items=[asdict(item) for item in found],
        asked_by_id=by.user_id,
        asked_at=clinical_now(),
    )


@transaction.atomic(savepoint=False)
def confirm(*, pk: int, by: Actor) -> Deletion:
    """What is on the list, and still due, is gone; who listed it does not confirm it."""
    asked = Deletion.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if asked is None:
        raise NotThere(_("No such list."))
    if asked.confirmed_at is not None:
        raise Refusal(_("This list was confirmed already."))
    if asked.asked_by_id == by.user_id:
        raise Refusal(_("A second person confirms: you asked for it yourself."))
    asked.confirmed_by_id, asked.confirmed_at = by.user_id, clinical_now()
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
    elif item.kind == "wrong passwords":
        AccessAttempt.objects.filter(attempt_time__lt=before(on, kept.attempt_days)).delete()
    else:
        if item.kind == "certified copy":
            removed(item.name)
        folder = folder_of(item.kind)
        transaction.on_commit(lambda: unlink(folder / Path(item.name).name))


def folder_of(kind: str) -> Path:
    """Where the files of a kind lie; KeyError for a kind that has none."""
    folders = {
        "release": make.folder,
        "file of the trail": copies.folder,
        "certified copy": certified.folder,
        "mail": lambda: Path(settings.DATA_DIR) / "mail",
        "log": lambda: Path(settings.LOG_DIR),
    }
    return folders[kind]()


def removed(file_name: str) -> None:
    """The record of the certified copy says that its file is gone."""
    for copy in CertifiedCopy.objects.filter(removed_at=None).select_related("centre"):
        if copy.file_name == file_name:
            copy.removed_at = clinical_now()
            copy.save(update_fields=["removed_at"])


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
