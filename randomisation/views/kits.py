"""The stock of a centre: arrival, sending, setting aside."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crf.reads import centre_for
from randomisation import actions, reads
from randomisation.presenters_kits import kits_page
from reminet_site.clock import clinical_today
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.rights import may
from reminet_site.roles import RIGHTS, Role, Verb


def centre_of(request: HttpRequest, code: str) -> Centre:
    centre = centre_for(code, request.actor)  # type: ignore[attr-defined]
    request.centre_code = centre.code  # type: ignore[attr-defined]
    return centre


def holds(request: HttpRequest, verb: Verb, centre: Centre) -> bool:
    """Does any of the reader's grants give this verb here?"""
    return any(
        verb in RIGHTS[Role(role)] and (where is None or where == centre.pk)
        for role, where in request.grants  # type: ignore[attr-defined]
    )


@may(get=Verb.READ_KITS)
def kits(request: HttpRequest, code: str) -> HttpResponse:
    centre = centre_of(request, code)
    page = kits_page(
        centre,
        reads.kits_of(centre),
        reads.shipments_of(centre),
        clinical_today(centre),
        casebooks=holds(request, Verb.READ_CASEBOOK, centre),
        can_receive=holds(request, Verb.RECEIVE_KITS, centre),
        can_send=holds(request, Verb.REGISTER_KITS, centre),
    )
    return render(request, "randomisation/kits.html", {"page": page})


@may(post=Verb.RECEIVE_KITS)
def receive(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """The shipment is here; the kits ticked as damaged are set aside."""
    centre = centre_of(request, code)
    actions.receive_kits(
        shipment=reads.shipment_for(number),
        damaged=request.POST.getlist("damaged"),
        by=request.actor,  # type: ignore[attr-defined]
    )
    messages.success(request, f"Shipment {number} received.")
    return redirect("randomisation:kits", centre.code)


@may(post=Verb.RECEIVE_KITS)
def set_aside(request: HttpRequest, code: str, number: str) -> HttpResponse:
    return move(request, code, number, actions.quarantine, "set aside")


@may(post=Verb.RECEIVE_KITS)
def release(request: HttpRequest, code: str, number: str) -> HttpResponse:
    return move(request, code, number, actions.release_from_quarantine, "available again")


def move(request: HttpRequest, code: str, number: str, act: object, done: str) -> HttpResponse:
    centre = centre_of(request, code)
    kit = reads.kit_for(number)
    act(kit=kit, reason=request.POST.get("reason", ""), by=request.actor)  # type: ignore[operator,attr-defined]
    messages.success(request, f"Kit {number} is {done}.")
    return redirect("randomisation:kits", centre.code)


@may(post=Verb.REGISTER_KITS)
def send(request: HttpRequest, code: str) -> HttpResponse:
    """Put a shipment together: the same number of kits of every arm."""
    centre = centre_of(request, code)
    each = request.POST.get("each", "")
    if not each.isdigit():
        raise Refusal("Give how many kits of every arm to send.", item="each")
    shipment = actions.ship_kits(centre=centre, each=int(each), by=request.actor)  # type: ignore[attr-defined]
    messages.success(request, f"Shipment {shipment.number} is on its way.")
    return redirect("randomisation:kits", centre.code)
