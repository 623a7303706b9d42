"""When the allocation, the kits and the unblinding say no. No sentence depends on an arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from crf.definition import Definition
from crf.models import Participant
from crf.rules import check_form_of_visit
from randomisation.methods.kit_file import KitDefect, NewKit, check_kits
from randomisation.models import Kit, KitStatus, Shipment
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.typed import said

LONGEST = 2000
INJECTION = "INJ"  # the form of a visit at which a kit is given


def not_enough(centre: Centre) -> Refusal:
    return Refusal(f"Not randomised. {centre.name} does not hold enough kits. Nothing was drawn.")


def not_enough_to_dispense(centre: Centre) -> Refusal:
    return Refusal(f"No kit was taken. {centre.name} does not hold enough kits; ask for more.")


def check_centre_open(centre: Centre) -> None:
    if centre.opened_on is None or centre.closed_on is not None:
        raise Refusal(f"Not randomised. {centre.name} is not open.")


def check_not_locked(locked: bool) -> None:
    if locked:
        raise Refusal("The trial is locked: nobody is randomised and no kit is given.")


def check_eligible(open_criteria: Sequence[str]) -> None:
    """`open_criteria`: numbers of the criteria that are not satisfied or not known."""
    if open_criteria:
        named = ", ".join(open_criteria[:6]) + (" and more" if len(open_criteria) > 6 else "")
        word = "Criterion" if len(open_criteria) == 1 else "Criteria"
        raise Refusal(f"Not randomised. {word} {named}: not satisfied. Nothing was drawn.")


def check_strata(found: Mapping[str, str], confirmed: Mapping[str, str]) -> None:
    """Every stratum is known, and is what the person confirmed."""
    for name, level in found.items():
        if not level:
            raise Refusal(f"Not randomised. The stratum {name} is not known from the forms yet.")
    for name, level in found.items():
        said = confirmed.get(name, "")
        if not said:
            raise Refusal(f"Confirm the stratum {name}.", item=f"stratum.{name}")
        if said != level:
            raise Refusal(
                f"Not randomised. The stratum {name} changed while the page was open. "
                "Read it again and confirm it.",
                item=f"stratum.{name}",
            )


def check_randomised(participant: Participant) -> None:
    if participant.randomisation_number is None:
        raise Refusal(f"{participant.code} is not randomised.")


def check_kit_visit(
    definition: Definition, visit: str, given: Sequence[str], entered: Collection[str]
) -> None:
    """A visit of the casebook, and at most one kit before it whose injection is not entered.

    `given`: visits that have a kit; `entered`: visits whose injection is entered. Without the
    second part a centre could take kits for visits to come until the rest tells an arm.
    """
    check_form_of_visit(definition, visit, INJECTION, 1)
    open_ones = [one for one in given if one not in entered]
    if visit not in given and len(open_ones) > 1:
        raise Refusal(f"No kit was taken. Enter the injection of {open_ones[0]} first.")


def check_kit_moves(kit: Kit, allowed: frozenset[str], what: str) -> None:
    if kit.status not in allowed:
        status = KitStatus(kit.status).label.lower()
        raise Refusal(f"Kit {kit.number} is {status}: it can't be {what}.")


def check_arrives(shipment: Shipment) -> None:
    if shipment.arrived_at is not None:
        raise Refusal(f"Shipment {shipment.number} has arrived already.")


def check_reason(text: str, why: str) -> str:
    """The text, stripped; refused where it is blank."""
    if not said(text):
        raise Refusal(f"Say why {why}.", item="reason")
    if len(text) > LONGEST:
        raise Refusal("Write 2,000 characters at most.", item="reason")
    return text.strip()


def check_no_restoration_waits(waits: bool) -> None:
    if waits:
        raise Refusal(
            "Nothing was given. The database was restored from a backup: the custodian of the "
            "lists first compares it with the allocation log."
        )


def check_not_given_before(lines: Sequence[Mapping[str, Any]]) -> None:
    """`lines` of the allocation log have given what is about to be given."""
    if lines:
        named = [line.get("number") or f"kit {line['kit']}" for line in lines[:3]]
        raise Refusal(
            f"Nothing was given. The allocation log has {', '.join(named)}"
            f"{' and more' if len(lines) > 3 else ''}, and this database does not: it is older "
            "than the log. The custodian of the lists reconciles them first."
        )


def check_new_kits(kits: Sequence[NewKit], arms: Sequence[str], today: date) -> None:
    """A delivery is taken whole or refused whole."""
    try:
        check_kits(kits, arms)
    except KitDefect as found:
        raise Refusal(str(found)) from None
    late = [kit.number for kit in kits if kit.expires_on <= today]
    if late:
        raise Refusal(f"Kit {late[0]} expired on {min(k.expires_on for k in kits)}.")
    twice = [number for number, n in Counter(k.number for k in kits).items() if n > 1]
    known = Kit.objects.filter(number__in=[k.number for k in kits]).values_list("number", flat=True)
    if twice or known:
        raise Refusal(f"Kit {(twice or list(known))[0]} exists already.")
