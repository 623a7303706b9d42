"""Serious events over every centre of the reader."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crf import pages_safety
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_SERIOUS)
def serious_events(request: HttpRequest) -> HttpResponse:
    page = pages_safety.over_centres(request)
    return render(request, "crf/serious_events.html", {"page": page})
