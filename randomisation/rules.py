"""When the allocation, the kits and the unblinding say no. No sentence depends on an arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from crf import study
from crf.definition import Definition
from crf.definition.arm_words import named_in
from crf.models import Entry, Participant
from crf.rules import check_form_of_visit, check_not_withdrawn
from crf.words import lower, visit_words
from randomisation.methods.kit_file import KitDefect, NewKit, check_kits
from randomisation.models import Kit, KitStatus, Shipment
from reminet_site.errors import Refusal
from reminet_site.jinja2_env import day
from reminet_site.models import Centre
from reminet_site.typed import NO_DAY, said, whole

if TYPE_CHECKING:
    from randomisation.course import Course

LONGEST = 2000
INJECTION = "INJ"  # the form of a visit at which a kit is given
SET_ASIDE = frozenset({KitStatus.AVAILABLE, KitStatus.DISPENSED, KitStatus.MISSING})  # may be
LEFT = (KitStatus.RETURNED, KitStatus.DESTROYED)  # how a kit leaves the centre for good
# What is recorded of a kit that was ticked on arrival; told in the language of the page.
CAME_DAMAGED = gettext_noop("Damaged or warm on arrival")
NOT_IN_BOX = gettext_noop("Not in the box on arrival")
EARLY_DAYS = 7  # a kit for an injection due later than that is not taken by one click


def not_enough(centre: Centre) -> Refusal:
    return Refusal(
        _("Not randomised. %(centre)s does not hold enough kits. Nothing was drawn.")
        % {"centre": centre.name}
    )


def not_enough_to_dispense(centre: Centre) -> Refusal:
    return Refusal(
        _("No kit is given: %(centre)s does not hold enough kits. Ask for more.")
        % {"centre": centre.name}
    )


def check_centre_open(centre: Centre) -> None:
    if centre.opened_on is None or centre.closed_on is not None:
        raise Refusal(_("Not randomised. %(centre)s is not open.") % {"centre": centre.name})


def check_not_locked(locked: bool) -> None:
    if locked:
        raise Refusal(_("The trial is locked: nobody is randomised and no kit is given."))


def check_can_randomise(participant: Participant, locked: bool) -> None:
    """Nobody is randomised here now, whatever the forms say; the gate then has no button."""
    check_not_locked(locked)
    check_not_withdrawn(participant)
    check_centre_open(participant.centre)


def check_eligible(open_criteria: Sequence[str]) -> None:
    """`open_criteria`: numbers of the criteria that are not satisfied or not known."""
    if open_criteria:
        raise Refusal(
            ngettext(
                "Not randomised. Criterion %(named)s: not satisfied. Nothing was drawn.",
                "Not randomised. Criteria %(named)s: not satisfied. Nothing was drawn.",
                len(open_criteria),
            )
            % {"named": listed(open_criteria, 6)}
        )


def listed(names: Sequence[str], most: int) -> str:
    """The first names, and whether there are more."""
    first = ", ".join(names[:most])
    return _("%(names)s and more") % {"names": first} if len(names) > most else first


def check_strata(found: Mapping[str, str], confirmed: Mapping[str, str]) -> None:
    """Every stratum is known, and is what the person confirmed."""
    for name, level in found.items():
        if not level:
            raise Refusal(
                _("Not randomised. The stratum %(name)s is not known from the forms yet.")
                % {"name": name}
            )
    for name, level in found.items():
        said = confirmed.get(name, "")
        if not said:
            raise Refusal(
                _("Confirm the stratum %(name)s.") % {"name": name}, item=f"stratum.{name}"
            )
        if said != level:
            raise Refusal(
                _(
                    "Not randomised. The stratum %(name)s changed while the page was open. "
                    "Read it again and confirm it."
                )
                % {"name": name},
                item=f"stratum.{name}",
            )


def check_randomised(participant: Participant) -> None:
    if participant.randomisation_number is None:
        raise Refusal(_("%(code)s is not randomised.") % {"code": participant.code})


def check_kit_visit(
    definition: Definition, visit: str, given: Collection[str], usable: bool, course: Course
) -> None:
    """A visit of the casebook at which something is given, after which no injection is entered,
    and at most one other that has a kit and is not entered.

    `given`: visits that have a kit; `usable`: this one has a kit that is not set aside. Without
    the last part a centre could take kits for visits to come until the rest tells an arm.
    """
    check_form_of_visit(definition, visit, INJECTION, 1)
    if usable:
        return
    words = lower(visit_words(definition, visit))
    if visit in course.missed:
        raise Refusal(
            _(
                "No kit is given: the form of %(visit)s says that nothing was injected. Correct "
                "that form first if it is wrong."
            )
            % {"visit": words}
        )
    later = [one for one in course.entered if ordinal(one) > ordinal(visit)]
    if visit in given and later:
        raise Refusal(
            _("No kit is given: %(later)s is entered, the kit of %(visit)s is not replaced.")
            % {"later": lower(visit_words(definition, max(later, key=ordinal))), "visit": words}
        )
    open_ones = [one for one in given if one not in course.entered and one != visit]
    if len(open_ones) > 1:
        words = lower(visit_words(definition, open_ones[0]))
        raise Refusal(_("No kit is given: enter %(visit)s first.") % {"visit": words})


def ordinal(visit: str) -> int:
    """2 of INJ-02; 0 of a visit that has no number."""
    return whole(visit.partition("-")[2]) or 0


def early_by(visit: str, due_on: date | None, today: date, definition: Definition) -> str:
    """Why a kit for this visit is taken on purpose alone: it is due later than a week from today,
    or no longer planned; "" where it is due."""
    words = visit_words(definition, visit)
    if due_on is None:
        return _("%(visit)s is not planned.") % {"visit": words}
    if due_on > today + timedelta(days=EARLY_DAYS):
        return _("%(visit)s is due on %(day)s.") % {"visit": words, "day": day(due_on)}
    return ""


def check_not_by_mistake(early: str, meant: bool) -> None:
    """`early`: what `early_by` says; `meant`: the person ticked that the kit is taken now."""
    if early and not meant:
        raise Refusal(
            _("No kit is given. %(early)s Tick that it is taken now all the same.")
            % {"early": early}
        )


def check_treatment_goes_on(participant: Participant, course: Course) -> None:
    """No kit after a death, the end of the treatment or a withdrawal, as the casebook tells it."""
    said = {"code": participant.code}
    if course.facts.died_on:
        said["day"] = day(course.facts.died_on)
        raise Refusal(_("%(code)s died on %(day)s. No kit is given.") % said)
    if course.facts.treatment_left_on:
        said["day"] = day(course.facts.treatment_left_on)
        raise Refusal(
            _(
                "%(code)s withdrew from the treatment on %(day)s. No kit is given; correct the "
                "form of the withdrawal if it is wrong."
            )
            % said
        )
    if course.facts.end_of_treatment_on:
        said["day"] = day(course.facts.end_of_treatment_on)
        raise Refusal(
            _(
                "The treatment of %(code)s ended on %(day)s. No kit is given; correct that form if "
                "it is wrong."
            )
            % said
        )


def check_can_dispense(participant: Participant, locked: bool) -> None:
    """No kit is given to this participant, whatever the visit."""
    check_randomised(participant)
    check_not_locked(locked)
    check_not_withdrawn(participant)


def check_kits_left(centre: Centre, assured: int) -> None:
    if not assured:
        raise not_enough_to_dispense(centre)


def check_kit_moves(kit: Kit, allowed: frozenset[str], cannot: str) -> None:
    """`cannot` has the places of the kit's number and status."""
    if kit.status not in allowed:
        status = _(KitStatus(kit.status).label).lower()
        raise Refusal(cannot % {"number": kit.number, "status": status})


