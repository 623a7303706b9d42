"""What a worker does for a release: claim it, cut the data, write, reconcile, pack, hash."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from analysis import cuts, extraction, rules
from analysis.models import Release, ReleaseState, Snapshot
from analysis.plans import conventions_of, plan_hash
from analysis.release import bundle, central, derived, deviations, layout
from crf import study
from crf.definition import Definition
from crf.models import DefinitionVersion
from reminet_site import build, defects
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal

log = logging.getLogger("reminet.analysis")
ACTOR = Actor.system("release")
STALE = timedelta(minutes=60)
BEFORE, AFTER = 2, 3  # steps before the first form and after the last

Arms = Callable[[str], Mapping[str, str]]


def folder() -> Path:
    found = Path(settings.DATA_DIR) / "releases"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def path_of(release: Release) -> Path:
    """Where the file of a release lies; named by the row, never by a request."""
    return folder() / release.file_name


@transaction.atomic(savepoint=False)
def claim(release_id: int, blind: bool) -> Release | None:
    free = Q(state=ReleaseState.WAITING) | Q(
        state=ReleaseState.RUNNING, started_at__lt=now() - STALE
    )
    mine = Release.objects.filter(free, pk=release_id, blind=blind)
    if not mine.update(state=ReleaseState.RUNNING, started_at=now(), stage="cutting", step=0):
        return None
    return Release.objects.get(pk=release_id)


def release(release_id: int, *, blind: bool, arms: Arms | None = None) -> Release | None:
    """Make the file of a waiting release; None where another worker has it or it is done."""
    with acting(ACTOR):
        claimed = claim(release_id, blind)
    if claimed is None:
        return None
    try:
        return build_it(claimed, arms)
    except Exception as error:
        sentence = (
            error.sentence if isinstance(error, Refusal) else "The worker failed; see its log."
        )
        with acting(ACTOR):
            Release.objects.filter(pk=claimed.pk).update(
                state=ReleaseState.FAILED, problem=sentence[:300], finished_at=now(), stage=""
            )
        if isinstance(error, Refusal):
            return None
        raise


def build_it(claimed: Release, arms: Arms | None) -> Release:
    if not claimed.blind:
        with acting(ACTOR):
            rules.check_locked()
            rules.check_blind_open()
    snapshot = cuts.take(by=ACTOR, user_id=claimed.asked_by_id, cutoff_on=claimed.cutoff_on)
    arm_of = arms(f"release {claimed.name}") if arms and not claimed.blind else None
    with tempfile.TemporaryDirectory(dir=folder(), prefix=".making-") as scratch:
        inside = Path(scratch) / claimed.name
        inside.mkdir()
        manifest = write(claimed, snapshot, inside, arm_of)
        tell(claimed, "packing")
        packed = Path(scratch) / claimed.file_name
        bundle.pack(inside, packed, claimed.name)
        sha256, size = bundle.hash_of(packed), packed.stat().st_size
        os.replace(packed, path_of(claimed))
        shutil.rmtree(inside)
    rows = sum(one["rows"] for one in manifest["files"] if one["rows_in_database"] is not None)
    with acting(ACTOR):
        for name, value in {
            "state": ReleaseState.DONE,
            "stage": "",
            "snapshot": snapshot,
            "sha256": sha256,
            "size": size,
            "rows": rows,
            "manifest": manifest,
            "finished_at": now(),
        }.items():
            setattr(claimed, name, value)
        claimed.save()
    return claimed


def write(
    claimed: Release, snapshot: Snapshot, inside: Path, arm_of: Mapping[str, str] | None
) -> dict[str, Any]:
    """Every file of the release into the folder; refused where rows are lost or made up."""
    with acting(ACTOR):
        definitions = definitions_newest_first(snapshot)
    tables, left_out = layout.tables(definitions), []
    if claimed.blind:
        tables, left_out = layout.without_free_text(tables)
        left_out = [*left_out, (central.COUNTED, central.FREE)]
    claimed.steps = BEFORE + len(layout.forms(definitions)) + AFTER
    tell(claimed, "deriving")
    by_arm = arm_of is not None
    people = [row for kind, row in cuts.read(snapshot) if kind == "participant"]
    cases = {case.code: case for case in extraction.of_snapshot(snapshot).cases}
    counts = snapshot.counts
    rows = derived.rows(people, cases, arm_of, conventions_of(definitions[0]))
    files = [bundle.write_participants(inside, rows, by_arm, counts["participants"])]
    files.append(
        bundle.write_deviations(
            inside, deviations.rows(people, entries_of(snapshot), snapshot.cutoff_on)
        )
    )
    entries = entries_of(snapshot)
    centre_of = {one["code"]: one["centre"] for one in people}
    readings = (row for kind, row in cuts.read(snapshot) if kind == "reading")
    files.append(
        bundle.write_central(
            inside, readings, centre_of, claimed.blind, counts.get(central.COUNTED, 0)
        )
    )
    files += bundle.write_forms(
        inside, entries, tables, centre_of, counts, lambda form: tell(claimed, f"table {form}")
    )
    files.append(bundle.write_codebook(inside, tables, by_arm, claimed.blind))
    files.append(bundle.write_defects(inside, defects.known()))
    tell(claimed, "reconciling")
    lost = [one.name for one in files if not one.reconciled]
    if lost or set(counts) - {"participants", central.COUNTED} - {t.counted_as for t in tables}:
        raise Refusal(f"Rows in files and in the database differ: {', '.join(lost) or 'a form'}.")
    return bundle.write_manifest(inside, head(claimed, snapshot, definitions[0], left_out), files)


def entries_of(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    return (row for kind, row in cuts.read(snapshot) if kind == "entry")


def definitions_newest_first(snapshot: Snapshot) -> list[Definition]:
    """The definition at the cut, then every other published one, newest first."""
    found = DefinitionVersion.objects.filter(published_at__lte=snapshot.taken_at).order_by("-id")
    made = [study.study_of(pk).definition for pk in found.values_list("id", flat=True)]
    return made or [study.current().definition]


def head(
    claimed: Release, snapshot: Snapshot, definition: Definition, left_out: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """What the manifest says beside the files; no clock but the cut's."""
    return {
        "release": claimed.name,
        "trial": definition.trial.code,
        "note": claimed.note,
        "blind": claimed.blind,
        "free_text": "left out" if claimed.blind else "as it was written",
        "left_out": [{"form": form, "item": item} for form, item in left_out],
        "cut": {
            "code": snapshot.code,
            "sha256": snapshot.sha256,
            "data_at": snapshot.data_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cutoff_on": str(snapshot.cutoff_on),
        },
        "definition": {"version": definition.trial.version, "sha256": definition.sha256},
        "plan": plan_hash(definition),
        "build": build.identity().as_json(),
    }


def tell(claimed: Release, stage: str) -> None:
    """The page shows this stage, one step on."""
    claimed.step, claimed.stage = claimed.step + 1, stage
    with acting(ACTOR):
        Release.objects.filter(pk=claimed.pk).update(
            step=claimed.step, steps=claimed.steps, stage=stage
        )
