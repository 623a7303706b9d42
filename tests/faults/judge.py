"""Afterwards: is everything there that was acknowledged, once, and the rest whole or not at all?"""

import io
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from analysis import broker, reads
from crf.models import Entry, Participant
from randomisation.arms.doors import custody, table
from randomisation.models import Allocation, Dispensing, KitStatus, Scheme
from randomisation.scheme import Plan
from reminet_site.clock import now
from reminet_site.context import acting
from reminet_site.local.environment import ROOT
from reminet_site.roles import Role
from tests import people
from tests.allocations import SYSTEM
from tests.faults.clients import Book

# Changed by every save: each has as many rows in the trail as its entry has versions.
ITEMS = ("term", "grade", "related", "action", "outcome", "comment")
SECONDS_FOR_A_RUN = 200.0


@dataclass
class Verdict:
    """Counts, a line each, and what is wrong."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def count(self, what: str, **numbers: int) -> None:
        said = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in numbers.items())
        self.lines.append(f"{what:12} {said}")

    def wrong(self, sentence: str, found: object) -> None:
        if found:
            self.faults.append(f"{sentence}: {found}")


def saves(book: Book, verdict: Verdict) -> None:
    """Each acknowledged save is in the trail and in an entry, once; the others whole or absent."""
    sql = (
        "SELECT t.row_id, t.item, coalesce(t.new, '') FROM audit.trail t"
        " WHERE t.relation = 'crf_entry' AND t.form = 'AE' ORDER BY t.id"
    )
    with acting(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = [row for row in cursor.fetchall() if row[1] in ITEMS]
        entries = {str(entry.pk): entry for entry in Entry.objects.filter(form="AE")}
    found = Counter(tag_of(value) for _, item, value in rows if item == "term")
    told = Counter(tag_of(value) for _, item, value in rows if item == "comment")
    changes = Counter((row, item) for row, item, _ in rows)
    last = {row: tag_of(value) for row, item, value in rows if item == "term"}
    lost = {tag for tag in book.saved if not found[tag]}
    doubled = {tag for tag, n in found.items() if n > 1}
    left = sum(found[tag] > 0 for tag in book.abandoned)
    verdict.count(
        "saves", acknowledged=len(book.saved), found=len(book.saved) - len(lost), lost=len(lost),
        doubled=len(doubled), not_acknowledged=len(book.abandoned), of_them_whole=left,
        of_them_not_there=len(book.abandoned) - left,
    )  # fmt: skip
    verdict.wrong("acknowledged and lost", sorted(lost))
    verdict.wrong("saved twice", sorted(doubled))
    verdict.wrong("half saved", sorted(+(found - told) + +(told - found)))
    verdict.wrong("nobody sent it", sorted(set(found) - book.saved - book.abandoned))
    versions = {
        f"{pk} {item}": (changes[pk, item], entry.version)
        for pk, entry in entries.items()
        for item in ITEMS
        if changes[pk, item] != entry.version
    }
    verdict.wrong("rows of the trail and versions differ", versions)
    stale = [pk for pk, one in entries.items() if tag_of(one.data["term"]) != last.get(pk)]
    verdict.wrong("the entry is not what the trail says last", stale)


def tag_of(value: str) -> str:
    return value.strip('"').split()[-1] if value.strip('"') else ""


def allocations(book: Book, verdict: Verdict) -> None:
    """Facts, vault and marginals agree; nobody has two, no kit is given twice."""
    with acting(SYSTEM):
        made = list(Allocation.objects.select_related("kit", "participant"))
        given = list(Dispensing.objects.values_list("kit__number", flat=True))
        scheme = Scheme.objects.get()
        arms = table.table(by=SYSTEM, reason="fault run")
        kits = custody.kit_contents([one.kit.number for one in made], by=SYSTEM)
        strata = {one.randomisation_number: one.strata for one in made}
        replay = custody.check(scheme.name, Plan.from_json(scheme.plan), strata, by=SYSTEM)
        randomised = Participant.objects.exclude(randomisation_number=None)
        numbers = dict(randomised.values_list("code", "randomisation_number"))
    facts = {one.participant.code: (one.randomisation_number, one.kit.number) for one in made}
    lost = {code for code, told in book.allocated.items() if facts.get(code) != told}
    doubled = len(made) - len(facts)
    left = sum(code in facts for code in book.left)
    verdict.count(
        "allocations", acknowledged=len(book.allocated), found=len(book.allocated) - len(lost),
        lost=len(lost), doubled=doubled, not_acknowledged=len(book.left), of_them_whole=left,
        of_them_not_there=len(book.left) - left,
    )  # fmt: skip
    verdict.wrong("acknowledged and lost", sorted(lost))
    verdict.wrong("participants with two", doubled)
    verdict.wrong("kits given twice", [kit for kit, n in Counter(given).items() if n > 1])
    verdict.wrong("nobody asked for it", sorted(set(facts) - set(book.allocated) - book.left))
    verdict.wrong("numbers with gaps", sorted(strata) != numbered(len(made)) and sorted(strata))
    verdict.wrong("places issued without an allocation", scheme.issued - len(made))
    verdict.wrong("a fact without an arm, or the reverse", set(arms) ^ set(strata))
    verdict.wrong("kit of another arm", count_of_wrong_kits(made, arms, kits))
    verdict.wrong("a kit that is not marked as given", [
        one.kit.number for one in made if one.kit.status != KitStatus.DISPENSED
    ])  # fmt: skip
    half = {code: numbers.get(code) for code, told in facts.items() if numbers.get(code) != told[0]}
    verdict.wrong("half allocated", half or sorted(set(numbers) - set(facts)))
    verdict.wrong("decisions that a replay denies", len(replay.differ))


def numbered(count: int) -> list[str]:
    return [f"R-{n:04d}" for n in range(1, count + 1)]


def count_of_wrong_kits(made: list[Allocation], arms: dict, kits: dict) -> int:
    return sum(arms.get(one.randomisation_number) != kits[one.kit.number] for one in made)


def trail(folder: Path, verdict: Verdict) -> None:
    """The export of the whole trail, and the stand-alone verifier over it and its anchors."""
    auditor = people.person(Role.AUDITOR)
    call_command("anchor", stdout=io.StringIO())
    file = folder / "trail.jsonl"
    call_command("export_trail", str(file), by=auditor.email, stdout=io.StringIO())
    key = io.StringIO()
    call_command("anchor", "--key", stdout=key)
    words = [sys.executable, str(ROOT / "reminet_site" / "trail" / "verify.py"), str(file)]
    words += [str(folder / "files" / "anchors"), "--key", key.getvalue().strip()]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    verdict.lines.append(f"{'trail':12} {done.stdout.strip() or done.stderr.strip()}")
    verdict.wrong("the trail does not verify", done.returncode and done.stdout.strip())


def analysis(verdict: Verdict) -> None:
    """The workers take the blinded interim again, through the broker, and end it."""
    asked, began = now(), time.monotonic()
    broker.send("analysis.tasks.blinded_interim")
    while time.monotonic() - began < SECONDS_FOR_A_RUN:
        with acting(SYSTEM):
            shown = reads.blinded_state().shown
        if shown and max(filter(None, (shown.checked_at, shown.finished_at))) > asked:
            seconds = time.monotonic() - began
            verdict.lines.append(f"{'interim':12} ran again in {seconds:.0f} s")
            return
        time.sleep(0.5)
    verdict.wrong("the interim analysis did not run again", "no run")
