"""Casebooks are signed: the page of one participant, the list of a centre."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crf import actions_endorsement, pages_endorsement, reads
from crf.views.home import centre_of
from reminet_site.adapters import check_password_again
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.rules import together


@may(get=Verb.READ_CASEBOOK, post=Verb.ENDORSE)
def endorsement(request: HttpRequest, code: str) -> HttpResponse:
    participant = reads.participant_for(code)
    request.centre_code = participant.centre.code
    if request.method == "GET":
        return show(request, participant)
    milestone, seen = request.POST.get("milestone", ""), request.POST.get("seen", "")
    come_back(request, milestone, lambda again, said: show(again, participant, said))
    together(
        lambda: actions_endorsement.check_endorse(participant, milestone, seen),
        lambda: check_password_again(request),
    )
    actions_endorsement.endorse(
        participant=participant, milestone=milestone, seen=seen, by=request.actor
    )
    messages.success(request, _("Signed."))
    return redirect("crf:endorsement", code)


def show(
    request: HttpRequest, participant: reads.Participant, said: Said | None = None
) -> HttpResponse:
    """After a refusal with what was saved since the page was opened, at the milestone."""
    opened = said and moment_of(said.sent.get("opened", ""))
    since = {said.form: opened} if said and opened else {}
    page = pages_endorsement.page_of(request, participant, since)
    return render(request, "crf/endorsement.html", {"page": page, "said": said})


def moment_of(text: str) -> datetime | None:
    """The moment that the page wrote; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@may(get=Verb.READ_CASEBOOK)
def casebooks(request: HttpRequest, centre: str) -> HttpResponse:
    """What is signed of each participant, and what waits."""
    page = pages_endorsement.of_centre(centre_of(request, centre))
    return render(request, "crf/casebooks.html", {"page": page})
