"""A centre's pages: its work list, its participants, screening somebody, finding a code."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crf import actions, pages_centre, reads
from reminet_site.errors import Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb

FOUND = 20  # participants that a search lists


def centre_of(request: HttpRequest, code: str) -> reads.Centre:
    """The centre of this page; the frame and later pages remember it."""
    centre = reads.centre_for(code, request.actor)
    request.centre_code = centre.code
    return centre


@may(get=Verb.READ_CASEBOOK)
def centre_home(request: HttpRequest, centre: str) -> HttpResponse:
    page = pages_centre.home(request, centre_of(request, centre))
    return render(request, "crf/centre_home.html", {"page": page})


@may(get=Verb.READ_CASEBOOK)
def participants(request: HttpRequest, centre: str) -> HttpResponse:
    page = pages_centre.participants(request, centre_of(request, centre))
    return render(request, "crf/participants.html", {"page": page})


@may(get=Verb.SCREEN, post=Verb.SCREEN)
def screen(request: HttpRequest, centre: str) -> HttpResponse:
    here = centre_of(request, centre)
    if request.method == "GET":
        return render(request, "crf/screen.html", {"page": pages_centre.screening(here)})
    typed = request.POST.get("screened_on", "")

    def refused(said: Refusal) -> HttpResponse:
        page = pages_centre.screening(here, typed, said)
        return render(request, "crf/screen.html", {"page": page}, status=said.status)

    request.refused = refused
    participant = actions.screen_participant(
        centre=here,
        screened_on=pages_centre.day_typed(typed, here),
        expected_code=request.POST.get("next_code", ""),
        by=request.actor,
    )
    said = _("%(code)s is in screening. Enter the consent first.")
    messages.success(request, said % {"code": participant.code})
    return redirect("crf:form", participant.code, "SCR", pages_centre.first_form(), 1)


@may(get=Verb.READ_CASEBOOK, post=Verb.READ_CASEBOOK)
def find(request: HttpRequest) -> HttpResponse:
    """Open a participant by code or randomisation number; the end of the code is enough where it
    is the only one, and where there are several they are listed."""
    typed = request.POST.get("code", "").strip().upper()[:16]
    if not typed:
        return redirect("home")
    found = reads.ending_in(typed, at_most=FOUND + 1)
    exact = [one for one in found if typed in (one.code, one.randomisation_number)]
    if exact or len(found) == 1:
        return redirect("crf:casebook", (exact or found)[0].code)
    context = {"typed": typed, "found": found[:FOUND], "more": len(found) > FOUND}
    return render(request, "crf/found.html", context, status=200 if found else 404)
