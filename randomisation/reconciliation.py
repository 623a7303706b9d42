"""After a restore: the database is brought up to the allocation log, by two persons.

What was given since the backup is entered again where its participant and its kit are known:
the arm is what the kit holds. Where they are not, number and kit are burnt: never given again.
No arm is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crf.actions import mark_randomised
from crf.models import Participant
from randomisation import logged
from randomisation.allocation_log import BrokenLogError, Line
from randomisation.arms.doors.reenter import knows, reenter
from randomisation.methods.plan import Plan
from randomisation.models import (
    Allocation,
    Dispensing,
    Kit,
    KitStatus,
    LostDispensing,
    LostOutcome,
    Scheme,
)
from reminet_site import build
from reminet_site.audit import note
from reminet_site.clock import day_at, now
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal
from reminet_site.models import Centre, Restoration

REASON = "Reconciled with the allocation log after a restore"


@dataclass(frozen=True, slots=True)
class Missing:
    """A line of the log that the database does not have, and what can be done about it."""

    line: Line
    participant: Participant | None
    kit: Kit | None
    why_not: str  # empty where it can be entered again

    @property
    def what(self) -> str:
        first = f"{self.line['number']} with " if self.line.get("position") else ""
        old = f" in place of kit {self.line['replaces']}" if self.line.get("replaces") else ""
        to = f"{self.line['participant']}, {self.line['visit']}"
        return f"{first}kit {self.line['kit']} to {to}{old}"


@dataclass(frozen=True, slots=True)
class Lost:
    """What a lost log would have said: the last position given, and kits given since the backup."""

    through: int = 0
    kits: tuple[str, ...] = ()


def missing() -> list[Missing]:
    """Allocations in the order of their numbers, then further kits in the order of time."""
    try:
        state = logged.log().state()
    except BrokenLogError as error:
        raise Refusal(f"The allocation log can't be used: {error}.") from None
    here = logged.here()
    given = set(Dispensing.objects.values_list("kit__number", flat=True))
    lines = [line for kit, line in state.kits.items() if kit and kit not in given]
    lines = [line for line in lines if not logged.is_void(state, line, here)]
    lines.sort(key=lambda line: (line.get("position") or 10**9, line["at"]))
    return _judged(lines, given)


def _judged(lines: Sequence[Line], given: Collection[str]) -> list[Missing]:
    """`given`: kits that the database has given."""
    numbers = [line["kit"] for line in lines]
    kits = {kit.number: kit for kit in Kit.objects.filter(number__in=numbers)}
    codes = {line["participant"] for line in lines}
    people = {
        one.code: one for one in Participant.objects.filter(code__in=codes).select_related("centre")
    }
    known = knows(numbers)
    randomised = {code for code, one in people.items() if one.randomisation_number}
    there = set(given)
    found = []
    for line in lines:
        who, kit = people.get(line["participant"]), kits.get(line["kit"])
        if who is None:
            why = "the participant is not in the database"
        elif kit is None or line["kit"] not in known:
            why = "the kit is not in the database"
        elif not line.get("position") and who.code not in randomised:
            why = "the participant is not randomised"
        elif line.get("replaces") and line["replaces"] not in there:
            why = "the kit in whose place it was given is not in the database"
        else:
            why = ""
            randomised.add(who.code)
            there.add(line["kit"])
        found.append(Missing(line, who, kit, why))
    return found


@transaction.atomic(savepoint=False)
def ask(*, lost: Lost | None = None, by: Actor) -> tuple[Restoration, list[Missing]]:
    """A reconciliation is asked for; another person confirms it. What is missing, as it stands."""
    check_log(lost)
    found = missing()
    waiting = Restoration.objects.filter(reconciled_at__isnull=True).order_by("id").last()
    if waiting is None and not _open(found):
        raise Refusal("Nothing is to be reconciled: the database has all that the log has.")
    if waiting is None:
        waiting = Restoration.objects.create(
            restored_at=now(), source="noticed by the allocation log"
        )
    waiting.asked_by_id, waiting.asked_at = by.user_id, now()
    waiting.save(update_fields=["asked_by", "asked_at"])
    return waiting, found


def _open(found: Sequence[Missing]) -> list[Missing]:
    """Without what was burnt before and still cannot be entered."""
    burnt = set(LostDispensing.objects.values_list("kit_number", flat=True))
    return [one for one in found if not one.why_not or one.line["kit"] not in burnt]


def check_log(lost: Lost | None) -> None:
    there = logged.path().exists()
    if not there and lost is None:
        raise Refusal(
            f"The allocation log is not at {logged.path()}. Bring it back from its volume. Where "
            "it is lost for ever, say up to which number and which kits the centres were given "
            "(--log-lost)."
        )
    if there and lost is not None:
        raise Refusal(f"The allocation log is at {logged.path()}: it is not lost.")


@transaction.atomic(savepoint=False)
def confirm(*, lost: Lost | None = None, by: Actor) -> tuple[Restoration, list[LostDispensing]]:
    """Carried out in the name of the second person: numbers and kits are never given again."""
    check_log(lost)
    scheme = Scheme.objects.select_for_update().order_by("id").first()
    waiting = (
        Restoration.objects.select_for_update()
        .filter(reconciled_at__isnull=True, asked_by__isnull=False)
        .order_by("id")
        .last()
    )
    if waiting is None:
        raise Refusal("No reconciliation was asked for.")
    if waiting.asked_by_id == by.user_id:
        raise Refusal("Another person confirms the reconciliation than the one who asked for it.")
    at = now()
    with because(REASON):
        # first, so that what follows may be given
        Restoration.objects.filter(reconciled_at__isnull=True).update(
            asked_by_id=waiting.asked_by_id,
            asked_at=waiting.asked_at,
            reconciled_by_id=by.user_id,
            reconciled_at=at,
        )
        found = _open(missing())
        done = [_settle(one, scheme, waiting, at, by) for one in found]
        by_hand = _burn_by_hand(lost, waiting, at)
        last = max(logged.log().state().last_position, lost.through if lost else 0)
        if scheme is not None and scheme.issued < last:
            Scheme.objects.filter(pk=scheme.pk).update(issued=last)
    _tell_log([one.line for one in found], done, lost)
    done += by_hand
    entered = sum(one.outcome == LostOutcome.ENTERED for one in done)
    note("reconcile", waiting.source, detail=f"{entered} entered, {len(done) - entered} burnt")
    return waiting, done


def _settle(
    one: Missing, scheme: Scheme | None, restoration: Restoration, at: datetime, by: Actor
) -> LostDispensing:
    if one.why_not or scheme is None:
        outcome = LostOutcome.BURNT
        _set_aside([one.line["kit"]])
    else:
        outcome = LostOutcome.ENTERED
        _enter(one, scheme, by)
    row, made = LostDispensing.objects.get_or_create(
        kit_number=one.line["kit"],
        defaults={
            "restoration": restoration,
            "centre": Centre.objects.filter(code=_centre(one.line)).first(),
            "participant_code": one.line["participant"],
            "visit": one.line["visit"],
            "position": one.line.get("position"),
            "randomisation_number": one.line.get("number", ""),
            "given_at": datetime.fromisoformat(one.line["at"]),
            "outcome": outcome,
            "at": at,
        },
    )
    if not made and row.outcome != outcome:
        row.outcome, row.at = outcome, at
        row.save(update_fields=["outcome", "at"])
    return row


def _centre(line: Line) -> str:
    """FR-05 of FR-05-003."""
    return str(line["participant"]).rpartition("-")[0]


def _enter(one: Missing, scheme: Scheme, by: Actor) -> None:
    """The kit, the allocation where it is one, and the dispensing, as they were given."""
    line, who, kit = one.line, one.participant, one.kit
    assert who is not None
    assert kit is not None
    at = datetime.fromisoformat(line["at"])
    clinical_at = datetime.fromisoformat(line["clinical_at"])
    today = day_at(clinical_at, who.centre)
    Kit.objects.filter(pk=kit.pk).update(status=KitStatus.DISPENSED, centre=who.centre)
    if line.get("position"):
        reenter(
            scheme=scheme.name,
            plan=Plan.from_json(scheme.plan),
            number=line["number"],
            place=line["position"],
            levels=line["strata"],
            kit=line["kit"],
            after=scheme.issued,
            code=build.commit(),
            by=by,
        )
        Allocation.objects.create(
            participant=who,
            centre_id=who.centre_id,
            scheme=scheme,
            randomisation_number=line["number"],
            strata=line["strata"],
            kit=kit,
            allocated_at=at,
            clinical_at=clinical_at,
        )
        mark_randomised(participant=who, number=line["number"], at=clinical_at, on=today, by=by)
    before = Dispensing.objects.filter(kit__number=line.get("replaces", "")).first()
    if before:
        Kit.objects.filter(pk=before.kit_id).update(status=KitStatus.QUARANTINED)
    Dispensing.objects.create(
        participant=who,
        centre_id=who.centre_id,
        replaces=before,
        visit=line["visit"],
        turn=Dispensing.objects.filter(participant=who).count() + 1,
        kit=kit,
        dispensed_on=today,
        dispensed_at=at,
    )


def _set_aside(numbers: Collection[str]) -> None:
    """Kits that stay with their centre and are given to nobody."""
    Kit.objects.filter(number__in=numbers).exclude(status=KitStatus.DISPENSED).update(
        status=KitStatus.QUARANTINED
    )


def _burn_by_hand(
    lost: Lost | None, restoration: Restoration, at: datetime
) -> list[LostDispensing]:
    if lost is None:
        return []
    known = set(Dispensing.objects.values_list("kit__number", flat=True))
    known |= set(LostDispensing.objects.values_list("kit_number", flat=True))
    numbers = [number for number in lost.kits if number not in known]
    _set_aside(numbers)
    return [
        LostDispensing.objects.create(
            restoration=restoration,
            kit_number=number,
            given_at=at,
            outcome=LostOutcome.BURNT,
            at=at,
        )
        for number in numbers
    ]


def _tell_log(lines: Sequence[Line], done: Sequence[LostDispensing], lost: Lost | None) -> None:
    """The log says how each of them ended, with all that it knew of it."""
    new = {"n", "previous", "hash", "kind", "database", "transaction"}
    facts: list[Line] = [
        {name: value for name, value in line.items() if name not in new} | {"kind": row.outcome}
        for line, row in zip(lines, done, strict=True)
    ]
    if lost:
        facts += [{"kind": "burnt", "kit": number} for number in lost.kits]
        facts.append({"kind": "burnt", "position": lost.through})
    if facts:
        logged.log().append(facts)
        logged.log().flush()
