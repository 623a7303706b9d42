"""The stock of a centre: arrival, sending, setting aside, what left, the account of it all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf import study
from crf.reads import centre_for
from randomisation import actions, kit_account, reads
from randomisation.models import Kit, KitStatus
from randomisation.presenters_kits import Wanted, kits_page, wanted_of
from randomisation.rules import LONGEST
from reminet_site.attachments import csv_file
from reminet_site.clock import clinical_today
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.once import sent_once
from reminet_site.rights import may
from reminet_site.roles import RIGHTS, Role, Verb
from reminet_site.typed import a_day


def centre_of(request: HttpRequest, code: str) -> Centre:
    found = centre_for(code, request.actor)  # type: ignore[attr-defined]
    request.centre_code = found.code  # type: ignore[attr-defined]
    return found


def holds(request: HttpRequest, verb: Verb, centre: Centre) -> bool:
    """Does any of the reader's grants give this verb here?"""
    return any(
        verb in RIGHTS[Role(role)] and (where is None or where == centre.pk)
        for role, where in request.grants  # type: ignore[attr-defined]
    )


@may(get=Verb.READ_KITS)
def kits(request: HttpRequest, centre: str) -> HttpResponse:
    return show(request, centre_of(request, centre))


def show(
    request: HttpRequest,
    here: Centre,
    said: Refusal | None = None,
    number: str = "",
    leaves: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of the kits; after a refused act with the sentence, and what was typed."""
    today = clinical_today(here)
    request.page = address_of(here)  # type: ignore[attr-defined]
    page = kits_page(
        here,
        reads.kits_of(here),
        reads.shipments_of(here),
        today,
        assured=reads.assured_at(here, today, study.current().definition),
        casebooks=holds(request, Verb.READ_CASEBOOK, here),
        can_receive=holds(request, Verb.RECEIVE_KITS, here),
        can_send=holds(request, Verb.REGISTER_KITS, here),
        errors={said.item or "page": said.sentence} if said else {},
        each=request.POST.get("each", "4")[:4],
        acted=number,
        reason=request.POST.get("reason", ""),
        damaged=request.POST.getlist("damaged"),
        missing=request.POST.getlist("missing"),
        leaves=leaves,
        wanted=wanted_in(request),
    )
    status = said.status if said else 200
    return render(request, "randomisation/kits.html", {"page": page}, status=status)


def address_of(here: Centre) -> str:
    return reverse("randomisation:kits", args=[here.code])


def wanted_in(request: HttpRequest) -> Wanted:
    """What the list is filtered by; an act on a kit has it in its address too."""
    return wanted_of(request.GET.get("state", ""), request.GET.get("kit", ""))


def back(request: HttpRequest, here: Centre) -> HttpResponse:
    """To the list as it was filtered when the act was sent."""
    return redirect(address_of(here) + wanted_in(request).query)


def acts_at(request: HttpRequest, code: str, number: str = "") -> Centre:
    """The centre of an act on its kits; a refusal is said on their page."""
    here = centre_of(request, code)
    request.refused = lambda said: show(request, here, said, number)  # type: ignore[attr-defined]
    return here


@may(post=Verb.RECEIVE_KITS)
def receive(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    """The shipment is here; kits ticked as damaged are set aside, those not in the box missing."""
    here = acts_at(request, centre)
    shipment = actions.receive_kits(
        shipment=reads.shipment_for(number, here),
        damaged=request.POST.getlist("damaged"),
        missing=request.POST.getlist("missing"),
        by=request.actor,  # type: ignore[attr-defined]
    )
    found = reads.states_in(shipment)
    said = _(
        "Shipment %(number)s received: %(available)d available, %(aside)d set aside, "
        "%(missing)d missing."
    ) % {
        "number": number,
        "available": found[KitStatus.AVAILABLE],
        "aside": found[KitStatus.QUARANTINED],
        "missing": found[KitStatus.MISSING],
    }
    messages.success(request, said)
    return back(request, here)


@may(post=Verb.RECEIVE_KITS)
def set_aside(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    here, kit = act_on(request, centre, number)
    actions.quarantine(kit=kit, reason=reason_of(request), by=request.actor)  # type: ignore[attr-defined]
    said = _("Kit %(number)s is set aside.") % {"number": number}
    given = getattr(kit, "dispensing", None)
    if given is not None:
        more = _("Another one for %(code)s is taken under Number and kits in the casebook.")
        said += " " + more % {"code": given.participant.code}
    messages.success(request, said)
    return back(request, here)


@may(post=Verb.RECEIVE_KITS)
def release(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    here, kit = act_on(request, centre, number)
    actions.release_from_quarantine(kit=kit, reason=reason_of(request), by=request.actor)  # type: ignore[attr-defined]
    messages.success(request, _("Kit %(number)s is available again.") % {"number": number})
    return back(request, here)


def act_on(request: HttpRequest, centre: str, number: str) -> tuple[Centre, Kit]:
    here = acts_at(request, centre, number)
    return here, reads.kit_for(number, here)


def reason_of(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


@may(post=Verb.RECEIVE_KITS)
def leave(request: HttpRequest, centre: str) -> HttpResponse:
    """Kits left the centre for good: returned, or destroyed here."""
    here = centre_of(request, centre)
    ticked, sent = request.POST.getlist("kits"), request.POST
    leaves = {"ticked": tuple(ticked)} | {
        name: sent.get(name, "")[:LONGEST] for name in ("what", "on", "reason")
    }
    request.refused = lambda said: show(request, here, said, leaves=leaves)  # type: ignore[attr-defined]
    kits = actions.take_leave(
        centre=here,
        numbers=ticked,
        to=sent.get("what", ""),
        on=a_day(sent.get("on", "")),
        reason=reason_of(request),
        by=request.actor,  # type: ignore[attr-defined]
    )
    n = len(kits)
    words = {
        KitStatus.RETURNED: ngettext("%(n)d kit is returned.", "%(n)d kits are returned.", n),
        KitStatus.DESTROYED: ngettext("%(n)d kit is destroyed.", "%(n)d kits are destroyed.", n),
    }
    messages.success(request, words[KitStatus(sent["what"])] % {"n": n})
    return back(request, here)


@may(get=Verb.READ_KITS)
def account(request: HttpRequest, centre: str) -> HttpResponse:
    """The account of the centre's kits, as a file."""
    here = centre_of(request, centre)
    told = any(holds(request, verb, here) for verb in (Verb.READ_CASEBOOK, Verb.RECEIVE_KITS))
    return csv_file(kit_account.name_of(here), kit_account.take_file(here, with_use=told))


@may(post=Verb.REGISTER_KITS)
@sent_once
def send(request: HttpRequest, centre: str) -> HttpResponse:
    """Put a shipment together: the same number of kits of every arm."""
    here = acts_at(request, centre)
    each = request.POST.get("each", "")
    if not each.isdecimal() or len(each) > 4:
        raise Refusal(_("Give how many kits of every arm to send."), item="each")
    shipment = actions.ship_kits(centre=here, each=int(each), by=request.actor)  # type: ignore[attr-defined]
    said = _("Shipment %(number)s is on its way.")
    messages.success(request, said % {"number": shipment.number})
    return back(request, here)
