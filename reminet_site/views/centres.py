"""Centres: added, activated, closed; and each centre's delegation log."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reminet_site.access import duties, reads
from reminet_site.access.models import DutyKind
from reminet_site.access.rules import (
    check_duty,
    check_duty_day,
    check_duty_kind,
    check_duty_what,
    check_why,
)
from reminet_site.adapters import check_it_is_you, it_was_just_shown
from reminet_site.clock import clinical_today
from reminet_site.context import actor_for
from reminet_site.errors import Refusal
from reminet_site.models import Centre, Grant
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Role, Verb
from reminet_site.rules import allowed, together
from reminet_site.typed import a_day, whole


@may(get=Verb.READ_TEAM, post=Verb.MANAGE_CENTRES)
def centres(request: HttpRequest) -> HttpResponse:
    """Every centre that the person may know of. POST adds one, not active yet."""
    if request.method == "POST":
        come_back(request, "new", show_centres)
        typed = {
            "code": request.POST.get("code", ""),
            "name": request.POST.get("name", ""),
            "country": request.POST.get("country", "").strip().upper(),
            "timezone": request.POST.get("timezone", ""),
        }
        together(lambda: duties.check_new_centre(**typed), lambda: check_it_is_you(request))
        made = duties.add_centre(**typed, by=request.actor)
        messages.success(request, _("%s is added. It is not active yet.") % made)
        return redirect("team", made.code)
    return show_centres(request)


def show_centres(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    reader = actor_for(request.user, request.grants, Verb.READ_TEAM)
    context = {
        "centres": reads.centres(reader or request.actor),
        "may_add": actor_for(request.user, request.grants, Verb.MANAGE_CENTRES) is not None,
        "said": said,
        "ask": not it_was_just_shown(request),
    }
    return render(request, "reminet_site/centres.html", context)


@may(post=Verb.MANAGE_CENTRES)
def centre_state(request: HttpRequest, centre: str) -> HttpResponse:
    """Activate the centre, or close it."""
    found = reads.centre_for(centre, request.actor)
    come_back(request, "state", lambda again, said: show_team(again, found, said))
    why, closes = request.POST.get("reason", ""), request.POST.get("act") == "close"
    together(
        lambda: check_why("close centre" if closes else "activate centre", why),
        lambda: check_it_is_you(request),
    )
    if closes:
        duties.close_centre(centre=found, reason=why, by=request.actor)
        messages.success(request, _("The centre is closed; no role there counts any more."))
    else:
        duties.activate_centre(centre=found, reason=why, by=request.actor)
        messages.success(request, _("The centre is active."))
    return redirect("team", centre)


@may(get=Verb.READ_TEAM, post=Verb.RECORD_DUTIES)
def team(request: HttpRequest, centre: str) -> HttpResponse:
    """The delegation log of a centre. POST adds a line to it."""
    found = reads.centre_for(centre, request.actor)
    if request.method == "POST":
        come_back(request, "add", lambda again, said: show_team(again, found, said))
        kind, what = request.POST.get("kind", ""), request.POST.get("what", "")
        on = a_day(request.POST.get("on", ""))
        together(
            lambda: check_chosen(request),
            lambda: check_duty_kind(kind),
            lambda: check_duty_day(on, clinical_today(found)),
            lambda: check_duty_what(what),
            lambda: check_it_is_you(request),
        )
        pk = whole(request.POST.get("grant"))
        duties.record_duty(
            grant=get_object_or_404(Grant.objects.select_related("centre"), pk=pk, centre=found),
            kind=kind,
            happened_on=on,
            what=what,
            by=request.actor,
        )
        messages.success(request, _("It is on the log."))
        return redirect("team", centre)
    return show_team(request, found)


def check_chosen(request: HttpRequest) -> None:
    if not request.POST.get("grant"):
        raise Refusal(_("Choose the person and the role."), item="grant")


def show_team(request: HttpRequest, centre: Centre, said: Said | None = None) -> HttpResponse:
    request.centre_code = centre.code
    recorder = actor_for(request.user, request.grants, Verb.RECORD_DUTIES)
    lines = [
        (one, may_record(one, recorder) if one.revoked_at is None else [])
        for one in reads.team(centre)
    ]
    waiting = {one.pk for one, _kinds in lines} - set(reads.counting(centre))
    context = {
        "centre": Centre.objects.get(pk=centre.pk),
        "lines": lines,
        "people": [
            (one.pk, f"{one.user}, {_(Role(one.role).label)}") for one, kinds in lines if kinds
        ],
        "waiting": waiting,
        "recordable": [
            (kind, _(label))
            for kind, label in DutyKind.choices
            if any((kind, label) in kinds for _one, kinds in lines)
        ],
        "labels": {role.value: _(role.label) for role in Role},
        "may_manage": actor_for(request.user, request.grants, Verb.MANAGE_CENTRES) is not None,
        "said": said,
        "ask": not it_was_just_shown(request),
    }
    return render(request, "reminet_site/team.html", context)


def may_record(grant: Grant, recorder: object) -> list[tuple[str, str]]:
    """What this person may add to the log about that role."""
    if recorder is None:
        return []
    return [
        (kind, label)
        for kind, label in DutyKind.choices
        if not allowed(check_duty, grant, kind, recorder)
    ]