def check_arrives(shipment: Shipment, ticked: Sequence[str] = ()) -> None:
    """`ticked`: kits that who receives it ticked as damaged or as not in the box."""
    if shipment.arrived_at is None:
        return
    said = _("Shipment %(number)s has arrived already.") % {"number": shipment.number}
    if ticked:
        lost = ngettext(
            "What you ticked was not kept: set kit %(kits)s aside, in the list of this page.",
            "What you ticked was not kept: set kits %(kits)s aside, in the list of this page.",
            len(ticked),
        )
        said += " " + lost % {"kits": ", ".join(sorted(ticked))}
    raise Refusal(said)


def check_in_shipment(
    shipment: Shipment, numbers: Collection[str], damaged: Collection[str], missing: Collection[str]
) -> None:
    """`numbers`: the kits of the shipment; a kit was damaged or missing, not both."""
    if strangers := sorted({*damaged, *missing} - {*numbers}):
        raise Refusal(
            _("Kit %(kit)s is not in shipment %(shipment)s.")
            % {"kit": strangers[0], "shipment": shipment.number},
            item="damaged",
        )
    if both := sorted({*damaged} & {*missing}):
        raise Refusal(
            _("Kit %(kit)s is ticked as damaged and as not in the box. Untick one of the two.")
            % {"kit": both[0]},
            item="missing",
        )


