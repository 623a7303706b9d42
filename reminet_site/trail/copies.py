"""A search of the trail as a CSV file: asked for, made by a worker, handed to the one who asked."""

import csv
import hashlib
import logging
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from reminet_site import build
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import NotThere, Refusal
from reminet_site.roles import Verb
from reminet_site.spreadsheet import neutral
from reminet_site.trail import reads
from reminet_site.trail.models import CopyState, TrailCopy
from reminet_site.trail.search import Search
from reminet_site.wording import place_of

log = logging.getLogger("reminet")
MAKER = Actor.system("file of the audit trail")
HEADER = (
    "id", "at", "clinical_at", "user", "role", "centre", "participant", "visit", "form",
    "relation", "row", "item", "act", "old", "new", "reason", "query", "build",
)  # fmt: skip


@transaction.atomic(savepoint=False)
def ask(*, search: Search, by: Actor) -> TrailCopy:
    """A worker makes the file; that it was asked for, and what, is in the trail."""
    search.check()
    copy = TrailCopy.objects.create(asked_by_id=by.user_id, asked_at=now(), search=search.asked())
    note_scope("export", copy, words(search), by)
    transaction.on_commit(lambda: send(copy.pk))
    return copy


def words(search: Search) -> str:
    return ", ".join(f"{name} {value}" for name, value in search.asked().items()) or "everything"


def send(pk: int) -> None:
    """A broker that is away costs nothing: beat looks for files that wait."""
    from reminet_site.trail.tasks import make_copy

    try:
        make_copy.apply_async(args=[pk], retry=False)
    except Exception as error:  # whatever the broker's client raises, nothing here may fail
        log.warning("the broker did not take a file of the trail: %s", type(error).__name__)


def folder() -> Path:
    found = Path(settings.DATA_DIR) / "trail"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def path_of(copy: TrailCopy) -> Path:
    return folder() / copy.file_name


def make(pk: int) -> TrailCopy | None:
    """The file of a waiting row, with the rights that its asker has now; None where it is made."""
    try:
        with acting(MAKER):
            waiting = TrailCopy.objects.select_for_update(skip_locked=True, of=("self",))
            copy = waiting.filter(pk=pk, state=CopyState.WAITING).select_related("asked_by").first()
            if copy is None:
                return None
            with acting(Actor.of(copy.asked_by, Verb.READ_AUDIT)):
                copy.rows, copy.sha256 = write(copy)
            copy.state, copy.finished_at = CopyState.DONE, now()
            copy.save(update_fields=["rows", "sha256", "state", "finished_at"])
            return copy
    except Exception as error:
        problem = error.sentence if isinstance(error, Refusal) else "The worker failed."
        with acting(MAKER):
            TrailCopy.objects.filter(pk=pk).update(
                state=CopyState.FAILED, problem=problem[:300], finished_at=now()
            )
        if isinstance(error, Refusal):
            return None
        raise


def write(copy: TrailCopy) -> tuple[int, str]:
    """(rows, SHA-256) of the file, which is there whole or not at all."""
    count = 0
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=folder(), prefix=".making-", delete=False
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in reads.every_row(Search.of(copy.search)):
            writer.writerow(cells(row))
            count += 1
    os.replace(file.name, path_of(copy))
    with path_of(copy).open("rb") as made:
        return count, hashlib.file_digest(made, "sha256").hexdigest()


def cells(row: reads.Row) -> list[str]:
    old = "[redacted]" if row.had_old and row.old is None else row.old
    new = "[redacted]" if row.had_new and row.new is None else row.new
    found = (
        row.id, row.at.isoformat(), row.clinical_at.isoformat(), row.actor, row.role, row.centre,
        row.participant, row.visit, row.form, row.relation, row.row_id, row.item, row.act, old,
        new, row.reason, row.query_id, build.commit(),
    )  # fmt: skip
    return [neutral("" if value is None else str(value)) for value in found]


def mine(by: Actor) -> list[TrailCopy]:
    return list(TrailCopy.objects.filter(asked_by_id=by.user_id).order_by("-id")[:5])


@transaction.atomic(savepoint=False)
def take(*, pk: int, by: Actor) -> TrailCopy:
    """The file goes to the one who asked; that it went is on record first."""
    copy = TrailCopy.objects.filter(pk=pk, asked_by_id=by.user_id, state=CopyState.DONE).first()
    if copy is None or not path_of(copy).exists():
        raise NotThere(_("No such file."))
    note_scope("download", copy, copy.sha256, by)
    return copy


def note_scope(act: str, copy: TrailCopy, detail: str, by: Actor) -> None:
    """The act where its rows are: of one participant, of the asker's centres, of the trial."""
    code = copy.search.get("participant", "")
    if code:
        participant, centre = place_of(code.upper())
        note(act, copy.file_name, centre_id=centre, participant_id=participant, detail=detail)
    for one in () if code else by.centres or (None,):
        note(act, copy.file_name, centre_id=one, detail=detail)
