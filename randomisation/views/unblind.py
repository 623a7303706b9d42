"""Emergency unblinding of one participant: reason, password, the arm once."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crf import study
from crf.models import Participant
from crf.words import language
from randomisation import reads, unblinding
from randomisation.models import UnblindingRecord
from randomisation.presenters_unblinding import unblind_page
from randomisation.rules import check_randomised
from randomisation.views.gate import here
from reminet_site.adapters import check_password_again
from reminet_site.errors import Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.signatures.reads import Signed, signed
from reminet_site.typed import said as typed

# A test that compares two worlds byte for byte fixes the tokens here.
new_token = uuid.uuid4


@may(get=Verb.UNBLIND, post=Verb.UNBLIND)
def unblind(request: HttpRequest, code: str) -> HttpResponse:
    """POST: the record commits with this transaction, the arm is read in a second one."""
    participant = here(request, code)
    check_randomised(participant)
    if request.method != "POST":
        return show(request, participant)
    request.refused = lambda said: show(request, participant, said)  # type: ignore[attr-defined]
    record = asked(request, participant)
    response = HttpResponse()
    response["Cache-Control"] = "no-store"
    request.outlives(lambda: reveal_into(response, request, participant, record))  # type: ignore[attr-defined]
    return response


def asked(request: HttpRequest, participant: Participant) -> UnblindingRecord:
    check_password_again(request)
    if request.POST.get("confirm") != "yes":
        raise Refusal(_("Confirm that the arm is needed."), item="confirm")
    return unblinding.record_unblinding(
        participant=participant,
        reason=request.POST.get("reason", ""),
        token=token_of(request),
        by=request.actor,  # type: ignore[attr-defined]
    )


def token_of(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        raise Refusal(_("The page lost its number. Load it again.")) from None


def reveal_into(
    response: HttpResponse,
    request: HttpRequest,
    participant: Participant,
    record: UnblindingRecord,
) -> None:
    """Runs after the record was committed: the arm goes into this one answer."""
    try:
        with transaction.atomic():
            arm = unblinding.show_arm(record=record, by=request.actor)  # type: ignore[attr-defined]
    except Refusal as said:
        response.status_code = said.status
        response.content = show(request, participant, said).content
        return
    plan = study.current().definition.randomisation
    page = unblind_page(
        participant,
        reads.unblindings_of(participant),
        "",
        arm=plan.arm_in_words(arm, language()),
        at=record.clinical_at,
    )
    request.unblinded = True  # type: ignore[attr-defined]
    context = {"page": page, "signed": signed_of(participant)}
    response.content = render(request, "randomisation/unblind.html", context).content


def signed_of(participant: Participant) -> tuple[Signed, ...]:
    return signed("unblinding", participant_id=participant.pk)


def show(
    request: HttpRequest, participant: Participant, said: Refusal | None = None
) -> HttpResponse:
    page = unblind_page(
        participant,
        reads.unblindings_of(participant),
        str(new_token()),
        reason=request.POST.get("reason", ""),
        confirmed=request.POST.get("confirm") == "yes",
        errors=open_boxes(request) | {said.item: said.sentence} if said and said.item else {},
        refused=said.sentence if said and not said.item else "",
    )
    status = said.status if said else 200
    context = {"page": page, "signed": signed_of(participant)}
    return render(request, "randomisation/unblind.html", context, status=status)


def open_boxes(request: HttpRequest) -> dict[str, str]:
    """What is still to fill in, said all at once: an emergency is no time for three rounds."""
    missing = {}
    if not typed(request.POST.get("reason", "")):
        missing["reason"] = _("Say why the arm is needed.")
    if request.POST.get("confirm") != "yes":
        missing["confirm"] = _("Confirm that the arm is needed.")
    return missing
