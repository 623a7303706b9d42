"""The casebook of one participant."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crf import pages_casebook, pages_endorsement, reads
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.signatures import reads as signatures


@may(get=Verb.READ_CASEBOOK)
def casebook(request: HttpRequest, code: str) -> HttpResponse:
    participant = reads.participant_for(code)
    request.centre_code = participant.centre.code
    kinds = ("eligibility", "casebook")
    signed = signatures.signed(*kinds, participant_id=participant.pk)
    page = pages_casebook.casebook(request, participant, signed)
    context = {"page": page, "signed": signed, "titles": pages_endorsement.titles(participant)}
    return render(request, "crf/casebook.html", context)


@may(post=Verb.ENTER_DATA)
def unscheduled(request: HttpRequest, code: str) -> HttpResponse:
    """Opens the first form of the next unscheduled visit; nothing is written yet."""
    participant = reads.participant_for(code)
    visit, form = pages_casebook.next_unscheduled(participant)
    return redirect("crf:form", code, visit, form, 1)
