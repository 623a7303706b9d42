"""What runs here: the identity of the build, and the defects that are known of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reminet_site import build, defects
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.SIGNED_IN)
def about(request: HttpRequest) -> HttpResponse:
    context = {"build": build.identity(), "defects": defects.known()}
    return render(request, "reminet_site/about.html", context)
