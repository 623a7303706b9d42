"""What a worker does for a certified copy: claim it, make it with the asker's rights, keep it for a
while, remove it."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from analysis.copy import pdf
from analysis.copy.write import Written, write
from analysis.release import bundle
from crf.models import Participant
from reminet_site.clock import clinical_now, now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import CertifiedCopy, CertifiedCopyState
from reminet_site.roles import Verb

log = logging.getLogger("reminet.analysis")
MAKER = Actor.system("certified copy")
STALE = timedelta(minutes=60)
KEPT = timedelta(days=14)  # the file; its record stays
STEPS = 4  # reading, tables, signing, packing; then the casebooks, and the volumes of the PDF


def folder() -> Path:
    found = Path(settings.DATA_DIR) / "copies"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def path_of(copy: CertifiedCopy) -> Path:
    """Where the file lies; named by the row, never by a request."""
    return folder() / copy.file_name


@transaction.atomic(savepoint=False)
def claim(pk: int) -> CertifiedCopy | None:
    free = Q(state=CertifiedCopyState.WAITING) | Q(
        state=CertifiedCopyState.RUNNING, started_at__lt=now() - STALE
    )
    started = {"state": CertifiedCopyState.RUNNING, "started_at": now(), "stage": "", "step": 0}
    if not CertifiedCopy.objects.filter(free, pk=pk).update(**started):
        return None
    return CertifiedCopy.objects.select_related("centre", "asked_by").get(pk=pk)


def make(pk: int) -> CertifiedCopy | None:
    """The file of a waiting row; None where another worker has it, or it is made or refused."""
    with acting(MAKER):
        claimed = claim(pk)
    if claimed is None:
        return None
    try:
        return build(claimed)
    except Exception as error:
        sentence = (
            error.sentence if isinstance(error, Refusal) else "The worker failed; see its log."
        )
        with acting(MAKER):
            CertifiedCopy.objects.filter(pk=pk).update(
                state=CertifiedCopyState.FAILED,
                problem=sentence[:300],
                finished_at=clinical_now(),
                stage="",
            )
        if isinstance(error, Refusal):
            return None
        raise


def build(claimed: CertifiedCopy) -> CertifiedCopy:
    by = Actor.of(claimed.asked_by, Verb.TAKE_COPY)  # with the rights of this moment
    with acting(MAKER):
        claimed.data_at = clinical_now()  # the file says the server's
        people = Participant.objects.filter(centre=claimed.centre).count()
    claimed.steps = STEPS + people + -(-people // pdf.VOLUME)
    with tempfile.TemporaryDirectory(dir=folder(), prefix=".making-") as scratch:
        inside = Path(scratch) / claimed.name
        inside.mkdir()
        written = write(
            inside,
            name=claimed.name,
            centres=[claimed.centre],
            by=by,
            tell=teller(claimed),
        )
        teller(claimed)("packing")
        packed = Path(scratch) / claimed.file_name
        bundle.pack(inside, packed, claimed.name)
        shutil.rmtree(inside)
        return kept(claimed, packed, written)


def kept(claimed: CertifiedCopy, packed: Path, written: Written) -> CertifiedCopy:
    """The file is in its place, and the row says what it is."""
    claimed.sha256, claimed.size = bundle.hash_of(packed), packed.stat().st_size
    os.replace(packed, path_of(claimed))
    claimed.state, claimed.stage, claimed.finished_at = CertifiedCopyState.DONE, "", clinical_now()
    claimed.changes = written.contents.changes
    claimed.rows = sum(written.contents.rows.values())
    claimed.differences = len(written.contents.differences)
    with acting(MAKER):
        claimed.save()
    return claimed


def teller(claimed: CertifiedCopy) -> Callable[[str], None]:
    """The page shows each stage, one step on."""

    def tell(stage: str) -> None:
        claimed.step, claimed.stage = claimed.step + 1, stage[:40]
        with acting(MAKER):
            CertifiedCopy.objects.filter(pk=claimed.pk).update(
                step=claimed.step, steps=claimed.steps, stage=claimed.stage
            )

    return tell


def remove_old() -> int:
    """Files that were kept long enough go; how many."""
    with acting(MAKER):
        old = CertifiedCopy.objects.filter(
            state=CertifiedCopyState.DONE, removed_at=None, finished_at__lt=clinical_now() - KEPT
        )
        for one in (found := list(old.select_related("centre"))):
            path_of(one).unlink(missing_ok=True)
            one.removed_at = clinical_now()
            one.save(update_fields=["removed_at"])
        return len(found)