def check_leaves(kits: Sequence[Kit], to: str, on: date | None, today: date) -> None:
    """The kits may be recorded as returned or destroyed, on this day of the centre.

    Each is set aside, out of date, or was given.
    """
    if to not in LEFT:
        raise Refusal(_("Say whether the kits were returned or destroyed."), item="what")
    if on is None:
        raise Refusal(_(NO_DAY), item="on")
    if on > today:
        raise Refusal(_("%(day)s is still to come. Correct the day.") % {"day": day(on)}, item="on")
    if not kits:
        raise Refusal(_("Tick the kits that were returned or destroyed."), item="kits")
    for kit in kits:
        check_may_leave(kit, today)
        check_is_used(kit)
        check_not_before(kit, on)


def check_is_used(kit: Kit) -> None:
    """Of a kit that was given the empty box leaves: its injection is entered. One that was not
    used is set aside first, so that another one can be taken for the visit."""
    given = getattr(kit, "dispensing", None)
    if kit.status != KitStatus.DISPENSED or given is None:
        return
    here = Entry.objects.filter(participant=given.participant_id, visit=given.visit)
    if not here.filter(form=INJECTION).exists():
        raise Refusal(
            _(
                "Kit %(number)s was given for %(visit)s, which is not entered yet. If it was used, "
                "enter the injection first; if not, set the kit aside first."
            )
            % {
                "number": kit.number,
                "visit": lower(visit_words(study.current().definition, given.visit)),
            },
            item="kits",
        )


def check_not_before(kit: Kit, on: date) -> None:
    """No kit left before it was given, or before it had arrived."""
    given = getattr(kit, "dispensing", None)
    came = kit.shipment.arrived_on if kit.shipment else None
    moved = kit.moves.order_by("-id").values_list("moved_on", flat=True).first()
    if given is not None and on < given.dispensed_on:
        later = given.dispensed_on
        sentence = _("Kit %(number)s was given on %(day)s: correct the day.")
    elif came is not None and on < came:
        later = came
        sentence = _("Kit %(number)s arrived on %(day)s: correct the day.")
    elif moved is not None and on < moved:
        later = moved
        sentence = _("Kit %(number)s was set aside on %(day)s: correct the day.")
    else:
        return
    raise Refusal(sentence % {"number": kit.number, "day": day(later)}, item="on")


def check_may_leave(kit: Kit, today: date) -> None:
    if may_leave(kit, today):
        return
    said = {"number": kit.number, "status": _(KitStatus(kit.status).label).lower()}
    if kit.status in SET_ASIDE:
        sentence = _("Kit %(number)s is %(status)s: set it aside first, or untick it.")
    else:
        sentence = _("Kit %(number)s is %(status)s: untick it.")
    raise Refusal(sentence % said, item="kits")


def may_leave(kit: Kit, today: date) -> bool:
    """The kit is set aside, was given, or is out of date on the shelf."""
    expired = kit.status == KitStatus.AVAILABLE and kit.expires_on < today
    return expired or kit.status in {KitStatus.QUARANTINED, KitStatus.DISPENSED}


def check_reason(text: str, ask: str) -> str:
    """The text, stripped; refused with the sentence that asks for it where it is blank."""
    if not said(text):
        raise Refusal(ask, item="reason")
    if len(text) > LONGEST:
        raise Refusal(_("Write 2,000 characters at most."), item="reason")
    return text.strip()


def check_reason_of_kit(text: str, ask: str) -> str:
    """The same; blind people read it beside the kit, and who types it may handle the syringes."""
    reason = check_reason(text, ask)
    named = named_in(reason, study.current().definition.randomisation)
    if named:
        raise Refusal(
            _("“%(words)s” may tell of an arm, and blind people read this. Say it in other words.")
            % {"words": ", ".join(named)},
            item="reason",
        )
    return reason


def check_no_restoration_waits(waits: bool) -> None:
    if waits:
        raise Refusal(
            _(
                "Nothing was given. The database was restored from a backup: the custodian of the "
                "lists first compares it with the allocation log."
            )
        )


def check_not_given_before(lines: Sequence[Mapping[str, Any]]) -> None:
    """`lines` of the allocation log have given what is about to be given."""
    if lines:
        named = [
            line.get("number") or _("kit %(number)s") % {"number": line["kit"]} for line in lines
        ]
        raise Refusal(
            _(
                "Nothing was given. The allocation log has %(named)s, and this database does not: "
                "it is older than the log. The custodian of the lists reconciles them first."
            )
            % {"named": listed(named, 3)}
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
