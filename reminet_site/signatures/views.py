"""The signatures of the trial: those that hold no more first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.signatures import reads


@may(get=Verb.READ_AUDIT)
def signatures(request: HttpRequest) -> HttpResponse:
    context = {"broken": reads.broken(), "newest": reads.newest()}
    return render(request, "reminet_site/signatures.html", context)
