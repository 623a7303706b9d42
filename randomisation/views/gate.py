"""The gate, the randomisation itself, and its receipt."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from crf import study
from crf.models import Participant
from crf.reads import participant_for
from crf.words import lower, visit_words
from randomisation import actions, eligibility, presenters, reads, rules
from randomisation.course import Course, course_of, injection_due
from randomisation.models import Dispensing
from randomisation.presenters_dispensing import ToTake, kits_to_take
from randomisation.signed import ELIGIBILITY
from randomisation.views.kits import holds
from reminet_site.adapters import check_password_again
from reminet_site.clock import day_at
from reminet_site.errors import Refusal
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.rules import allowed
from reminet_site.signatures import reads as signatures

PREFIX = "stratum."
TICKED = "strata_ticked"  # in the session: code of the last refused -> {stratum: level}


def here(request: HttpRequest, code: str) -> Participant:
    """The participant of this page; the frame shows its centre."""
    participant = participant_for(code)
    request.centre_code = participant.centre.code  # type: ignore[attr-defined]
    return participant


@may(get=Verb.READ_ELIGIBILITY, post=Verb.RANDOMISE)
def gate(request: HttpRequest, code: str) -> HttpResponse:
    """GET: criteria, strata; the password for who randomises. POST: it again, then randomise."""
    participant = here(request, code)
    if participant.randomisation_number is not None:
        return redirect("randomisation:result", code)
    if request.method != "POST":
        return show(request, participant)
    confirmed = {
        name.removeprefix(PREFIX): value
        for name, value in request.POST.items()
        if name.startswith(PREFIX)
    }
    request.refused = lambda said: show(request, participant, confirmed, said)  # type: ignore[attr-defined]
    check_password_again(request)
    actions.randomise(
        participant=participant,
        strata_confirmed=confirmed,
        by=request.actor,  # type: ignore[attr-defined]
    )
    return redirect("randomisation:result", code)


def show(
    request: HttpRequest,
    participant: Participant,
    confirmed: dict[str, str] | None = None,
    said: Refusal | None = None,
) -> HttpResponse:
    """`confirmed`: what was ticked when the act was refused with `said`; kept for the page that is
    loaded again, as long as the level is the same."""
    gate = eligibility.assess(participant)
    if confirmed is None:
        confirmed = dict(request.session.get(TICKED, {}).get(participant.code, ()))
    else:
        right = gate.levels.items() & confirmed.items()
        request.session[TICKED] = {participant.code: dict(right)}
    may_randomise = holds(request, Verb.RANDOMISE, participant.centre)
    locked = bool(participant.trial_locked)  # type: ignore[attr-defined]
    closed = allowed(rules.check_can_randomise, participant, locked)
    if not closed and not may_randomise:
        closed = _("An investigator of the centre randomises.")
    page = presenters.gate_page(
        participant,
        gate,
        reads.assured_at(participant.centre, gate.today, gate.definition),
        translation.get_language() or "en",
        confirmed=confirmed,
        errors=unconfirmed(gate, confirmed) | {said.item: said.sentence}
        if said and said.item
        else {},
        refused=said.sentence if said and not said.item else "",
        closed=closed,
    )
    status = said.status if said else 200
    context = {"page": page, "statement": _(ELIGIBILITY)}
    return render(request, "randomisation/gate.html", context, status=status)


def unconfirmed(gate: eligibility.Gate, confirmed: dict[str, str]) -> dict[str, str]:
    """The strata that are still to be confirmed, said together with what stopped the act."""
    return {
        f"{PREFIX}{name}": _("Confirm the stratum %(name)s.") % {"name": name}
        for name, level in gate.levels.items()
        if level and not confirmed.get(name)
    }


@may(get=Verb.READ_ELIGIBILITY)
def result(request: HttpRequest, code: str) -> HttpResponse:
    """Number and kit, for the medical file."""
    return receipt(request, here(request, code))


def receipt(
    request: HttpRequest, participant: Participant, said: Said | None = None
) -> HttpResponse:
    """The page of an allocation; after a refused act with the sentence, and what was typed."""
    allocation = reads.allocation_of(participant)
    given = list(reads.dispensings_of(participant))
    gate = eligibility.assess(participant)
    language = translation.get_language() or "en"
    rows = presenters.correction_rows(reads.corrections_of(participant), gate, language)
    may_randomise = holds(request, Verb.RANDOMISE, participant.centre)
    course = course_of(participant, gate.today)
    page = presenters.result_page(
        allocation,
        gate,
        rows,
        given,
        language,
        course=course,
        coming=coming_kits(request, participant, gate, given, course),
        can_annotate=may_randomise,
    )
    signed = signatures.signed("eligibility", participant_id=participant.pk)
    context = {
        "page": page,
        "signed": signed,
        "sign_again": may_randomise and not (signed and signed[-1].holds),
        "said": said,
    }
    return render(request, "randomisation/result.html", context)


def coming_kits(
    request: HttpRequest,
    participant: Participant,
    gate: eligibility.Gate,
    given: Sequence[Dispensing],
    course: Course,
) -> ToTake | None:
    """The kits that this person may ask for."""
    if not holds(request, Verb.DISPENSE, participant.centre):
        return None
    return kits_to_take(
        participant,
        gate.definition,
        given,
        course,
        today=gate.today,
        locked=bool(participant.trial_locked),  # type: ignore[attr-defined]
        assured=reads.assured_at(participant.centre, gate.today, gate.definition),
    )


@may(post=Verb.RANDOMISE)
def sign_again(request: HttpRequest, code: str) -> HttpResponse:
    """What changed after the allocation was seen, and is signed; the first signature stays."""
    participant = at_receipt(request, code, "sign")
    check_password_again(request)
    actions.sign_again(participant=participant, by=request.actor)  # type: ignore[attr-defined]
    return redirect("randomisation:result", code)


def at_receipt(request: HttpRequest, code: str, form: str) -> Participant:
    """The participant of an act on the receipt; a refusal is said there, at this form."""
    participant = here(request, code)
    if participant.randomisation_number is not None:
        come_back(request, form, lambda again, said: receipt(again, participant, said))
    return participant


@may(post=Verb.RANDOMISE)
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """Annotate a stratum that was wrong; the allocation stays."""
    factor = request.POST.get("factor", "")
    participant = at_receipt(request, code, factor)
    actions.correct_strata(
        participant=participant,
        factor=factor,
        corrected=request.POST.get("corrected", ""),
        reason=request.POST.get("reason", ""),
        by=request.actor,  # type: ignore[attr-defined]
    )
    return redirect("randomisation:result", code)


@may(post=Verb.DISPENSE)
def dispense(request: HttpRequest, code: str, visit: str) -> HttpResponse:
    """The kit of an injection visit, or another one for a kit that was set aside; the receipt
    lists it."""
    participant = at_receipt(request, code, "kit")
    definition = study.current().definition
    today = day_at(participant.clinical_now, participant.centre)  # type: ignore[attr-defined]
    course = course_of(participant, today)
    have = reads.last_kits(reads.dispensings_of(participant))
    usable = visit in have and not have[visit].set_aside  # type: ignore[attr-defined]
    rules.check_kit_visit(definition, visit, have, usable, course)
    if not usable:
        due = injection_due(course.visits, visit)
        early = rules.early_by(visit, due, today, definition)
        rules.check_not_by_mistake(early, bool(request.POST.get("early")))
    given = actions.dispense(participant=participant, visit=visit, by=request.actor)  # type: ignore[attr-defined]
    words = lower(visit_words(definition, visit))
    said = _("Kit %(number)s is for %(visit)s: type it on that form.")
    messages.success(request, said % {"number": given.kit.number, "visit": words})
    return redirect("randomisation:result", code)
