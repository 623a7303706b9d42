"""The protocol deviations of a centre."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crf import deviations, study
from crf.presenters.deviations import DeviationsPage, deviation_line
from crf.views.home import centre_of
from reminet_site.clock import clinical_today
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_CASEBOOK)
def of_centre(request: HttpRequest, centre: str) -> HttpResponse:
    here = centre_of(request, centre)
    definition = study.current().definition
    found = deviations.of_centre(here, clinical_today(here))
    lines = tuple(deviation_line(who.code, one, definition) for who, one in found)
    page = DeviationsPage(here.name, here.code, lines)
    return render(request, "crf/deviations.html", {"page": page})
