"""Source data verification: the monitor's word on one entry."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crf import actions_source, pages, reads, reads_source
from crf.views.forms import place_for, version_of
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(post=Verb.VERIFY_SOURCE)
def verify(request: HttpRequest, code: str, visit: str, form: str, number: int = 1) -> HttpResponse:
    place = place_for(code, visit, form, number)
    request.centre_code = place.participant.centre.code
    act = actions_source.take_back if request.POST.get("act") == "back" else actions_source.verify
    act(place=place, version=version_of(request.POST), by=request.actor)
    said = _("%(form)s: verified.") if act is actions_source.verify else _("%(form)s: taken back.")
    messages.success(request, said % {"form": pages.title_of(place)})
    if request.POST.get("then") == "next":
        return redirect(next_to_verify(place))
    return redirect("crf:form", code, visit, form, number)


def next_to_verify(place: reads.Place) -> str:
    """The page after this one that nobody has verified as it stands; the casebook where none is."""
    code = place.participant.code
    for visit, form, number in reads_source.not_verified(place.participant, after=place.entry):
        return reverse("crf:form", args=[code, visit, form, number])
    return reverse("crf:casebook", args=[code])
