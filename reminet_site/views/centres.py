"""Centres: added, activated, closed; and each centre's delegation log."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reminet_site.access import duties, reads
from reminet_site.access.models import DutyKind
from reminet_site.access.rules import check_duty
from reminet_site.adapters import check_it_is_you, it_was_just_shown
from reminet_site.context import actor_for
from reminet_site.errors import Refusal
from reminet_site.models import Centre, Grant
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import Role, Verb
from reminet_site.rules import allowed
from reminet_site.typed import a_day, whole


@may(get=Verb.READ_TEAM, post=Verb.MANAGE_CENTRES)
def centres(request: HttpRequest) -> HttpResponse:
    """Every centre that the person may know of. POST adds one, not active yet."""
    if request.method == "POST":
        come_back(request, "new", show_centres)
        check_it_is_you(request)
        zone = request.POST.get("timezone", "")
        if zone not in available_timezones():
            raise Refusal(_("Give the time zone, e.g. Europe/Paris."), item="timezone")
        made = duties.add_centre(
            code=request.POST.get("code", ""),
            name=request.POST.get("name", ""),
            country=request.POST.get("country", "").strip().upper(),
            timezone=zone,
            by=request.actor,
        )
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
    check_it_is_you(request)
    why = request.POST.get("reason", "")
    if request.POST.get("act") == "close":
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
        check_it_is_you(request)
        if not request.POST.get("grant"):
            raise Refusal(_("Choose the person and the role."), item="grant")
        pk = whole(request.POST.get("grant"))
        duties.record_duty(
            grant=get_object_or_404(Grant.objects.select_related("centre"), pk=pk, centre=found),
            kind=request.POST.get("kind", ""),
            happened_on=a_day(request.POST.get("on", "")),
            what=request.POST.get("what", ""),
            by=request.actor,
        )
        messages.success(request, _("It is on the log."))
        return redirect("team", centre)
    return show_team(request, found)


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
